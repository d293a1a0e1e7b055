/** Draws with a 2-D canvas, for browsers without WebGL2: the same picture, slower. */
import { type Camera, dataToPx } from "../geometry/camera";
import type { Pixels } from "./decode";
import { type Look, readLook, WORDS } from "./looks";
import type { DeviceRect, Painter, View } from "./painter";
import { cellPx, SLOTS_PER_LAYER } from "./sheet-cache";
import { FILTERED_OUT, FLAGGED, HIT, LINED_FROM_PX, PENDING, type Rgb, SELECTED, SHEET_PX } from "./types";

const LAYER_BYTES = 4 * SHEET_PX * SHEET_PX;
/** Places are rounded to much less than this, device px. */
const TIE_PX = 1 / 16;
/** Layers are canvases here, in the page's own memory: fewer than on a GPU. */
const MOST_LAYERS = 16;

export class Canvas2dPainter implements Painter {
  readonly kind = "canvas2d";
  readonly repaints = false;
  readonly kept = null;
  readonly layers: number;
  private readonly context: CanvasRenderingContext2D;
  private readonly canvases: (HTMLCanvasElement | null)[];
  private places = new Float32Array(0);
  private looks = new Uint32Array(0);
  private under: { image: ImageData; x: number; y: number } | null = null;

  constructor(canvas: HTMLCanvasElement, budgetBytes: number) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("this canvas offers neither WebGL2 nor a 2-D context: nothing can be drawn on it");
    this.context = context;
    this.layers = Math.max(1, Math.min(MOST_LAYERS, Math.floor(budgetBytes / LAYER_BYTES)));
    this.canvases = Array.from({ length: this.layers }, () => null);
  }

  get bytes(): number {
    return this.canvases.filter(Boolean).length * LAYER_BYTES;
  }

  resize(width: number, height: number): void {
    this.context.canvas.width = width;
    this.context.canvas.height = height;
    this.under = null;
  }

  setCount(n: number): void {
    this.places = new Float32Array(4 * n);
    this.looks = new Uint32Array(WORDS * n);
  }

  setPlaces(fill: (start: number, end: number, out: Float32Array) => void): void {
    fill(0, this.places.length / 4, this.places);
  }

  setLooks(write: (rank: number, out: Uint32Array, at: number) => void): void {
    for (let rank = 0; rank < this.looks.length / WORDS; rank++) write(rank, this.looks, WORDS * rank);
  }

  touchLooks(ranks: Uint32Array, write: (rank: number, out: Uint32Array, at: number) => void): void {
    for (const rank of ranks) write(rank, this.looks, WORDS * rank);
  }

  upload(
    pixels: Pixels,
    xPx: number,
    yPx: number,
    widthPx: number,
    heightPx: number,
    slot: number,
    level: number,
  ): boolean {
    const layer = Math.floor(slot / SLOTS_PER_LAYER);
    const [x, y] = originOf(slot, level);
    let canvas = this.canvases[layer];
    if (!canvas) {
      canvas = document.createElement("canvas");
      canvas.width = canvas.height = SHEET_PX;
      this.canvases[layer] = canvas;
    }
    canvas.getContext("2d")?.drawImage(pixels, xPx, yPx, widthPx, heightPx, x, y, widthPx, heightPx);
    return true;
  }

  begin(): void {
    const { context } = this;
    this.under = null;
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  }

  /** The list runs from the top of the stack down, so every sprite goes behind what is there already. */
  draw(view: View, ranks: Uint32Array, start: number, end: number): void {
    this.context.globalCompositeOperation = "destination-over";
    for (let i = start; i < end; i++) this.drawSprite(view, ranks[i] as number, view.sizePx, true);
    this.context.globalCompositeOperation = "source-over";
    // The page shows through what nothing covers: the canvas has its background as a style, so nothing is lost.
    this.context.canvas.style.backgroundColor = css(view.background);
  }

  finish(): void {}

  keep(): void {}

  forgetKept(): void {}

  beginFromKept(view: View): Camera {
    this.begin();
    return view.camera;
  }

  overlay(view: View, ranks: Uint32Array, scale: number, rect: DeviceRect): void {
    const { width, height } = this.context.canvas;
    // Deep inside a sprite most of it lies beyond the canvas.
    const [x, y] = [Math.max(0, rect.x), Math.max(0, rect.y)];
    const [right, bottom] = [Math.min(width, rect.x + rect.width), Math.min(height, rect.y + rect.height)];
    if (right <= x || bottom <= y) return;
    this.under = { image: this.context.getImageData(x, y, right - x, bottom - y), x, y };
    for (const rank of ranks) this.drawSprite(view, rank, view.sizePx * scale, false);
  }

  clearOverlay(): void {
    if (this.under) this.context.putImageData(this.under.image, this.under.x, this.under.y);
    this.under = null;
  }

  submit(): void {}

  busy(): boolean {
    return false;
  }

  read(slot: number, level: number, widthPx: number, heightPx: number): ImageData | null {
    const [x, y] = originOf(slot, level);
    const layer = this.canvases[Math.floor(slot / SLOTS_PER_LAYER)];
    return layer?.getContext("2d")?.getImageData(x, y, widthPx, heightPx) ?? null;
  }

  destroy(): void {
    this.canvases.fill(null);
    this.context.canvas.width = this.context.canvas.height = 0;
  }

  /** @param behind parts of one sprite are drawn front to back too. */
  private drawSprite(view: View, rank: number, sizePx: number, behind: boolean): void {
    const look = readLook(this.looks, WORDS * rank);
    const at = (i: number): number => this.places[4 * rank + i] as number;
    const x = at(0) + (at(2) - at(0)) * view.ease;
    const y = at(1) + (at(3) - at(1)) * view.ease;
    const [xPx, yPx] = dataToPx(view.camera, view.viewport, x, y);
    const width = view.discs ? sizePx : Math.max(1, (sizePx * look.width) / 255);
    const height = view.discs ? sizePx : Math.max(1, (sizePx * look.height) / 255);
    const box = onPixels(xPx * view.ratio - width / 2, yPx * view.ratio - height / 2, width, height);
    const parts = [
      () => this.drawBody(view, look, box),
      () => this.drawMarks(view, look, box),
      () => this.drawFrame(view, look, box, sizePx),
    ];
    this.context.globalAlpha = look.state & FILTERED_OUT ? 0.18 : 1;
    for (const part of behind ? parts.reverse() : parts) part();
    this.context.globalAlpha = 1;
  }

  private drawBody(view: View, look: Look, box: DeviceRect): void {
    const { context } = this;
    const layer = view.plain ? null : this.canvases[look.layer];
    if (layer) {
      const [width, height] = [look.width, look.height].map((side) =>
        Math.max(1, Math.round((side * look.cell) / 255)),
      );
      context.drawImage(
        layer,
        look.xTexel,
        look.yTexel,
        width as number,
        height as number,
        box.x,
        box.y,
        box.width,
        box.height,
      );
      return;
    }
    const labeled = view.plain && view.labelFill;
    const fill = labeled ? look.label : look.mean;
    context.fillStyle = fill < 0 ? "#8c8c8c" : `#${fill.toString(16).padStart(6, "0")}`;
    context.beginPath();
    if (view.discs) context.arc(box.x + box.width / 2, box.y + box.width / 2, box.width / 2, 0, 2 * Math.PI);
    else context.rect(box.x, box.y, box.width, box.height);
    context.fill();
  }

  private drawMarks(view: View, look: Look, box: DeviceRect): void {
    const { context } = this;
    if (view.plain) return;
    if (look.state & FLAGGED) {
      context.strokeStyle = css(view.warning);
      context.lineWidth = Math.max(1.4, 0.07 * Math.max(box.width, box.height));
      context.beginPath();
      context.moveTo(box.x, box.y);
      context.lineTo(box.x + box.width, box.y + box.height);
      context.moveTo(box.x + box.width, box.y);
      context.lineTo(box.x, box.y + box.height);
      context.stroke();
    }
    if (look.state & PENDING) {
      const corner = Math.min(12 * view.ratio, 0.3 * Math.min(box.width, box.height));
      context.fillStyle = css(view.accent);
      context.fillRect(box.x + box.width - corner, box.y, corner, corner);
    }
  }

  private drawFrame(view: View, look: Look, box: DeviceRect, sizePx: number): void {
    const chosen = (look.state & (SELECTED | HIT)) !== 0;
    const { context } = this;
    let insetPx = 0;
    const ring = (widthPx: number, color: string): void => {
      const at = insetPx + widthPx / 2;
      insetPx += widthPx;
      context.lineWidth = widthPx;
      context.strokeStyle = color;
      context.strokeRect(box.x + at, box.y + at, box.width - 2 * at, box.height - 2 * at);
    };
    if (chosen) {
      ring(view.chosenPx, css(look.state & SELECTED ? view.accent : view.hit));
      if (sizePx >= LINED_FROM_PX * view.ratio) ring(view.ratio, css(view.background));
    }
    const labelPx = Math.min(view.framePx, sizePx * 0.07);
    if (look.label >= 0 && !view.plain && labelPx > 0) ring(labelPx, `#${look.label.toString(16).padStart(6, "0")}`);
  }
}

/** Where edges lie between pixels, sprites that touch blend with what is behind: a line in its color. */
function onPixels(x: number, y: number, width: number, height: number): DeviceRect {
  // A little more than its own: an edge in the very middle of a pixel is rounded to either side.
  const [left, top] = [Math.round(x - TIE_PX), Math.round(y - TIE_PX)];
  return {
    x: left,
    y: top,
    width: Math.max(1, Math.round(x + width + TIE_PX) - left),
    height: Math.max(1, Math.round(y + height + TIE_PX) - top),
  };
}

function originOf(slot: number, level: number): [number, number] {
  const perRow = SHEET_PX / cellPx(level);
  const cell = slot % SLOTS_PER_LAYER;
  return [(cell % perRow) * cellPx(level), Math.floor(cell / perRow) * cellPx(level)];
}

function css(color: Rgb): string {
  return `rgb(${color.map((channel) => Math.round(channel * 255)).join(" ")})`;
}
