/**
 * What undo and redo are due for: the steps that the kernel was heard making, and over them the edits it has not
 * acknowledged. So a step that is taken back shows at once, also while the kernel is busy.
 *
 * With all labels the kernel says what undo will take back and redo will make again, as far as that is not too much for
 * a message. What lies behind is not known: it is asked for all the same, and shows when the kernel has done it.
 */

import type { Labels } from "../protocol";
import type { Hotspot } from "./hotspot";
import type { PendingEdit } from "./outbox";

/** Labels, flags and marks of a step's rows. Codes are those of `names`. */
export interface Look {
  names: readonly string[];
  codes: Int32Array;
  flags: Uint8Array;
  edited: Uint8Array;
}

export interface Step {
  rows: Int32Array;
  before: Look;
  after: Look;
  /** What it did, in words. */
  text: string;
  /** The hotspots before and after it, where it changed those. */
  spots?: Spots | undefined;
}

export interface Spots {
  before: readonly Hotspot[];
  after: readonly Hotspot[];
}

/** A step of the kernel's that is taken back, or made again. */
export interface Turn {
  step: Step;
  kind: "undo" | "redo";
}

export type Effect = PendingEdit | Turn;

export function isTurn(effect: object): effect is Turn {
  return "step" in effect;
}

/** What one turns from and to. */
export function turning({ step, kind }: Turn): { from: Look; to: Look } {
  return kind === "undo" ? { from: step.after, to: step.before } : { from: step.before, to: step.after };
}

/** What is to be shown over what the kernel holds, and what comes next. */
export interface Ahead {
  /** In the order in which they take effect. */
  effects: Effect[];
  /** What undo and redo are due for when all of that is done, in words; "" if nothing. */
  undo: string;
  redo: string;
  /** Turns of steps of which nothing is known: that they are done shows when the kernel has done them. */
  unseen: number;
}

/** So many steps are kept, of so many rows in all. */
const MOST_STEPS = 200;
const MOST_ROWS = 500_000;
/** A step of which nothing is known but that it is there. */
const UNKNOWN = null;
const UNKNOWN_WORDS = "an earlier edit";

/** What an edit does, as the kernel says it too. */
export function inWords(edit: PendingEdit): string {
  if (edit.type === "edit-hotspot") {
    const { kind, name } = edit;
    if (kind === "rename") return `rename a hotspot to '${name}'`;
    const [verb, it] = {
      add: ["make", ""],
      cover: ["change", "the cover of "],
      move: ["move", ""],
      remove: ["delete", ""],
    }[kind] as [string, string];
    return `${verb} ${it}${name ? `hotspot '${name}'` : "a hotspot"}`;
  }
  const { kind, rows, value } = edit;
  const images = rows.length === 1 ? "1 image" : `${rows.length.toLocaleString("en")} images`;
  if (kind === "flag") return `${value ? "flag" : "unflag"} ${images}`;
  return value === null ? `take the label from ${images}` : `relabel ${images} to '${value}'`;
}

/** Steps one over the other; `rest` is what lies beneath those that are known, in words, "" if nothing does. */
interface Pile {
  steps: Step[];
  rest: string;
}

export class History {
  private done: Pile = { steps: [], rest: "" };
  private undone: Pile = { steps: [], rest: "" };

  /** Begins anew, knowing of the kernel's steps what it told: of either kind, what is due first is last. */
  begin(done: Step[], undone: Step[], { undo, redo, more_undo, more_redo }: Labels): void {
    const rest = (steps: Step[], next: string, more: boolean) =>
      steps.length === 0 ? next : more ? UNKNOWN_WORDS : "";
    this.done = { steps: done, rest: rest(done, undo, more_undo) };
    this.undone = { steps: undone, rest: rest(undone, redo, more_redo) };
  }

  /**
   * The kernel has made a change.
   *
   * @param undo, redo what they are due for now, in the kernel's words.
   */
  heard(kind: string, change: Omit<Step, "text">, undo: string, redo: string): void {
    if (kind === "outside") return; // no step
    const { rows, before, after, spots } = change;
    const back = { rows, before: after, after: before, spots: spots && { before: spots.after, after: spots.before } };
    if (kind === "undo") turn(this.done, this.undone, back, undo);
    else if (kind === "redo") turn(this.undone, this.done, change, redo);
    else {
      this.done.steps.push({ ...change, text: undo });
      this.undone = { steps: [], rest: "" };
      this.trim();
    }
  }

  /** How it will be when what is pending is done. */
  ahead(pending: readonly PendingEdit[]): Ahead {
    const done: (Step | PendingEdit | null)[] = [...this.done.steps];
    let undone: (Step | PendingEdit | null)[] = [...this.undone.steps];
    let redoRest = this.undone.rest;
    let unknownDone = false;
    let unseen = 0;
    for (const edit of pending) {
      if (edit.idle) continue;
      if (edit.kind === "undo") {
        // How many there are that are not known is not known either; of too many the kernel makes none.
        const top = done.length > 0 ? done.pop() : this.done.rest ? UNKNOWN : undefined;
        unknownDone ||= top === UNKNOWN;
        if (top === UNKNOWN) unseen += 1;
        if (top !== undefined) undone.push(top);
      } else if (edit.kind === "redo") {
        const top = undone.length > 0 ? undone.pop() : redoRest ? UNKNOWN : undefined;
        if (top === UNKNOWN) unseen += 1;
        if (top !== undefined) done.push(top);
      } else {
        done.push(edit);
        undone = [];
        redoRest = "";
      }
    }
    const standing = new Set(done);
    const stood = new Set<Step | PendingEdit | null>(this.done.steps);
    const effects: Effect[] = [];
    for (const step of [...this.done.steps].reverse()) if (!standing.has(step)) effects.push({ step, kind: "undo" });
    for (const each of done) {
      if (each === UNKNOWN || stood.has(each)) continue;
      effects.push("text" in each ? { step: each, kind: "redo" } : each);
    }
    for (const each of effects) if (isTurn(each) && each.step.rows.length === 0 && !each.step.spots) unseen += 1;
    const top = done.at(-1);
    const next = undone.at(-1);
    const beneath = this.done.rest && (unknownDone ? UNKNOWN_WORDS : this.done.rest);
    return {
      effects,
      undo: top === undefined ? beneath : words(top),
      redo: next === undefined ? redoRest : words(next),
      unseen,
    };
  }

  private trim(): void {
    const { done } = this;
    let rows = done.steps.reduce((sum, step) => sum + step.rows.length, 0);
    while (done.steps.length > MOST_STEPS || (rows > MOST_ROWS && done.steps.length > 1)) {
      const oldest = done.steps.shift() as Step;
      rows -= oldest.rows.length;
      done.rest = oldest.text;
    }
  }
}

function words(of: Step | PendingEdit | null): string {
  if (of === UNKNOWN) return UNKNOWN_WORDS;
  return "text" in of ? of.text : inWords(of);
}

/** The uppermost step goes from one pile to the other; one that was not known is known from now on, as `made`. */
function turn(from: Pile, to: Pile, made: Omit<Step, "text">, restNow: string): void {
  const text = from.steps.at(-1)?.text ?? from.rest;
  const known = from.steps.pop();
  if (from.steps.length === 0) from.rest = restNow;
  to.steps.push(known ?? { ...made, text });
}
