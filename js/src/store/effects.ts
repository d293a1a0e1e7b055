/** What pending edits, and steps that are turned, do to labels: which rows, which names, how many values. */

import type { Labels } from "../protocol";
import { type Effect, isTurn, type Look, type Turn, turning } from "./history";
import type { RowEdit } from "./outbox";

/** What is done to rows, and not to hotspots alone. */
export type RowEffect = RowEdit | Turn;

export function isOfRows(effect: Effect): effect is Exclude<Effect, { type: "edit-hotspot" }> {
  return isTurn(effect) || effect.type === "edit";
}

export function rowsOf(effect: RowEffect): Int32Array {
  return isTurn(effect) ? effect.step.rows : effect.rows;
}

/** By how many changed values there are more when it is done. */
export function stands(effect: RowEffect): number {
  if (!isTurn(effect)) return effect.rows.length;
  return effect.kind === "redo" ? effect.step.rows.length : -effect.step.rows.length;
}

/** The kernel's names, and those that what is ahead brings. */
export function namesWith(effects: readonly RowEffect[], base: Labels): string[] {
  const names = [...base.names];
  if (effects.length === 0) return names;
  const held = new Held(names, base.codes);
  for (const effect of effects) {
    if (isTurn(effect)) takeBackName(effect, names, held);
    else if (effect.kind === "label" && typeof effect.value === "string" && held.isNew(effect.value)) {
      // As the kernel does: a new label that takes over all images of another takes over its place.
      const old = names.indexOf(held.renamedBy(effect) ?? "");
      if (old >= 0) names.push(names.splice(old, 1, effect.value)[0] as string);
      else names.push(effect.value);
    }
    held.take(effect);
  }
  return names;
}

/** Which label each row holds, one effect after the other. Labels are numbered, whatever place they are shown at. */
class Held {
  private readonly numbers: Map<string, number>;
  private readonly names: string[];
  private readonly codes: Int32Array;

  constructor(names: readonly string[], codes: Int32Array) {
    this.names = [...names];
    this.numbers = new Map(names.map((name, number) => [name, number]));
    this.codes = codes.slice();
  }

  isNew(name: string): boolean {
    return !this.numbers.has(name);
  }

  /** Rows that hold a label. */
  count(name: string): number {
    const number = this.numberOf(name);
    let count = 0;
    for (const code of this.codes) if (code === number) count += 1;
    return count;
  }

  /** The label whose images, all of them, an edit gives another; null: it is no such edit. */
  renamedBy({ rows }: RowEdit): string | null {
    const old = this.codes[rows[0] ?? -1] ?? -1;
    if (old < 0 || rows.some((row) => this.codes[row] !== old)) return null;
    const name = this.names[old] as string;
    return this.count(name) === new Set(rows).size ? name : null;
  }

  take(effect: RowEffect): void {
    if (isTurn(effect)) {
      const { from, to } = turning(effect);
      const numbers = (look: Look) => look.names.map((name) => this.numberOf(name));
      const [were, are] = [numbers(from), numbers(to)];
      effect.step.rows.forEach((row, i) => {
        const was = were[from.codes[i] as number] ?? -1;
        if (this.codes[row] === was) this.codes[row] = are[to.codes[i] as number] ?? -1;
      });
    } else if (effect.kind === "label") {
      const number = effect.value === null ? -1 : this.numberOf(String(effect.value));
      for (const row of effect.rows) this.codes[row] = number;
    }
  }

  private numberOf(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    this.numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}

/** Where all images of a label get one back that no image has, the two change places. */
function takeBackName(turn: Turn, names: string[], held: Held): void {
  const { from, to } = turning(turn);
  const [was, is] = [from.names[from.codes[0] ?? -1] ?? "", to.names[to.codes[0] ?? -1] ?? ""];
  const [old, now] = [names.indexOf(was), names.indexOf(is)];
  const only = (values: Int32Array) => values.every((code) => code === values[0]);
  if (old < 0 || now < 0 || old === now || !only(from.codes) || !only(to.codes)) return;
  if (held.count(is) > 0 || held.count(was) !== turn.step.rows.length) return;
  [names[old], names[now]] = [is, was];
}

/** Rows of effects that only one of two lists has. */
export function rowsOfDifference(a: readonly RowEffect[], b: readonly RowEffect[]): Int32Array[] {
  const key = (effect: RowEffect) => (isTurn(effect) ? effect.step : effect);
  const kinds = (list: readonly RowEffect[]) =>
    new Map<object, string>(list.map((effect) => [key(effect), isTurn(effect) ? effect.kind : ""]));
  const [inA, inB] = [kinds(a), kinds(b)];
  const alone = (list: readonly RowEffect[], other: Map<object, string>) =>
    list.filter((effect) => other.get(key(effect)) !== (isTurn(effect) ? effect.kind : ""));
  return [...alone(a, inB), ...alone(b, inA)].map(rowsOf);
}

/** What a turn does, as edits that give rows their labels and flags by name. */
export function asEdits(turn: Turn): RowEdit[] {
  const { from, to } = turning(turn);
  const edits = new Map<string, { kind: "label" | "flag"; value: string | boolean | null; rows: number[] }>();
  const add = (kind: "label" | "flag", value: string | boolean | null, row: number) => {
    const key = JSON.stringify([kind, value]);
    const edit = edits.get(key) ?? { kind, value, rows: [] };
    edits.set(key, edit);
    edit.rows.push(row);
  };
  turn.step.rows.forEach((row, i) => {
    const was = from.names[from.codes[i] as number] ?? null;
    const now = to.names[to.codes[i] as number] ?? null;
    if (was !== now) add("label", now, row);
    if (from.flags[i] !== to.flags[i]) add("flag", to.flags[i] === 1, row);
  });
  const made = { type: "edit", how: "manual", reason: "" } as const;
  return [...edits.values()].map(({ kind, value, rows }) => ({ kind, value, rows: Int32Array.from(rows), ...made }));
}
