/** The state of every row, as the renderer draws it: bits that follow from selection, hits, filter and labels. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { LayoutSent } from "../protocol";
import { Emitter } from "./dataset";
import type { Filter } from "./filter";
import type { LabelState } from "./labels";
import { setOf, union } from "./row-sets";

/** Bits of a row's state, as the renderer draws them. */
export const STATE = { selected: 1, hovered: 2, filteredOut: 4, flagged: 8, hit: 16, pending: 32 } as const;

/** From this share of the rows on it is quicker to look at all of them than at single ones. */
const MOST_TOUCHED = 0.25;

export class RowStates {
  /** All bits but for the pointer's, which is each view's own. Mutated in place. */
  bits = new Uint8Array(0);
  /** How many rows pass the filter. */
  readonly shown = signal(0);
  /** Rows whose code or state changed; null: any of them. */
  readonly touched = new Emitter<Int32Array | null>();
  readonly selectedSet: () => ReadonlySet<number>;
  private readonly hitSet: () => ReadonlySet<number>;

  constructor(
    private readonly of: {
      selection: ReadonlySignal<Int32Array>;
      hits: ReadonlySignal<Int32Array>;
      contactSheet: ReadonlySignal<LayoutSent | null>;
      filter: Filter;
      labels: LabelState;
    },
  ) {
    this.selectedSet = setOf(() => of.selection.value);
    this.hitSet = setOf(() => of.hits.value);
  }

  /** There are so many rows now. */
  resize(n: number): void {
    if (this.bits.length !== n) this.bits = new Uint8Array(n);
  }

  /** What makes the state of these rows has changed; null: of any. */
  touch(touched: Int32Array | null): void {
    const n = this.bits.length;
    const rows = touched && touched.length > MOST_TOUCHED * n ? null : touched;
    if (rows) for (const row of rows) this.bits[row] = this.stateOf(row, this.bits[row] as number);
    else this.rebuild(n);
    let shown = 0;
    for (const state of this.bits) if (!(state & STATE.filteredOut)) shown += 1;
    this.shown.value = shown;
    this.touched.emit(rows);
  }

  /** One list took the place of the other. */
  touchBoth(a: Int32Array, b: Int32Array): void {
    const n = this.bits.length;
    this.touch(a.length + b.length > MOST_TOUCHED * n ? null : union([a, b], n));
  }

  private rebuild(n: number): void {
    this.bits.fill(0);
    for (const row of this.of.selection.value) this.bits[row] = STATE.selected;
    for (const row of this.of.hits.value) this.bits[row] = (this.bits[row] as number) | STATE.hit;
    for (let row = 0; row < n; row += 1) this.bits[row] = this.stateOf(row, this.bits[row] as number, true);
  }

  /** Selection and hits are lists: single rows look them up only when those lists are what changed. */
  private stateOf(row: number, before: number, listsAreSet = false): number {
    const { contactSheet, filter, labels } = this.of;
    const selected = listsAreSet ? (before & STATE.selected) !== 0 : this.selectedSet().has(row);
    let state = (listsAreSet ? (before & STATE.hit) !== 0 : this.hitSet().has(row)) ? STATE.hit : 0;
    // Side by side all are selected, so their borders may say what they are; one that no longer is fades.
    const aside = contactSheet.value !== null;
    if (selected && !aside) state |= STATE.selected;
    if (!filter.isShown(row) || (aside && !selected)) state |= STATE.filteredOut;
    if (labels.flags[row]) state |= STATE.flagged;
    if (labels.pendingRows[row]) state |= STATE.pending;
    return state;
  }
}
