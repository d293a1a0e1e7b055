/** The states of all rows as one view shows them: the store's, and what is hovered, open or lit up in this view alone. */

import { STATE } from "../../store/row-states";
import type { Store } from "../../store/store";

export class OwnStates {
  /** uint8 (n,), changed in place. */
  rows = new Uint8Array(0);
  private hovered = -1;
  private open = -1;
  private lit: Int32Array | null = null;

  /** @param changed told which rows have another state now; null: any. */
  constructor(
    private readonly store: Store,
    private readonly changed: (rows: Int32Array | number[] | null) => void,
  ) {}

  /** Starts over with the rows there are now, without a word: whoever asks takes all of them. */
  reset(): Uint8Array {
    this.rows = this.store.rows.bits.slice();
    this.markOwn();
    return this.rows;
  }

  /** Takes over what has changed in the store; null: anything may have. */
  take(rows: Int32Array | null): void {
    if (rows) for (const row of rows) this.rows[row] = this.store.rows.bits[row] as number;
    else this.rows.set(this.store.rows.bits);
    this.markOwn();
    this.changed(rows);
  }

  /** Returns whether that is another row than before. */
  hover(row: number): boolean {
    const before = this.hovered;
    if (row === before) return false;
    this.mark(before, STATE.hovered, false);
    this.hovered = row;
    this.mark(row, STATE.hovered, true);
    this.tell(before, row);
    return true;
  }

  /** Frames the image in the inspector as if it were selected. */
  setOpen(row: number): void {
    const before = this.open;
    if (row === before) return;
    this.open = row;
    this.restore([before]);
    this.tell(before, row);
  }

  /** Outlines rows as search hits are. */
  setLit(rows: Int32Array | null): void {
    const before = this.lit;
    if (rows === before) return;
    this.lit = rows;
    this.restore(before ?? []);
    if (this.rows.length > 0) this.changed(null);
  }

  private restore(rows: ArrayLike<number>): void {
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i] as number;
      if (row >= 0 && row < this.rows.length) this.rows[row] = this.store.rows.bits[row] as number;
    }
    this.markOwn();
  }

  private markOwn(): void {
    for (const row of this.lit ?? []) this.mark(row, STATE.hit, true);
    this.mark(this.hovered, STATE.hovered, true);
    this.mark(this.open, STATE.selected, true);
  }

  private mark(row: number, bit: number, on: boolean): void {
    if (row < 0 || row >= this.rows.length) return;
    const state = this.rows[row] as number;
    this.rows[row] = on ? state | bit : state & ~bit;
  }

  private tell(...rows: number[]): void {
    const known = rows.filter((row) => row >= 0 && row < this.rows.length);
    if (known.length > 0) this.changed(known);
  }
}
