/** What pending edits, and steps that are turned, do to labels: which rows, which names, how many values. */

import type { Labels } from "../protocol";
import { type Effect, isTurn, type Turn, turning } from "./history";
import type { Edit, PendingEdit } from "./outbox";

export function rowsOf(effect: Effect): Int32Array {
  return isTurn(effect) ? effect.step.rows : effect.rows;
}

/** By how many changed values there are more when it is done. */
export function stands(effect: Effect): number {
  if (!isTurn(effect)) return effect.rows.length;
  return effect.kind === "redo" ? effect.step.rows.length : -effect.step.rows.length;
}

/** The kernel's names, and those that what is ahead brings. */
export function namesWith(effects: readonly Effect[], base: Labels): string[] {
  const names = [...base.names];
  const known = new Set(names);
  for (const effect of effects) {
    if (isTurn(effect)) takeBackName(effect, names, base.codes);
    if (isTurn(effect) || effect.kind !== "label" || typeof effect.value !== "string") continue;
    const { value } = effect;
    if (known.has(value)) continue;
    known.add(value);
    // As the kernel does: a new label that takes over all images of another takes over its place.
    const old = renamedBy(effect, base.codes);
    if (old >= 0) names.push(names.splice(old, 1, value)[0] as string);
    else names.push(value);
  }
  return names;
}

/** Where all images of a label get one back that no image has, the two change places. */
function takeBackName(turn: Turn, names: string[], codes: Int32Array): void {
  const { from, to } = turning(turn);
  const old = names.indexOf(from.names[from.codes[0] ?? -1] ?? "");
  const now = names.indexOf(to.names[to.codes[0] ?? -1] ?? "");
  const only = (values: Int32Array) => values.every((code) => code === values[0]);
  if (old < 0 || now < 0 || old === now || !only(from.codes) || !only(to.codes)) return;
  let borne = 0;
  for (const code of codes) {
    if (code === now) return;
    if (code === old) borne += 1;
  }
  if (borne !== turn.step.rows.length) return;
  [names[old], names[now]] = [names[now] as string, names[old] as string];
}

/** Rows of effects that only one of two lists has. */
export function rowsOfDifference(a: readonly Effect[], b: readonly Effect[]): Int32Array[] {
  const key = (effect: Effect) => (isTurn(effect) ? effect.step : effect);
  const kinds = (list: readonly Effect[]) =>
    new Map<object, string>(list.map((effect) => [key(effect), isTurn(effect) ? effect.kind : ""]));
  const [inA, inB] = [kinds(a), kinds(b)];
  const alone = (list: readonly Effect[], other: Map<object, string>) =>
    list.filter((effect) => other.get(key(effect)) !== (isTurn(effect) ? effect.kind : ""));
  return [...alone(a, inB), ...alone(b, inA)].map(rowsOf);
}

/** What a turn does, as edits that give rows their labels and flags by name. */
export function asEdits(turn: Turn): Edit[] {
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
  const made = { how: "manual", reason: "" };
  return [...edits.values()].map(({ kind, value, rows }) => ({ kind, value, rows: Int32Array.from(rows), ...made }));
}

/** The code of the label whose images, all of them, an edit gives another; -1: it is no such edit. */
function renamedBy({ rows }: PendingEdit, codes: Int32Array): number {
  const old = codes[rows[0] ?? -1] ?? -1;
  if (old < 0 || rows.some((row) => codes[row] !== old)) return -1;
  let borne = 0;
  for (const code of codes) if (code === old) borne += 1;
  return borne === new Set(rows).size ? old : -1;
}
