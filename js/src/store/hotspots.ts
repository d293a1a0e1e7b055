/**
 * Named clusters, as the kernel keeps them, and over them what was done here and it has not acknowledged: edits like all
 * others, numbered with them.
 */

import { signal } from "@preact/signals";
import type { CaptionSent, HotspotsSent } from "../protocol";
import { type Effect, isTurn, type Spots } from "./history";
import type { Hotspot } from "./hotspot";
import { newId } from "./new-id";
import type { SpotEdit } from "./outbox";

export class Hotspots {
  readonly list = signal<readonly Hotspot[]>([]);
  /** The kernel's list, and up to which revision of its log it is known to be so. */
  private base: readonly Hotspot[] = [];
  private upTo = -1;
  /** A list of a step that this page has yet to hear of: both are to show at once. */
  private next: HotspotsSent | null = null;
  private effects: readonly Effect[] = [];

  constructor(
    /** Numbers an edit and sends it. */
    private readonly push: (edit: SpotEdit) => void,
    /** The revision of the log that the labels here are of. */
    private readonly revision: () => number,
    /** Asks for the list once more. */
    private readonly want: () => void,
  ) {}

  receive(message: HotspotsSent): void {
    if (message.revision < Math.max(this.upTo, this.next?.revision ?? 0)) return;
    this.next = message;
    this.reach(this.revision());
    this.show(this.effects);
  }

  /** All labels are here as of a revision: so is the list, if it is one of that. */
  reach(revision: number): void {
    if (!this.next || this.next.revision > revision) return;
    const { ids, names, covers, starts, rows } = this.next;
    const known = new Map(this.base.map((spot) => [spot.id, spot.rows]));
    this.base = ids.map((id, k) => {
      const own = rows.subarray(starts[k], starts[k + 1]);
      const before = known.get(id);
      // One array for all lists that hold it: undo keeps many.
      const same = before?.length === own.length && before.every((row, i) => row === own[i]);
      return { id, name: names[k] ?? "", cover: covers[k] ?? -1, rows: same ? before : own.slice() };
    });
    this.upTo = this.next.revision;
    this.next = null;
  }

  /** The kernel has made a change; what that did to the list, if it did and that is known. */
  heard(revision: number, kind: string, rows: Int32Array): Spots | undefined {
    const { base, upTo } = this;
    const told = this.next?.revision === revision;
    if (told) this.reach(revision);
    else if (upTo === revision - 1 && !mayBeOfHotspots(kind, rows)) this.upTo = revision;
    else if (mayBeOfHotspots(kind, rows) && upTo < revision) this.want();
    return told && upTo === revision - 1 ? { before: base, after: this.base } : undefined;
  }

  /** Shows what lies over the kernel's list. */
  show(effects: readonly Effect[]): void {
    this.effects = effects;
    let list = this.base;
    for (const effect of effects) {
      if (!isTurn(effect)) list = effect.type === "edit-hotspot" ? changed(list, effect) : list;
      else if (effect.step.spots) list = effect.step.spots[effect.kind === "undo" ? "before" : "after"];
    }
    this.list.value = list;
  }

  /** Makes one of some rows, in front of the others; the kernel names it. Returns its id. */
  add(rows: Int32Array): string {
    if (rows.length === 0) return "";
    const id = newId();
    this.edit({ kind: "add", key: id, rows });
    return id;
  }

  rename(id: string, name: string): void {
    const text = name.trim();
    const spot = this.find(id);
    if (spot && text && spot.name !== text) this.edit({ kind: "rename", key: id, name: text });
  }

  cover(id: string, row: number): void {
    const spot = this.find(id);
    if (spot) this.edit({ kind: "cover", key: id, name: spot.name, at: row });
  }

  /** Puts one at another place in the list. */
  move(id: string, to: number): void {
    const list = this.list.value;
    const from = list.findIndex((spot) => spot.id === id);
    const at = Math.max(0, Math.min(to, list.length - 1));
    if (from >= 0 && at !== from) this.edit({ kind: "move", key: id, name: list[from]?.name ?? "", at });
  }

  remove(id: string): void {
    const spot = this.find(id);
    if (spot) this.edit({ kind: "remove", key: id, name: spot.name });
  }

  private find(id: string): Hotspot | undefined {
    return this.list.value.find((spot) => spot.id === id);
  }

  private edit(edit: Partial<SpotEdit> & Pick<SpotEdit, "kind" | "key">): void {
    this.push({ type: "edit-hotspot", name: "", at: 0, rows: new Int32Array(0), ...edit });
  }
}

/** Whether a change may be one of hotspots: such have no rows. */
function mayBeOfHotspots(kind: string, rows: Int32Array): boolean {
  return kind === "hotspots" || (rows.length === 0 && (kind === "undo" || kind === "redo"));
}

/** The list when an edit is done: as the kernel does it. */
function changed(list: readonly Hotspot[], { kind, key, name, at, rows }: SpotEdit): readonly Hotspot[] {
  const from = list.findIndex(({ id }) => id === key);
  const spot = list[from];
  if (kind === "add") return spot ? list : [{ id: key, name, cover: rows[0] ?? -1, rows }, ...list];
  if (!spot) return list;
  if (kind === "remove") return list.toSpliced(from, 1);
  if (kind === "move") return list.toSpliced(from, 1).toSpliced(Math.max(0, Math.min(at, list.length - 1)), 0, spot);
  return list.with(from, kind === "rename" ? { ...spot, name } : { ...spot, cover: at });
}

/** Where their names are written over a layout: in the middle of most of their images. */
export function hotspotCaptions(spots: readonly Hotspot[], xy: Float32Array): CaptionSent[] {
  return spots.flatMap(({ name, rows }) => {
    const xs = placed(rows, xy, 0);
    const ys = placed(rows, xy, 1);
    if (xs.length === 0) return [];
    // Stragglers do not say how much room a crowd takes.
    const width = (quantile(xs, 0.9) - quantile(xs, 0.1)) * 1.25;
    return [{ text: name, x: quantile(xs, 0.5), y: quantile(ys, 0.5), width, count: rows.length }];
  });
}

function placed(rows: Int32Array, xy: Float32Array, axis: 0 | 1): Float32Array {
  return Float32Array.from(rows, (row) => xy[row * 2 + axis] ?? Number.NaN)
    .filter((value) => !Number.isNaN(value))
    .sort();
}

function quantile(sorted: Float32Array, share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] as number;
}
