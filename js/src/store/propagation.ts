/** "These too?": after a gesture, the images that look alike and still carry the old label. */

import { signal } from "@preact/signals";
import type { Source } from "./source";

/** As many are asked for; the slider goes up to what came. */
const MOST = 200;
/** Shown at first: few enough to be looked at. */
const AT_FIRST = 12;
/**
 * Asked so long after the gesture: by then what it did is on screen. The kernel compares with all processors (1,000 of
 * 10,000 images by 512 numbers: 250 ms of both of two), which a browser that draws in software needs itself; and who
 * goes on with the next image at once wants no answer.
 */
const ASK_AFTER_MS = 150;
/** A gesture on more images than this was meant to be all of them. */
const LARGEST_GESTURE = 2_000;

export interface Alike {
  /** Nearest first. */
  rows: readonly number[];
  /** How many of them, from the nearest, are outlined. */
  count: number;
  from: string | null;
  to: string;
}

export class Propagation {
  readonly current = signal<Alike | null>(null);
  private asking: AbortController | null = null;

  constructor(
    private readonly source: Source,
    private readonly setHits: (rows: Int32Array) => void,
    private readonly onTrouble: (text: string) => void,
  ) {}

  /** Asks for what is like `rows`, which were `from` and are now `to`. */
  async ask(rows: Int32Array, from: string | null, to: string): Promise<void> {
    this.dismiss();
    if (rows.length === 0 || rows.length > LARGEST_GESTURE) return;
    const asking = new AbortController();
    this.asking = asking;
    await new Promise((resolve) => setTimeout(resolve, ASK_AFTER_MS));
    if (asking.signal.aborted) return;
    try {
      const found = await this.source.similar(rows, MOST, asking.signal, { label: from });
      const done = new Set(rows);
      const near = Array.from(found.rows).filter((row) => !done.has(row));
      if (near.length > 0 && !asking.signal.aborted)
        this.show({ rows: near, count: Math.min(AT_FIRST, near.length), from, to });
    } catch (error) {
      if (!asking.signal.aborted) this.onTrouble(`Similar images could not be found: ${(error as Error).message}`);
    }
  }

  setCount(count: number): void {
    const now = this.current.value;
    if (now) this.show({ ...now, count });
  }

  /** Takes one image out; false if it is not among those outlined. */
  leaveOut(row: number): boolean {
    const now = this.current.value;
    if (!now?.rows.slice(0, now.count).includes(row)) return false;
    const rows = now.rows.filter((each) => each !== row);
    if (now.count <= 1) this.dismiss();
    else this.show({ ...now, rows, count: now.count - 1 });
    return true;
  }

  /** What is outlined, and ends the question. */
  take(): { rows: Int32Array; from: string | null; to: string } | null {
    const now = this.current.value;
    this.dismiss();
    return now && { rows: Int32Array.from(now.rows.slice(0, now.count)), from: now.from, to: now.to };
  }

  dismiss(): void {
    this.asking?.abort();
    this.asking = null;
    if (!this.current.value) return;
    this.current.value = null;
    this.setHits(new Int32Array(0));
  }

  private show(next: Alike): void {
    this.current.value = next;
    this.setHits(Int32Array.from(next.rows.slice(0, next.count)));
  }
}
