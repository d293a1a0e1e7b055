/** The review queue: images one by one, in a given order; where it stands, and the way back through what was decided. */

import { signal } from "@preact/signals";

/** Images to be looked through one by one. */
export interface Queue {
  rows: Int32Array;
  /** What they are in order of. */
  title: string;
}

/** Something that was done at a place in the queue; `edited`: it changed a label or a flag. */
export interface Act {
  at: number;
  edited: boolean;
}

export class Review {
  readonly queue = signal<Queue | null>(null);
  /** Place in the queue; its length: all are seen; -1: it is closed. */
  readonly at = signal(-1);
  /** Where to go on after it was closed. */
  readonly place = signal(0);
  private done: Act[] = [];
  private undone: Act[] = [];

  /** A queue is there; the one that is there already goes on where it is. */
  open(queue: Queue, place: number): void {
    const before = this.queue.value?.rows;
    if (before && before.length === queue.rows.length && before.every((row, k) => row === queue.rows[k])) {
      if (this.at.value < 0) this.place.value = place;
      return;
    }
    this.queue.value = queue.rows.length > 0 ? queue : null;
    this.place.value = place;
    this.done = [];
    this.undone = [];
  }

  moveTo(at: number): void {
    this.at.value = at;
    if (at >= 0) this.place.value = at;
  }

  /** The row that is to be decided; -1: none is. */
  row(): number {
    return this.at.value < 0 ? -1 : (this.queue.value?.rows[this.at.value] ?? -1);
  }

  /** Remembers that something was done here; nothing outside a review. */
  did(edited: boolean): void {
    if (this.at.value < 0) return;
    this.done.push({ at: this.at.value, edited });
    this.undone = [];
  }

  /** What `undo` is to take back, and where that was; null: nothing of this review. */
  back(): Act | null {
    const act = this.at.value < 0 ? undefined : this.done.pop();
    if (act) this.undone.push(act);
    return act ?? null;
  }

  /** What `redo` is to make again. */
  forth(): Act | null {
    const act = this.at.value < 0 ? undefined : this.undone.pop();
    if (act) this.done.push(act);
    return act ?? null;
  }
}
