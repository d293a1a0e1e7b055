/** What the kernel sent of the data: names, shapes, colors, layouts, sheets. Nothing here is ever edited. */

import { signal } from "@preact/signals";
import type { Coloring, LayoutSent, Looks, Manifest, Names, Progress, SheetSent } from "../protocol";
import { folded, isAscii } from "./folded";

interface NameChunk {
  start: number;
  offsets: Uint32Array;
  text: Uint8Array;
}

/** File names, kept as the bytes they came in: a million strings would cost far more. */
export class NameTable {
  private readonly chunks: NameChunk[] = [];
  private readonly decoder = new TextDecoder();

  add({ start, offsets, text }: Names): void {
    const at = this.chunks.findIndex((chunk) => chunk.start >= start);
    if (this.chunks[at]?.start === start) this.chunks[at] = { start, offsets, text };
    else this.chunks.splice(at < 0 ? this.chunks.length : at, 0, { start, offsets, text });
  }

  get(row: number): string {
    const chunk = this.chunks.findLast((each) => each.start <= row);
    if (!chunk || row >= chunk.start + chunk.offsets.length - 1) return "";
    const k = row - chunk.start;
    return this.decoder.decode(chunk.text.subarray(chunk.offsets[k], chunk.offsets[k + 1]));
  }

  /** Rows whose name contains `text`, in any case. */
  search(text: string): number[] {
    const needle = folded(text);
    return this.where((bytes) => folded(this.decoder.decode(bytes)).includes(needle));
  }

  /** Rows whose name is `text`, in any case. */
  named(text: string): number[] {
    const wanted = folded(text);
    // few names have as many bytes, and only those are read; an accent may be one of several lengths
    const fits = (bytes: Uint8Array) => !isAscii(text) || bytes.length === text.length;
    return this.where((bytes) => fits(bytes) && folded(this.decoder.decode(bytes)) === wanted);
  }

  private where(fits: (name: Uint8Array) => boolean): number[] {
    const rows: number[] = [];
    for (const { start, offsets, text } of this.chunks) {
      for (let k = 0; k + 1 < offsets.length; k += 1)
        if (fits(text.subarray(offsets[k], offsets[k + 1]))) rows.push(start + k);
    }
    return rows;
  }
}

/** Calls back whoever listens, until they stop. */
export class Emitter<T> {
  private readonly listeners = new Set<(value: T) => void>();

  on(listener: (value: T) => void, stop: AbortSignal): void {
    this.listeners.add(listener);
    stop.addEventListener("abort", () => this.listeners.delete(listener));
  }

  emit(value: T): void {
    for (const listener of this.listeners) listener(value);
  }
}

/** So many layouts with options are kept: a slider makes many, and each is 8 bytes a row. */
const MOST_CHOSEN = 12;

export class Dataset {
  readonly manifest = signal<Manifest | null>(null);
  readonly progress = signal<Progress | null>(null);
  readonly layouts = signal<ReadonlyMap<string, LayoutSent>>(new Map());
  readonly colorings = signal<ReadonlyMap<string, Coloring>>(new Map());
  /** Rows whose shape and color came: those arrays are filled in place. */
  readonly looked = new Emitter<Int32Array>();
  readonly names = new NameTable();
  shapes = new Uint8Array(0);
  colors = new Uint8Array(0);
  /** 1 where shape and color came. */
  known = new Uint8Array(0);
  /** Pushed sheets, still as JPEG, for the views that open later. */
  sheets: SheetSent[] = [];
  /** Layouts that were here and had to go: the kernel takes them to be here still. */
  private readonly letGo = new Set<string>();
  private readonly sheetCame = new Emitter<SheetSent>();

  get n(): number {
    return this.manifest.value?.n ?? 0;
  }

  /** Returns whether rows were added to those that are known. */
  setManifest(manifest: Manifest): boolean {
    const before = this.manifest.value;
    const grown = before !== null && before.session === manifest.session && before.n < manifest.n;
    if (this.shapes.length !== manifest.n * 2) {
      const { shapes, colors, known } = this;
      // Until a picture's shape is known it is drawn as a square, gray but for what its label adds.
      this.shapes = new Uint8Array(manifest.n * 2).fill(255);
      this.colors = new Uint8Array(manifest.n * 3).fill(150);
      this.known = new Uint8Array(manifest.n);
      if (grown) {
        this.shapes.set(shapes);
        this.colors.set(colors);
        this.known.set(known);
      } else this.sheets = [];
    }
    this.manifest.value = manifest;
    return grown;
  }

  /** Drops the layouts that are of fewer rows than there are now, but for one; returns their names. */
  dropShorter(kept: string): string[] {
    const shorter = [...this.layouts.value].filter(([name, { xy }]) => name !== kept && xy.length < 2 * this.n);
    const left = new Map(this.layouts.value);
    for (const [name] of shorter) {
      left.delete(name);
      this.letGo.add(name);
    }
    this.layouts.value = left;
    return shorter.map(([name]) => name);
  }

  addLooks({ rows, shapes, colors }: Looks): void {
    rows.forEach((row, i) => {
      this.shapes.set(shapes.subarray(i * 2, i * 2 + 2), row * 2);
      this.colors.set(colors.subarray(i * 3, i * 3 + 3), row * 3);
      this.known[row] = 1;
    });
    this.looked.emit(rows);
  }

  /** Keeps a layout; returns the names of those that had to go for it. */
  addLayout(layout: LayoutSent): string[] {
    const layouts = new Map(this.layouts.value);
    layouts.delete(layout.name); // the newest are last
    layouts.set(layout.name, layout);
    const gone = [...layouts.keys()].filter((name) => name.includes("?")).slice(0, -MOST_CHOSEN);
    for (const name of gone) {
      layouts.delete(name);
      this.letGo.add(name);
    }
    this.letGo.delete(layout.name);
    this.layouts.value = layouts;
    return gone;
  }

  /** Whether a layout must be asked for: one that never was here comes of itself when it is chosen. */
  mustAskFor(name: string): boolean {
    return this.letGo.has(name) && !this.layouts.value.has(name);
  }

  addColoring(coloring: Coloring): void {
    this.colorings.value = new Map(this.colorings.value).set(coloring.name, coloring);
  }

  addSheet(sheet: SheetSent): void {
    this.sheets.push(sheet);
    this.sheetCame.emit(sheet);
  }

  /** Calls back with the sheets that are here and those that will come. */
  eachSheet(listener: (sheet: SheetSent) => void, stop: AbortSignal): void {
    for (const sheet of this.sheets) listener(sheet);
    this.sheetCame.on(listener, stop);
  }
}
