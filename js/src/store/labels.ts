/**
 * Labels and flags as they are shown: what the kernel holds, and over it the edits it has not acknowledged.
 * The two are kept apart, so a refused edit is undone by leaving it out.
 */

import { signal } from "@preact/signals";
import type { Changed, Labels } from "../protocol";
import { asEdits, isOfRows, namesWith, type RowEffect, rowsOf, rowsOfDifference, stands } from "./effects";
import { type Ahead, History, isTurn, type Look, type Step, type Turn, turning } from "./history";
import type { Hotspots } from "./hotspots";
import type { PendingEdit, RowEdit } from "./outbox";
import { marked, NO_ROWS, union } from "./row-sets";

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
  unlabeled: number;
  flagged: number;
  edits: number;
  /** What undo and redo would do, in words; "" if nothing. */
  undo: string;
  redo: string;
  /** Undos and redos under way that do not show yet. */
  unseen: number;
}

const NOTHING: LabelInfo = {
  revision: -1,
  ready: false,
  names: [],
  palette: new Uint8Array(0),
  counts: [],
  unlabeled: 0,
  flagged: 0,
  edits: 0,
  undo: "",
  redo: "",
  unseen: 0,
};

type Overlay = Omit<Ahead, "effects"> & { effects: readonly RowEffect[]; names: string[] };

/** Labels made on this page have no color of the kernel's yet. */
const NEW_LABEL_COLOR = [128, 128, 128];

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
  private readonly history = new History();
  /** What lies over the kernel's labels on screen. */
  private shown: readonly RowEffect[] = [];

  constructor(
    private readonly pending: readonly PendingEdit[],
    private readonly onTouch: (rows: Int32Array | null) => void,
    private readonly wantAll: () => void,
    /** They lie in the same history. */
    private readonly hotspots: Pick<Hotspots, "reach" | "heard" | "show">,
  ) {}

  reset(labels: Labels): void {
    if (this.base && labels.revision < this.base.revision) return;
    // Of what was done in a change that this page missed no more is known than it is told now.
    if (labels.revision !== this.base?.revision) this.history.begin(...toldSteps(labels), labels);
    const { codes, flags, edited } = labels;
    this.base = { ...labels, codes: codes.slice(), flags: flags.slice(), edited: edited.slice() };
    this.codes = labels.codes.slice();
    this.flags = labels.flags.slice();
    this.edited = labels.edited.slice();
    this.pendingRows = new Uint8Array(labels.codes.length);
    this.counts = [];
    this.hotspots.reach(labels.revision);
    this.show(null);
  }

  /** Takes over what the kernel changed; if an earlier change was missed, everything is asked for. */
  change(changed: Changed): void {
    const base = this.base;
    if (base && changed.revision > base.revision + 1) this.wantAll();
    if (base?.revision !== changed.revision - 1) {
      this.refresh();
      return;
    }
    const { revision, edits, undo, redo } = changed;
    const before = lookAt(changed.rows, base);
    write(changed.rows, changed, base);
    Object.assign(base, { revision, edits, undo, redo, ...called(base, changed) });
    const { rows, kind } = changed;
    const spots = this.hotspots.heard(revision, kind, rows);
    this.history.heard(kind, { rows, before, after: lookAt(rows, base), spots }, undo, redo);
    this.show(rows);
  }

  /** Shows anew what edits that were made, settled or refused have changed. */
  refresh(): void {
    this.show(NO_ROWS);
  }

  /**
   * What is pending and stands, as edits of rows: a step of the kernel's that is taken back gives rows what they had
   * before. And how many changes of hotspots are beside them.
   */
  inForce(): { edits: RowEdit[]; hotspots: number } {
    const { effects } = this.history.ahead(this.pending);
    const edits = effects.filter(isOfRows).flatMap((effect) => (isTurn(effect) ? asEdits(effect) : [effect]));
    const hotspots = effects.filter((each) => (isTurn(each) ? each.step.rows.length === 0 : !isOfRows(each))).length;
    return { edits, hotspots };
  }

  /** @param rows of which the kernel holds something else now; null: any. */
  private show(rows: Int32Array | null): void {
    const base = this.base;
    if (!base) return;
    const ahead = this.history.ahead(this.pending);
    this.hotspots.show(ahead.effects);
    const effects = ahead.effects.filter(isOfRows);
    const before = this.shown;
    this.shown = effects;
    const names = namesWith(effects, base);
    // A label may take the code that another one had: then all rows are shown anew.
    const known = this.info.peek().names;
    if (!sameItems(names.slice(0, known.length), known.slice(0, names.length))) rows = null;
    const parts = rows && [rows, ...rowsOfDifference(before, effects)].filter((part) => part.length > 0);
    this.overlay(base, { ...ahead, effects, names }, parts && union(parts, base.codes.length));
  }

  private overlay(base: Labels, ahead: Overlay, rows: Int32Array | null): void {
    const { effects, names, undo, redo, unseen } = ahead;
    const counting = this.counts.length > 0;
    while (this.counts.length < names.length + 1) this.counts.push(0);
    const touched = rows ?? base.codes.map((_, row) => row);
    // What is ahead may give a label the place of another.
    const places = new Map(names.map((name, place) => [name, place]));
    const placed = base.names.map((name) => places.get(name) ?? -1);
    for (const row of touched) {
      if (counting) this.count(row, -1);
      this.codes[row] = placed[base.codes[row] as number] ?? -1;
      this.flags[row] = base.flags[row] as number;
      this.edited[row] = base.edited[row] as number;
      this.pendingRows[row] = 0;
    }
    const inRows = rows && effects.some((effect) => rowsOf(effect) !== rows) ? marked([rows], base.codes.length) : null;
    for (const effect of effects) {
      if (isTurn(effect)) this.layTurn(effect, names, inRows);
      else this.layEdit(effect, names, inRows);
    }
    for (const row of touched) this.count(row, 1);
    const palette = new Uint8Array(names.length * 3);
    palette.set(base.palette.subarray(0, base.names.length * 3));
    for (let k = base.names.length; k < names.length; k += 1) palette.set(NEW_LABEL_COLOR, k * 3);
    const before = this.info.peek();
    let flagged = 0;
    for (const flag of this.flags) flagged += flag;
    this.info.value = {
      revision: base.revision,
      ready: true,
      // The same arrays as long as they say the same: with another palette the whole picture is painted again.
      names: sameItems(names, before.names) ? before.names : names,
      palette: sameItems(palette, before.palette) ? before.palette : palette,
      counts: this.counts.slice(1, names.length + 1),
      unlabeled: this.counts[0] as number,
      flagged,
      edits: Math.max(0, base.edits + effects.reduce((sum, effect) => sum + stands(effect), 0)),
      undo,
      redo,
      unseen,
    };
    this.onTouch(rows);
  }

  /** Puts an edit over what is shown, on some rows or all. */
  private layEdit({ kind, value, rows }: RowEdit, names: readonly string[], inRows: Uint8Array | null): void {
    const code = kind === "label" ? (value === null ? -1 : names.indexOf(String(value))) : 0;
    for (const row of rows) {
      if (inRows && !inRows[row]) continue;
      if (kind === "label") this.codes[row] = code;
      else if (kind === "flag") this.flags[row] = value ? 1 : 0;
      this.pendingRows[row] = 1;
      this.edited[row] = 1;
    }
  }

  /** As the kernel does, only on rows that hold what the step left there. */
  private layTurn(turn: Turn, names: readonly string[], inRows: Uint8Array | null): void {
    const { from, to } = turning(turn);
    const place = new Map(names.map((name, code) => [name, code]));
    const placed = (look: Look) => look.names.map((name) => place.get(name) ?? -1);
    const [were, are] = [placed(from), placed(to)];
    turn.step.rows.forEach((row, i) => {
      if (inRows && !inRows[row]) return;
      if (this.codes[row] === (were[from.codes[i] as number] ?? -1)) this.codes[row] = are[to.codes[i] as number] ?? -1;
      if (this.flags[row] === from.flags[i]) this.flags[row] = to.flags[i] as number;
      this.pendingRows[row] = 1;
      this.edited[row] = to.edited[i] as number;
    });
  }

  private count(row: number, by: number): void {
    const k = (this.codes[row] as number) + 1;
    this.counts[k] = (this.counts[k] ?? 0) + by;
  }
}

function sameItems<T>(a: ArrayLike<T>, b: ArrayLike<T>): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** What undo will take back, and what redo will make again; what is due first is last. */
function toldSteps(labels: Labels): [Step[], Step[]] {
  const { names } = labels;
  const present = () => ({ codes: labels.codes.slice(), flags: labels.flags.slice(), edited: labels.edited.slice() });
  let now = present();
  const [done, undone]: [Step[], Step[]] = [[], []];
  let at = 0;
  labels.steps.forEach((text, k) => {
    if (k === labels.undo_steps) now = present();
    const end = at + (labels.step_sizes[k] as number);
    const rows = labels.step_rows.slice(at, end);
    const from = lookAt(rows, { names, ...now });
    const to = {
      names,
      codes: labels.step_codes.slice(at, end),
      flags: labels.step_flags.slice(at, end),
      edited: labels.step_edited.slice(at, end),
    };
    write(rows, to, now);
    if (k < labels.undo_steps) done.unshift({ rows, before: to, after: from, text });
    else undone.unshift({ rows, before: from, after: to, text });
    at = end;
  });
  return [done, undone];
}

/** Names and colors of all labels, once some are called otherwise: what earlier steps keep of them stays. */
function called(base: Labels, { places, names, palette }: Changed): Pick<Labels, "names" | "palette"> {
  if (places.length === 0) return { names: base.names, palette: base.palette };
  const all = base.names.slice();
  places.forEach((place, i) => {
    all[place] = names[i] as string;
  });
  const colors = new Uint8Array(all.length * 3);
  colors.set(base.palette.subarray(0, colors.length));
  places.forEach((place, i) => {
    colors.set(palette.subarray(i * 3, i * 3 + 3), place * 3);
  });
  return { names: all, palette: colors };
}

function write(rows: Int32Array, look: Omit<Look, "names">, to: Omit<Look, "names">): void {
  rows.forEach((row, i) => {
    to.codes[row] = look.codes[i] as number;
    to.flags[row] = look.flags[i] as number;
    to.edited[row] = look.edited[i] as number;
  });
}

function lookAt(rows: Int32Array, base: Look): Look {
  const { length } = rows;
  const look = { codes: new Int32Array(length), flags: new Uint8Array(length), edited: new Uint8Array(length) };
  rows.forEach((row, i) => {
    look.codes[i] = base.codes[row] as number;
    look.flags[i] = base.flags[row] as number;
    look.edited[i] = base.edited[row] as number;
  });
  return { names: base.names, ...look };
}
