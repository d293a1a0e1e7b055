/** Named clusters, as the kernel keeps them. What is done here shows at once and is the kernel's to confirm. */

import { signal } from "@preact/signals";
import type { CaptionSent, HotspotEdit, HotspotsSent } from "../protocol";
import type { Source } from "./source";

export interface Hotspot {
  /** The kernel's number of it; -1 until it has one. */
  id: number;
  name: string;
  /** The row whose picture stands for it. */
  cover: number;
  rows: Int32Array;
}

export class Hotspots {
  readonly list = signal<readonly Hotspot[]>([]);

  constructor(private readonly source: Source) {}

  receive({ ids, names, covers, starts, rows }: HotspotsSent): void {
    this.list.value = ids.map((id, k) => ({
      id,
      name: names[k] ?? "",
      cover: covers[k] ?? -1,
      rows: rows.subarray(starts[k], starts[k + 1]),
    }));
  }

  /** Makes one of some rows, in front of the others; the kernel names it. */
  add(rows: Int32Array): void {
    const [cover] = rows;
    if (cover === undefined) return;
    this.list.value = [{ id: -1, name: "…", cover, rows }, ...this.list.value];
    this.send({ kind: "add", rows });
  }

  rename(id: number, name: string): void {
    const text = name.trim();
    if (!text || this.find(id)?.name === text) return;
    this.replace(id, { name: text });
    this.send({ kind: "rename", key: id, name: text });
  }

  cover(id: number, row: number): void {
    this.replace(id, { cover: row });
    this.send({ kind: "cover", key: id, at: row });
  }

  /** Puts one at another place in the list. */
  move(id: number, to: number): void {
    const list = [...this.list.value];
    const from = list.findIndex((spot) => spot.id === id);
    const [spot] = list.splice(from, 1);
    const at = Math.max(0, Math.min(to, list.length));
    if (from < 0 || !spot || at === from) return;
    list.splice(at, 0, spot);
    this.list.value = list;
    this.send({ kind: "move", key: id, at });
  }

  remove(id: number): void {
    this.list.value = this.list.value.filter((spot) => spot.id !== id);
    this.send({ kind: "remove", key: id });
  }

  private find(id: number): Hotspot | undefined {
    return this.list.value.find((spot) => spot.id === id);
  }

  private replace(id: number, changes: Partial<Hotspot>): void {
    this.list.value = this.list.value.map((spot) => (spot.id === id ? { ...spot, ...changes } : spot));
  }

  private send(edit: Partial<HotspotEdit> & Pick<HotspotEdit, "kind">): void {
    this.source.send({ type: "edit-hotspot", key: 0, name: "", at: 0, rows: new Int32Array(0), ...edit });
  }
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
