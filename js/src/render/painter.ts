/** What draws: WebGL2, or a 2-D canvas where there is none. Both are told the same things in the same words. */
import type { Camera, Viewport } from "../geometry/camera";
import type { Pixels } from "./decode";
import type { Rgb } from "./types";

/** How one frame is seen. */
export interface View {
  camera: Camera;
  /** CSS px. */
  viewport: Viewport;
  /** Device px per CSS px. */
  ratio: number;
  /** Longest side of a sprite, device px. */
  sizePx: number;
  /** Widest frame, device px. */
  framePx: number;
  /** Frame of a selected sprite or a hit, device px. */
  chosenPx: number;
  /** 0..1 along the transition. */
  ease: number;
  /** One color instead of a thumbnail. */
  plain: boolean;
  discs: boolean;
  labelFill: boolean;
  /** Thumbnails are shown well below their size. */
  shrunk: boolean;
  /** Samples of its thumbnail a pixel is averaged from; more for a picture that will stay. */
  samples: 1 | 2 | 4;
  /** Some sprite is flagged or has an edit pending. */
  marks: boolean;
  background: Rgb;
  accent: Rgb;
  hit: Rgb;
  warning: Rgb;
}

/** A part of the canvas in whole device px, y down. */
export interface DeviceRect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Painter {
  readonly kind: "webgl2" | "canvas2d";
  /** Layers of thumbnails there is room for. */
  readonly layers: number;
  readonly bytes: number;
  /** Whether sprites can be painted again in place, without starting over. */
  readonly repaints: boolean;
  /** Set the canvas size in device px; what was drawn is gone. */
  resize(width: number, height: number): void;
  /** Make room for `n` sprites. */
  setCount(n: number): void;
  /** Upload places: `fill` writes (from x, from y, to x, to y) of ranks [start, end). */
  setPlaces(fill: (start: number, end: number, out: Float32Array) => void): void;
  /** Upload all looks. */
  setLooks(write: (rank: number, out: Uint32Array, at: number) => void): void;
  /** Upload the looks of some ranks. */
  touchLooks(ranks: Uint32Array, write: (rank: number, out: Uint32Array, at: number) => void): void;
  /** Copy a cell of a decoded sheet into a slot. Returns false when `layers` has turned out to be less than that. */
  upload(
    pixels: Pixels,
    xPx: number,
    yPx: number,
    widthPx: number,
    heightPx: number,
    slot: number,
    level: number,
  ): boolean;
  /** Start a picture. `clear`: from nothing; otherwise over the old one, which shows until it is painted over. */
  begin(view: View, clear: boolean): void;
  /** Camera of the picture kept by `keep`, null when there is none. */
  readonly kept: Camera | null;
  /** Keep what is on the canvas, drawn as `camera` sees it, for `beginFromKept`. */
  keep(camera: Camera): void;
  forgetKept(): void;
  /**
   * Start a picture from the kept one, moved and scaled to the present view: sprites keep their size in data units,
   * so that is what they look like, if a little soft when the scale is another.
   *
   * @returns the camera that the moved picture really shows: when only panning, it is moved by whole px.
   */
  beginFromKept(view: View): Camera;
  /** Draw ranks[start .. end). What is drawn already and lies above stays above. */
  draw(view: View, ranks: Uint32Array, start: number, end: number): void;
  /** The picture is complete: whatever it did not cover becomes background. */
  finish(view: View): void;
  /** Put these ranks, which lie in `rect`, on top, enlarged, until `clearOverlay`. */
  overlay(view: View, ranks: Uint32Array, scale: number, rect: DeviceRect): void;
  clearOverlay(view: View): void;
  /** Mark the end of a frame's commands; `busy` is true until they are carried out. */
  submit(): void;
  busy(): boolean;
  /** Read a cell back. */
  read(slot: number, level: number, widthPx: number, heightPx: number): ImageData | null;
  destroy(): void;
}
