/** What the renderer is told and what it answers. It knows numbers and textures: no labels, no model. */
import type { Camera } from "../geometry/camera";
import type { Polygon, Rect } from "../geometry/lasso";

/** Channels in 0..1. */
export type Rgb = readonly [number, number, number];

/** Bits of `RendererProps.states`. */
export const SELECTED = 1;
export const HOVERED = 2;
export const FILTERED_OUT = 4;
export const FLAGGED = 8;
export const HIT = 16;
export const PENDING = 32;

/** Sides of the cells a sheet may have, in texels. */
export const CELLS = [32, 64, 128, 256] as const;
/** Widest a sheet may be, in texels; also the side of a cache layer. */
export const SHEET_PX = 1024;

/** Chosen sprites of at least this size have room for a line of background between their frame and their label's, CSS px. */
export const LINED_FROM_PX = 20;

/** Many thumbnails in one JPEG, row-major, each in the top left corner of its cell. */
export interface SheetImage {
  /** Side of a cell in texels, one of CELLS. */
  cell: number;
  columns: number;
  /** int32 (k,): the row in each cell, k <= (SHEET_PX / cell)^2. */
  rows: Int32Array;
  jpeg: Uint8Array;
}

export interface RendererProps {
  /** uint8 (n, 2): width and height of each picture relative to its longest side, which is 255. */
  shapes: Uint8Array;
  /** uint8 (n, 3): mean colors. */
  colors: Uint8Array;
  /** uint8 (n,): 0 where the mean color is not known yet: a paler one of the row's label stands for it. Left out: all are. */
  known?: Uint8Array;
  /** float32 (n, 2), data units; NaN = not drawn. A new array eases from what is on screen to it. */
  positions: Float32Array;
  /** How long a change of `positions` eases, in ms; 0 jumps (prefers-reduced-motion). */
  transitionMs: number;
  /** int32 (n,): index into `palette`, -1 = none. */
  codes: Int32Array;
  /** uint8 (k, 3): label colors, for frames and label-colored points. */
  palette: Uint8Array;
  /** uint8 (n,): SELECTED | HOVERED | FILTERED_OUT | FLAGGED | HIT | PENDING. */
  states: Uint8Array;
  camera: Camera;
  /** Longest side of a sprite in data units. */
  spriteSize: number;
  /** Widest a frame gets, in CSS px; it thins with the sprite. 0 = no frames. */
  borderWidth: number;
  /** What happens to rows that the filter leaves out. */
  filtered: "dim" | "hide";
  mode: "sprites" | "points";
  /** Color of points, of sprites under 4 px and, in "label" mode, of nothing else. */
  pointColor: "mean" | "label";
  background: Rgb;
  /** Frame of selected and hovered sprites, mark of pending edits. */
  accent: Rgb;
  /** Outline of search hits and of images that are alike. */
  hitColor: Rgb;
  /** Cross on flagged sprites. */
  warningColor: Rgb;
  /** Asks for thumbnails; may answer with fewer rows than were asked for (those are asked again later). */
  fetchSheet: (cell: number, rows: Int32Array, signal: AbortSignal) => Promise<SheetImage>;
  /**
   * Asks for one original picture as an encoded file, for sprites of more than 256 device px; null when there is
   * none. Left out: the finest sheet cell is enlarged.
   */
  fetchImage: ((row: number, signal: AbortSignal) => Promise<Blob | null>) | null;
}

export interface RendererStats {
  kind: "webgl2" | "canvas2d";
  /** Sprites in view and how many of them the picture on screen holds. */
  listed: number;
  drawn: number;
  /** The picture on screen is all there is to draw at this camera, with no sheet on its way. */
  complete: boolean;
  /** Every listed sprite is drawn (sheets may still be on their way). */
  settled: boolean;
  frames: number;
  /** ms from submitting the last frame to the GPU having done it. */
  frameMs: number;
  /** ms the last frame held the main thread. */
  scriptMs: number;
  /** Held on the GPU: places and looks of all rows, layers of thumbnails, pictures kept for moving and hovering. */
  gpuBytes: number;
  /** Cache layers allocated, slots in use and slots there are room for. */
  layers: number;
  slots: number;
  /** Sheets asked for and not yet arrived; sheets arrived and not yet in the cache. */
  inFlight: number;
  decoding: number;
  requests: number;
  aborted: number;
  contextLost: boolean;
  /** Why the last request failed, null when it did not. */
  lastError: string | null;
}

export interface Renderer {
  readonly kind: "webgl2" | "canvas2d";
  /** Why the picture is less than it could be, in words to show; null when it is not. */
  readonly degraded: string | null;
  /** Change some props; schedules a frame when that changes the picture. */
  setProps(partial: Partial<RendererProps>): void;
  /** More rows follow those there are, which keep their numbers, thumbnails and places; every array grows at once. */
  extend(partial: Partial<RendererProps>): void;
  /** `codes` and `states` were changed in place at these rows (null: anywhere): only their texels are uploaded. */
  touchRows(rows: ArrayLike<number> | null): void;
  /** A sheet that was pushed rather than asked for. */
  addSheet(sheet: SheetImage): void;
  /** @param pixelRatio device px per CSS px. */
  resize(widthPx: number, heightPx: number, pixelRatio: number): void;
  /** Row of the sprite drawn on top at a canvas position in CSS px; -1 where there is none. */
  pick(xPx: number, yPx: number): number;
  /** Rows whose sprite's center lies in a lasso or rectangle in CSS px, ascending; not those filtered out. */
  rowsIn(shape: Polygon | Rect): Int32Array;
  /** Where a row's sprite is on the canvas, CSS px of its center and its size; null when it is not placed. */
  spriteRect(row: number): { xPx: number; yPx: number; widthPx: number; heightPx: number } | null;
  /** Side of the finest cell at hand that holds a row's picture, texels; 0 when there is none. */
  finest(row: number): number;
  /** Draw the finest thumbnail at hand, as large as fits, onto a 2-D canvas; false when there is none. */
  thumbnail(row: number, target: HTMLCanvasElement): boolean;
  stats(): RendererStats;
  /** Called after every frame drawn. Returns the function that stops it. */
  onFrame(listener: () => void): () => void;
  /** Release the context, the memory and every listener; nothing works afterwards. */
  destroy(): void;
}
