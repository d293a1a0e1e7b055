/**
 * From a sheet's bytes to slots on the GPU: decodes off the main thread, uploads a little each frame, keeps the
 * sheets' JPEGs (outside of the JS heap, as Blobs) for as long as the cache holds a cell of them, so that a lost
 * context is restored without asking anyone.
 */
import { decode, discard, heightOf, type Pixels, widthOf } from "./decode";
import type { Painter } from "./painter";
import { cellPx, FINEST_SHEET_LEVEL, levelOfCell, SheetCache } from "./sheet-cache";
import type { SheetImage } from "./types";

/** At most this many sheets are decoded at once: each takes 4 MB as pixels. */
const DECODERS = 2;
/** Texels uploaded in a frame while moving and at rest: about 1.5 and 6 ms in software GL. */
export const TEXELS_MOVING = 256 * 1024;
export const TEXELS_AT_REST = 1024 * 1024;

/** An encoded picture of one or more cells. */
interface Sheet {
  id: number;
  level: number;
  columns: number;
  rows: Int32Array;
  file: Blob;
  /** Asked for, as opposed to pushed: may take the place of what is in use at another level. */
  wanted: boolean;
  /** Cells of it that the cache holds. */
  live: number;
}

interface Arrival {
  sheet: Sheet;
  pixels: Pixels;
  next: number;
}

export class Thumbnails {
  cache: SheetCache;
  /** int32 (n,): slot each row is drawn from, -1 = none. */
  shown: Int32Array;
  /** uint8 (n,): 1 + the level of a sheet that holds the row and is not yet in the cache; 0 = none. */
  awaited: Uint8Array;
  /** Level the sprites are looked at; sets which of a row's slots is drawn. */
  level = 0;
  /** Counts up with every plan: slots touched with the present stamp are in use. */
  stamp = 1;
  lastError: string | null = null;
  private readonly sheets = new Map<number, Sheet>();
  private waiting: Sheet[] = [];
  private readonly decoding = new Set<Sheet>();
  private arrivals: Arrival[] = [];
  private changed = new Set<number>();
  private nextId = 0;
  private generation = 0;

  /**
   * @param n rows.
   * @param painter where the pixels go.
   * @param shapes uint8 (n, 2).
   * @param onArrival called when decoded cells wait for the next frame.
   */
  constructor(
    private n: number,
    private painter: Painter,
    public shapes: Uint8Array,
    private readonly onArrival: () => void,
  ) {
    this.cache = this.emptyCache();
    this.shown = new Int32Array(n).fill(-1);
    this.awaited = new Uint8Array(n);
  }

  /** More rows follow; what is held of the others stays. */
  extend(n: number, shapes: Uint8Array): void {
    const shown = new Int32Array(n).fill(-1);
    shown.set(this.shown);
    const awaited = new Uint8Array(n);
    awaited.set(this.awaited);
    Object.assign(this, { n, shapes, shown, awaited });
    this.cache.extend(n);
  }

  /** Sheets that are not yet in the cache. */
  get pending(): number {
    return this.waiting.length + this.decoding.size + this.arrivals.length;
  }

  /** Rows whose slot changed since the last call. */
  takeChanged(): number[] {
    const rows = [...this.changed];
    this.changed.clear();
    return rows;
  }

  add(image: SheetImage, wanted: boolean): void {
    const file = new Blob([image.jpeg as Uint8Array<ArrayBuffer>], { type: "image/jpeg" });
    this.enqueue(levelOfCell(image.cell), image.columns, image.rows, file, wanted);
  }

  /** One original picture, kept as a cell of 512 or 1,024 texels. */
  addOriginal(row: number, level: number, file: Blob): void {
    this.enqueue(level, 1, Int32Array.of(row), file, true);
  }

  /** Upload up to `texels` of what has been decoded. Returns whether there is more. */
  step(texels: number): boolean {
    let left = texels;
    while (left > 0) {
      const arrival = this.arrivals[0];
      if (!arrival) return false;
      const size = cellPx(arrival.sheet.level);
      const cells = Math.max(1, Math.floor(left / (size * size)));
      left -= this.place(arrival, cells) * size * size;
      if (arrival.next < arrival.sheet.rows.length) continue;
      discard(arrival.pixels);
      this.noLonger(arrival.sheet);
      if (arrival.sheet.live === 0) this.sheets.delete(arrival.sheet.id);
      this.arrivals.shift();
      this.decodeNext();
    }
    return this.arrivals.length > 0;
  }

  /** Draw the row from the slot that suits the present level. Returns whether that is another one. */
  choose(row: number): boolean {
    const slot = this.cache.best(row, this.level);
    if (slot >= 0) this.cache.touch(slot, this.stamp);
    if (slot === this.shown[row]) return false;
    this.shown[row] = slot;
    return true;
  }

  drop(rows: ArrayLike<number>): void {
    for (let i = 0; i < rows.length; i++) this.cache.drop(rows[i] as number);
    for (let i = 0; i < rows.length; i++) this.awaited[rows[i] as number] = 0;
    const dropped = new Set<number>(Array.from(rows));
    // Sheets packed before the change must not bring the old pictures back, now or after a lost context.
    for (const sheet of [...this.waiting, ...this.decoding, ...this.sheets.values()]) {
      sheet.rows = sheet.rows.map((row) => (dropped.has(row) ? -1 : row));
    }
  }

  /** The context and all textures are new: put back what the sheets at hand hold, those too that it had not got yet. */
  restore(painter: Painter): void {
    this.painter = painter;
    const held = [...this.sheets.values(), ...this.decoding, ...this.waiting].sort((a, b) => a.id - b.id);
    this.clear();
    for (const sheet of held) this.enqueue(sheet.level, sheet.columns, sheet.rows, sheet.file, sheet.wanted);
  }

  clear(): void {
    this.generation++;
    for (const arrival of this.arrivals) discard(arrival.pixels);
    this.arrivals = [];
    this.waiting = [];
    this.sheets.clear();
    this.cache = this.emptyCache();
    this.shown.fill(-1);
    this.awaited.fill(0);
    this.changed.clear();
  }

  /** Side of the finest cell that holds the row, texels; 0 when none does. */
  finest(row: number): number {
    const slot = this.cache.best(row, Number.POSITIVE_INFINITY);
    return slot < 0 ? 0 : cellPx(this.cache.levelOf(slot));
  }

  /** The picture of a slot, for the hover preview. */
  read(row: number): ImageData | null {
    const slot = this.cache.best(row, Number.POSITIVE_INFINITY);
    if (slot < 0) return null;
    const level = this.cache.levelOf(slot);
    return this.painter.read(slot, level, ...this.contentPx(row, level));
  }

  private emptyCache(): SheetCache {
    return new SheetCache(this.n, this.painter.layers, (row, slot, id) => {
      const sheet = this.sheets.get(id);
      if (sheet && --sheet.live === 0 && !this.arrivals.some((arrival) => arrival.sheet === sheet)) {
        this.sheets.delete(id);
      }
      if (this.shown[row] !== slot) return;
      this.shown[row] = this.cache.best(row, this.level);
      this.changed.add(row);
    });
  }

  private enqueue(level: number, columns: number, rows: Int32Array, file: Blob, wanted: boolean): void {
    const sheet = { id: this.nextId++, level, columns, rows, file, wanted, live: 0 };
    // What is looked at now goes before what was pushed for later.
    for (const row of rows) if (row < this.n) this.awaited[row] = Math.max(level + 1, this.awaited[row] as number);
    if (wanted) this.waiting.unshift(sheet);
    else this.waiting.push(sheet);
    this.decodeNext();
  }

  private decodeNext(): void {
    while (this.decoding.size + this.arrivals.length < DECODERS) {
      const sheet = this.waiting.shift();
      if (!sheet) return;
      void this.decodeSheet(sheet);
    }
  }

  private async decodeSheet(sheet: Sheet): Promise<void> {
    const generation = this.generation;
    this.decoding.add(sheet);
    try {
      const original = sheet.level > FINEST_SHEET_LEVEL;
      const pixels = await decode(sheet.file, original ? this.contentPx(sheet.rows[0] as number, sheet.level) : null);
      if (generation !== this.generation) {
        discard(pixels);
        return;
      }
      this.sheets.set(sheet.id, sheet);
      this.arrivals.push({ sheet, pixels, next: 0 });
      this.onArrival();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.noLonger(sheet);
      this.lastError = `a sheet of thumbnails could not be decoded: ${error.message}`;
    } finally {
      this.decoding.delete(sheet);
      this.decodeNext();
    }
  }

  private noLonger(sheet: Sheet): void {
    for (const row of sheet.rows) if (this.awaited[row] === sheet.level + 1) this.awaited[row] = 0;
  }

  /** Upload the next `count` cells of a sheet. Returns how many were. */
  private place(arrival: Arrival, count: number): number {
    const { sheet, pixels } = arrival;
    const end = Math.min(sheet.rows.length, arrival.next + count);
    this.cache.reserve(sheet.level, end - arrival.next, this.stamp, sheet.wanted);
    const start = arrival.next;
    for (let cell = start; cell < end; cell++) {
      const row = sheet.rows[cell] as number;
      if (row < 0 || row >= this.n) continue;
      const slot = this.cache.insert(row, sheet.level, sheet.wanted ? this.stamp : this.stamp - 1, sheet.id);
      if (slot < 0) {
        // No room: what was pushed may wait until it is asked for.
        arrival.next = sheet.rows.length;
        return sheet.rows.length - start;
      }
      sheet.live++;
      if (!this.copyCell(pixels, sheet, cell, row, slot)) {
        // The device has less memory than was hoped for: this cell again, in what there is.
        this.cache.shrink(this.painter.layers);
        this.cache.reserve(sheet.level, end - cell, this.stamp, sheet.wanted);
        cell--;
        continue;
      }
      const best = this.cache.best(row, this.level);
      if (best === slot || best !== this.shown[row]) {
        this.shown[row] = best;
        this.changed.add(row);
      }
    }
    arrival.next = end;
    return end - start;
  }

  /** Returns whether the slot is there. */
  private copyCell(pixels: Pixels, sheet: Sheet, cell: number, row: number, slot: number): boolean {
    const size = cellPx(sheet.level);
    const x = (cell % sheet.columns) * size;
    const y = Math.floor(cell / sheet.columns) * size;
    const [width, height] = this.contentPx(row, sheet.level);
    return this.painter.upload(
      pixels,
      x,
      y,
      Math.min(width, widthOf(pixels) - x),
      Math.min(height, heightOf(pixels) - y),
      slot,
      sheet.level,
    );
  }

  /** Size of a row's picture in a cell of a level, texels: the rounding both languages share. */
  private contentPx(row: number, level: number): [number, number] {
    const size = cellPx(level);
    return [
      Math.max(1, Math.floor(((this.shapes[2 * row] as number) * size) / 255 + 0.5)),
      Math.max(1, Math.floor(((this.shapes[2 * row + 1] as number) * size) / 255 + 0.5)),
    ];
  }
}
