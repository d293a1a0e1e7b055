/**
 * Labels and flags as they are shown: what the kernel holds, and over it the edits it has not acknowledged.
 * The two are kept apart, so a refused edit is undone by leaving it out.
 */

import { signal } from "@preact/signals";
import type { Changed, Labels } from "../protocol";
import type { PendingEdit } from "./outbox";

export interface LabelInfo {
  /** Of the kernel's log. */
  revision: number;
  /** Whether the kernel's labels are here. */
  ready: boolean;
  names: readonly string[];
  /** (k, 3), 0-255 */
  palette: Uint8Array;
  /** Images of each label, as shown. */
  counts: readonly number[];
  unlabelled: number;
  flagged: number;
  edits: number;
  /** What undo and redo would do, in words; "" if nothing. */
  undo: string;
  redo: string;
}

const NOTHING: LabelInfo = {
  revision: -1,
  ready: false,
  names: [],
  palette: new Uint8Array(0),
  counts: [],
  unlabelled: 0,
  flagged: 0,
  edits: 0,
  undo: "",
  redo: "",
};

/** What an edit does, as the kernel says it too. */
function inWords({ kind, rows, value }: PendingEdit): string {
  const images = rows.length === 1 ? "1 image" : `${rows.length.toLocaleString("en")} images`;
  if (kind === "flag") return `${value ? "flag" : "unflag"} ${images}`;
  return value === null ? `take the label from ${images}` : `relabel ${images} to '${value}'`;
}

/** Labels made on this page have no colour of the kernel's yet. */
const NEW_LABEL_COLOR = [128, 128, 128];

/** The code of the label whose images, all of them, an edit gives another; -1: it is no such edit. */
function renamedBy({ rows }: PendingEdit, codes: Int32Array): number {
  const old = codes[rows[0] ?? -1] ?? -1;
  if (old < 0 || rows.some((row) => codes[row] !== old)) return -1;
  let borne = 0;
  for (const code of codes) if (code === old) borne += 1;
  return borne === new Set(rows).size ? old : -1;
}

export class LabelState {
  readonly info = signal<LabelInfo>(NOTHING);
  /** As shown. Mutated in place; `onTouch` tells where. */
  codes = new Int32Array(0);
  flags = new Uint8Array(0);
  /** 1 where a row holds something else than at first. */
  edited = new Uint8Array(0);
  pendingRows = new Uint8Array(0);
  private base: Labels | null = null;
  private counts: number[] = [];

  constructor(
    private readonly pending: readonly PendingEdit[],
    private readonly onTouch: (rows: Int32Array | null) => void,
    private readonly wantAll: () => void,
  ) {}

  reset(labels: Labels): void {
    if (this.base && labels.revision < this.base.revision) return;
    const { codes, flags, edited } = labels;
    this.base = { ...labels, codes: codes.slice(), flags: flags.slice(), edited: edited.slice() };
    this.codes = labels.codes.slice();
    this.flags = labels.flags.slice();
    this.edited = labels.edited.slice();
    this.pendingRows = new Uint8Array(labels.codes.length);
    this.counts = [];
    this.overlay(null);
  }

  /** Takes over what the kernel changed; false if an earlier change was missed and everything is asked for. */
  change(changed: Changed): boolean {
    const base = this.base;
    if (!base || changed.revision <= base.revision) return true;
    if (changed.revision > base.revision + 1) {
      this.wantAll();
      return false;
    }
    changed.rows.forEach((row, i) => {
      base.codes[row] = changed.codes[i] as number;
      base.flags[row] = changed.flags[i] as number;
      base.edited[row] = changed.edited[i] as number;
    });
    const { revision, names, palette, edits, undo, redo } = changed;
    // A label that is new to the kernel may take the code that a pending one has here: show all anew.
    const moved = !sameItems(names, base.names);
    Object.assign(base, { revision, names, palette, edits, undo, redo });
    this.overlay(moved ? null : changed.rows);
    return true;
  }

  /** Shows anew the rows of edits that were made, settled or refused. */
  refresh(edits: readonly PendingEdit[]): void {
    const [first] = edits;
    if (!first) return;
    if (edits.some((edit) => edit.kind !== "label" && edit.kind !== "flag")) this.overlay(null);
    else
      this.overlay(
        edits.length === 1 ? first.rows : Int32Array.from(new Set(edits.flatMap((e) => Array.from(e.rows)))),
      );
  }

  /** Pending edits that are still in force: an undo takes back the one before it. */
  inForce(): PendingEdit[] {
    const stack: PendingEdit[] = [];
    const undone: PendingEdit[] = [];
    for (const edit of this.pending) {
      if (edit.idle) continue;
      if (edit.kind === "undo") {
        const last = stack.pop();
        if (last) undone.push(last);
      } else if (edit.kind === "redo") {
        const next = undone.pop();
        if (next) stack.push(next);
      } else {
        stack.push(edit);
        undone.length = 0;
      }
    }
    return stack;
  }

  /** Whether something will be there to redo once the kernel has done what is pending. */
  private canRedo(before: boolean): boolean {
    // How much the kernel holds is not known here; of too many it makes none.
    let undone = before ? Number.POSITIVE_INFINITY : 0;
    for (const { kind, idle } of this.pending) {
      if (idle) continue;
      if (kind === "undo") undone += 1;
      else if (kind === "redo") undone = Math.max(0, undone - 1);
      else undone = 0;
    }
    return undone > 0;
  }

  private overlay(rows: Int32Array | null): void {
    const base = this.base;
    if (!base) return;
    const edits = this.inForce();
    const names = [...base.names];
    for (const edit of edits) {
      const { kind, value } = edit;
      if (kind !== "label" || typeof value !== "string" || names.includes(value)) continue;
      // As the kernel does: a new label that takes over all images of another takes over its place.
      const old = renamedBy(edit, base.codes);
      if (old >= 0) names.push(names.splice(old, 1, value)[0] as string);
      else names.push(value);
    }
    const counting = this.counts.length > 0;
    while (this.counts.length < names.length + 1) this.counts.push(0);
    const touched = rows ?? base.codes.map((_, row) => row);
    for (const row of touched) {
      if (counting) this.count(row, -1);
      this.codes[row] = base.codes[row] as number;
      this.flags[row] = base.flags[row] as number;
      this.edited[row] = base.edited[row] as number;
      this.pendingRows[row] = 0;
    }
    const inRows = rows && edits.some((edit) => edit.rows !== rows) ? new Set(rows) : null;
    for (const edit of edits) {
      const code = edit.kind === "label" ? (edit.value === null ? -1 : names.indexOf(String(edit.value))) : 0;
      for (const row of edit.rows) {
        if (inRows && !inRows.has(row)) continue;
        if (edit.kind === "label") this.codes[row] = code;
        else if (edit.kind === "flag") this.flags[row] = edit.value ? 1 : 0;
        this.pendingRows[row] = 1;
        this.edited[row] = 1;
      }
    }
    for (const row of touched) this.count(row, 1);
    const palette = new Uint8Array(names.length * 3);
    palette.set(base.palette.subarray(0, base.names.length * 3));
    for (let k = base.names.length; k < names.length; k += 1) palette.set(NEW_LABEL_COLOR, k * 3);
    const before = this.info.peek();
    let flagged = 0;
    for (const flag of this.flags) flagged += flag;
    const last = edits.at(-1);
    this.info.value = {
      revision: base.revision,
      ready: true,
      // The same arrays as long as they say the same: with another palette the whole picture is painted again.
      names: sameItems(names, before.names) ? before.names : names,
      palette: sameItems(palette, before.palette) ? before.palette : palette,
      counts: this.counts.slice(1, names.length + 1),
      unlabelled: this.counts[0] as number,
      flagged,
      edits: base.edits + edits.length,
      undo: last ? inWords(last) : base.undo,
      redo: this.canRedo(base.redo !== "") ? base.redo || "last edit" : "",
    };
    this.onTouch(rows);
  }

  private count(row: number, by: number): void {
    const k = (this.codes[row] as number) + 1;
    this.counts[k] = (this.counts[k] ?? 0) + by;
  }
}

function sameItems<T>(a: ArrayLike<T>, b: ArrayLike<T>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
