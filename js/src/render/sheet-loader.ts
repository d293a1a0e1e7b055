/**
 * Decides which thumbnails to ask for: what is in view, coarse before fine, central before outer, a few requests at
 * a time, and gives up those the camera has left behind.
 */
import { type Bounds, type Camera, type Viewport, visibleBounds } from "../geometry/camera";
import type { Scene } from "./scene";
import { cellPx, FINEST_SHEET_LEVEL, LEVELS, slotsPerLayer } from "./sheet-cache";
import type { Thumbnails } from "./thumbnails";
import type { SheetImage } from "./types";

/** Sprites smaller than this are points, device px. */
export const SMALLEST_SPRITE_PX = 4;
const MOST_IN_FLIGHT = 3;
/** A row without any thumbnail first gets one of this level: the kernel has it at hand, a finer one it must decode. */
const FIRST_LEVEL = 1;
/** Rows that a reply left out, or whose request failed, are asked for again after this; doubled up to the longest. */
const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
/** A request is given up when fewer than this share of its rows is still wanted. */
const STILL_WANTED = 0.25;
/** Rows sorted by distance from the center; beyond, stacking order alone decides. */
const MOST_SORTED = 20_000;

export interface Sources {
  fetchSheet: (cell: number, rows: Int32Array, signal: AbortSignal) => Promise<SheetImage>;
  fetchImage: ((row: number, signal: AbortSignal) => Promise<Blob | null>) | null;
}

interface Request {
  level: number;
  rows: Int32Array;
  abort: AbortController;
}

/** The level whose cells suit sprites of `sizePx` device px. */
export function levelFor(sizePx: number, finest: number): number {
  for (let level = 0; level < finest; level++) if (cellPx(level) >= sizePx * 0.9) return level;
  return finest;
}

export class SheetLoader {
  requests = 0;
  aborted = 0;
  lastError: string | null = null;
  private inFlight = new Set<Request>();
  private queue: { level: number; rows: number[] }[] = [];
  /** When a row may be asked for again, and how long the wait was. */
  private readonly deferred = new Map<number, { untilMs: number; waitMs: number }>();
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  private retryAtMs = Number.POSITIVE_INFINITY;

  /** @param onRetry called when rows that were put off may be asked for again. */
  constructor(
    private readonly scene: Scene,
    private readonly thumbnails: Thumbnails,
    private readonly sources: () => Sources,
    private readonly onRetry: () => void,
  ) {}

  get pending(): number {
    return this.inFlight.size;
  }

  get queued(): number {
    return this.queue.reduce((sum, part) => sum + part.rows.length, 0);
  }

  /**
   * Look at what is in view and ask for what it lacks.
   *
   * @param list ranks that may show, in drawing order.
   * @param sizePx longest side of a sprite, device px; 0 when no thumbnails are wanted at all.
   * @param ratio device px per CSS px.
   * @returns ranks that are now drawn from another slot.
   */
  plan(list: Uint32Array, camera: Camera, viewport: Viewport, sizePx: number, ratio: number, nowMs: number): number[] {
    if (sizePx < SMALLEST_SPRITE_PX) {
      this.abandon(() => true);
      this.queue = [];
      return [];
    }
    const { cache } = this.thumbnails;
    const finest = this.sources().fetchImage ? LEVELS - 1 : FINEST_SHEET_LEVEL;
    let level = levelFor(sizePx, finest);
    // All that is in view must fit, or one half would push out the other for ever.
    while (level > 0 && list.length > 0.75 * cache.capacity(level)) level--;
    const count = Math.min(list.length, Math.floor(0.9 * cache.capacity(level)));
    this.thumbnails.level = level;
    this.thumbnails.stamp++;
    const changed: number[] = [];
    const bare: number[] = [];
    const coarse: number[] = [];
    const margin = sizePx / ratio / camera.scale;
    const view = visibleBounds(camera, viewport);
    let retryAtMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const rank = list[i] as number;
      const row = this.scene.order[rank] as number;
      if (!this.inView(view, row, margin)) continue;
      if (this.thumbnails.choose(row)) changed.push(rank);
      const slot = this.thumbnails.shown[row] as number;
      const awaited = (this.thumbnails.awaited[row] as number) - 1;
      const held = Math.max(slot < 0 ? -1 : cache.levelOf(slot), awaited);
      if (held >= level) continue;
      const untilMs = this.deferred.get(row)?.untilMs ?? 0;
      if (untilMs > nowMs) {
        retryAtMs = Math.min(retryAtMs, untilMs);
        continue;
      }
      (held < 0 ? bare : coarse).push(row);
    }
    const first = Math.min(level, FIRST_LEVEL);
    this.queue = [
      { level: first, rows: this.centralFirst(bare, camera) },
      { level, rows: this.centralFirst(level > first ? [...bare, ...coarse] : coarse, camera) },
    ];
    this.abandonUnwanted();
    this.pump();
    this.retryAt(retryAtMs, nowMs);
    return changed;
  }

  destroy(): void {
    this.abandon(() => true);
    this.queue = [];
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
  }

  /** These rows may be asked for at once: something about them is new. */
  forgive(rows: ArrayLike<number>): void {
    for (let i = 0; i < rows.length; i++) this.deferred.delete(rows[i] as number);
  }

  private inView(view: Bounds, row: number, margin: number): boolean {
    const x = this.scene.xOf(row);
    const y = this.scene.yOf(row);
    return x >= view.x0 - margin && x <= view.x1 + margin && y >= view.y0 - margin && y <= view.y1 + margin;
  }

  private centralFirst(rows: number[], camera: Camera): number[] {
    if (rows.length > MOST_SORTED) return rows;
    const distance = new Map<number, number>();
    for (const row of rows) {
      const dx = this.scene.xOf(row) - camera.x;
      const dy = this.scene.yOf(row) - camera.y;
      distance.set(row, dx * dx + dy * dy);
    }
    return rows.sort((a, b) => (distance.get(a) as number) - (distance.get(b) as number));
  }

  private abandonUnwanted(): void {
    const wanted = this.queue.map((part) => new Set(part.rows));
    this.abandon((request) => {
      const still = wanted[this.queue.findIndex((part) => part.level === request.level)];
      if (!still) return true;
      let count = 0;
      for (const row of request.rows) if (still.has(row)) count++;
      return count < STILL_WANTED * request.rows.length;
    });
    const asked = new Map<number, Set<number>>();
    for (const request of this.inFlight) {
      const rows = asked.get(request.level) ?? new Set<number>();
      for (const row of request.rows) rows.add(row);
      asked.set(request.level, rows);
    }
    for (const part of this.queue) {
      const rows = asked.get(part.level);
      if (rows) part.rows = part.rows.filter((row) => !rows.has(row));
    }
  }

  private abandon(unwanted: (request: Request) => boolean): void {
    for (const request of this.inFlight) {
      if (!unwanted(request)) continue;
      this.inFlight.delete(request);
      this.aborted++;
      request.abort.abort();
    }
  }

  private pump(): void {
    while (this.inFlight.size < MOST_IN_FLIGHT) {
      const part = this.queue.find((one) => one.rows.length > 0);
      if (!part) return;
      const original = part.level > FINEST_SHEET_LEVEL;
      const rows = Int32Array.from(part.rows.splice(0, original ? 1 : slotsPerLayer(part.level)));
      const request = { level: part.level, rows, abort: new AbortController() };
      this.inFlight.add(request);
      this.requests++;
      void (original ? this.askImage(request) : this.askSheet(request));
    }
  }

  private async askSheet(request: Request): Promise<void> {
    const { signal } = request.abort;
    try {
      const sheet = await this.sources().fetchSheet(cellPx(request.level), request.rows, signal);
      if (signal.aborted) return;
      this.lastError = null;
      this.thumbnails.add(sheet, true);
      const missing = new Set(request.rows);
      for (const row of sheet.rows) {
        missing.delete(row);
        this.deferred.delete(row);
      }
      this.defer(missing);
    } catch (error) {
      this.failed(request, error);
    } finally {
      this.finished(request);
    }
  }

  private async askImage(request: Request): Promise<void> {
    const { signal } = request.abort;
    const row = request.rows[0] as number;
    try {
      const file = (await this.sources().fetchImage?.(row, signal)) ?? null;
      if (signal.aborted) return;
      this.lastError = null;
      if (file) this.thumbnails.addOriginal(row, request.level, file);
      else this.defer([row]);
    } catch (error) {
      this.failed(request, error);
    } finally {
      this.finished(request);
    }
  }

  private failed(request: Request, error: unknown): void {
    if (request.abort.signal.aborted) return;
    // Kept for the status line; the rows are asked for again, later and later.
    this.lastError = error instanceof Error ? error.message : String(error);
    this.defer(request.rows);
  }

  private finished(request: Request): void {
    // An abandoned request has left the set already and made room for another.
    if (this.inFlight.delete(request)) this.pump();
  }

  private defer(rows: Iterable<number>): void {
    const nowMs = performance.now();
    let retryAtMs = Number.POSITIVE_INFINITY;
    for (const row of rows) {
      const waitMs = Math.min(LONGEST_RETRY_MS, 2 * (this.deferred.get(row)?.waitMs ?? RETRY_MS / 2));
      this.deferred.set(row, { untilMs: nowMs + waitMs, waitMs });
      retryAtMs = Math.min(retryAtMs, nowMs + waitMs);
    }
    this.retryAt(retryAtMs, nowMs);
  }

  /** Plan again at this time, unless that is due earlier anyway. */
  private retryAt(atMs: number, nowMs: number): void {
    if (atMs >= this.retryAtMs) return;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryAtMs = atMs;
    this.retryTimer = setTimeout(
      () => {
        this.retryTimer = null;
        this.retryAtMs = Number.POSITIVE_INFINITY;
        this.onRetry();
      },
      Math.max(0, atMs - nowMs) + 1,
    );
  }
}
