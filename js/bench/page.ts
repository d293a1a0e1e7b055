/** Runs in the page: draws n sprites with the renderer and with the plain way, and takes the time of both. */
import { type Camera, visibleBounds } from "../src/geometry/camera";
import { spriteSizeFor } from "../src/geometry/sprite-size";
import { createRenderer, type Renderer, type RendererStats, type SheetImage } from "../src/render/renderer";
import { Baseline } from "./baseline";

const WIDTH_PX = 1200;
const HEIGHT_PX = 800;
/** One cell of the emoji sheet and the pitch of its grid, px. */
const EMOJI_PX = 64;
const EMOJI_PITCH_PX = 66;
/** What a kernel takes to answer, ms. */
const ANSWER_MS = 30;
const PAN_MS = 4000;

export interface Measured {
  n: number;
  spritePx: number;
  firstSpritesMs: number;
  firstCompleteMs: number;
  panFramesPerSecond: number;
  panWorstTenthMs: number;
  panDrawnShare: number;
  panScriptMs: number;
  completeAtRestMs: number;
  completeFrameMs: number;
  zoomSharpMs: number;
  hoverPickMs: number;
  gpuMB: number;
  heapBytesPerImage: number;
  sheetMB: number;
  requests: number;
}

let sheets: Map<number, Uint8Array>;
let picture: ImageBitmap;

/** Cut 1,024 emoji out of their sheet and pack them at every cell size, once. */
async function prepare(pngBase64: string): Promise<void> {
  const png = Uint8Array.from(atob(pngBase64), (char) => char.charCodeAt(0));
  const emoji = await createImageBitmap(new Blob([png]));
  sheets = new Map();
  for (const cell of [32, 64, 128, 256]) {
    const canvas = new OffscreenCanvas(1024, 1024);
    const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, 1024, 1024);
    const columns = 1024 / cell;
    for (let i = 0; i < columns * columns; i++) {
      const [column, row] = [i % columns, Math.floor(i / columns)];
      const [sx, sy] = [(i % 32) * EMOJI_PITCH_PX + 1, Math.floor(i / 32) * EMOJI_PITCH_PX + 1];
      context.drawImage(emoji, sx, sy, EMOJI_PX, EMOJI_PX, column * cell, row * cell, cell, cell);
    }
    const file = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
    if (cell === 32) picture = await createImageBitmap(file);
    sheets.set(cell, new Uint8Array(await file.arrayBuffer()));
  }
}

/** A scatter as a projection makes it: clusters of all sizes, some noise between them. */
function scatter(n: number): Float32Array {
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const clusters = Array.from({ length: 40 }, () => [
    random() * 1.6 - 0.8,
    random() * 1.6 - 0.8,
    0.03 + 0.09 * random(),
  ]);
  const positions = new Float32Array(2 * n);
  for (let row = 0; row < n; row++) {
    const [x, y, spread] = clusters[Math.floor(random() * clusters.length)] as [number, number, number];
    positions[2 * row] = Math.max(-1, Math.min(1, x + spread * normal()));
    positions[2 * row + 1] = Math.max(-1, Math.min(1, y + spread * normal()));
  }
  return positions;
}

const nextFrame = (): Promise<number> => new Promise(requestAnimationFrame);
const heapBytes = (): number => {
  (globalThis as { gc?: () => void }).gc?.();
  return (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize;
};

async function until(renderer: Renderer, done: (stats: RendererStats) => boolean, timeoutMs = 60_000): Promise<number> {
  const startMs = performance.now();
  while (!done(renderer.stats())) {
    if (performance.now() - startMs > timeoutMs) throw new Error(`still not done: ${JSON.stringify(renderer.stats())}`);
    await nextFrame();
  }
  return performance.now() - startMs;
}

class Measurement {
  readonly canvas = document.createElement("canvas");
  readonly positions: Float32Array;
  readonly spriteSize: number;
  readonly camera: Camera = { x: 0, y: 0, scale: HEIGHT_PX / 2.1 };
  private sheetBytes = 0;

  constructor(readonly n: number) {
    this.canvas.style.cssText = `width: ${WIDTH_PX}px; height: ${HEIGHT_PX}px`;
    document.body.replaceChildren(this.canvas);
    this.positions = scatter(n);
    this.spriteSize = spriteSizeFor(this.positions, null);
  }

  get spritePx(): number {
    return this.spriteSize * this.camera.scale;
  }

  async ours(): Promise<Measured> {
    const { n } = this;
    const heapBefore = heapBytes();
    const startMs = performance.now();
    const renderer = createRenderer(this.canvas, this.props());
    renderer.resize(WIDTH_PX, HEIGHT_PX, 1);
    await until(renderer, (stats) => stats.drawn > 0 && stats.frameMs > 0);
    const firstSpritesMs = performance.now() - startMs;
    await until(renderer, (stats) => stats.complete);
    const firstCompleteMs = performance.now() - startMs;
    const heapBytesPerImage = (heapBytes() - heapBefore) / n;
    const pan = await this.pan(renderer);
    const completeAtRestMs = await until(renderer, (stats) => stats.settled && stats.complete);
    const completeFrameMs = await this.completeFrame(renderer);
    const zoomSharpMs = await this.zoom(renderer);
    const stats = renderer.stats();
    const result = {
      n,
      spritePx: this.spritePx,
      firstSpritesMs,
      firstCompleteMs,
      ...pan,
      completeAtRestMs,
      completeFrameMs,
      zoomSharpMs,
      hoverPickMs: this.pick(renderer),
      gpuMB: stats.gpuBytes / 2 ** 20,
      heapBytesPerImage,
      sheetMB: this.sheetBytes / 2 ** 20,
      requests: stats.requests,
    };
    renderer.destroy();
    return result;
  }

  /** ms of a complete frame the plain way, the best of three. */
  async baseline(): Promise<number> {
    const baseline = new Baseline(this.sized(), this.positions, picture);
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      times.push(await baseline.frame(0, 0, this.camera.scale, this.spritePx));
      await nextFrame();
    }
    baseline.destroy();
    return Math.min(...times);
  }

  private sized(): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH_PX;
    canvas.height = HEIGHT_PX;
    document.body.replaceChildren(canvas);
    return canvas;
  }

  private props() {
    const { n } = this;
    const codes = new Int32Array(n);
    for (let row = 0; row < n; row++) codes[row] = row % 3;
    return {
      shapes: new Uint8Array(2 * n).fill(255),
      colors: new Uint8Array(3 * n).map(() => 60 + 140 * Math.random()),
      positions: this.positions,
      codes,
      palette: Uint8Array.of(255, 0, 0, 0, 160, 0, 0, 0, 255),
      states: new Uint8Array(n),
      camera: this.camera,
      spriteSize: this.spriteSize,
      transitionMs: 0,
      fetchSheet: (cell: number, rows: Int32Array, signal: AbortSignal) => this.answer(cell, rows, signal),
    };
  }

  private async answer(cell: number, rows: Int32Array, signal: AbortSignal): Promise<SheetImage> {
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    signal.throwIfAborted();
    const jpeg = sheets.get(cell) as Uint8Array;
    this.sheetBytes += (jpeg.length * rows.length) / (1024 / cell) ** 2;
    return { cell, columns: 1024 / cell, rows, jpeg };
  }

  /** Swing the camera from side to side, as a hand does. */
  private async pan(renderer: Renderer) {
    const intervals: number[] = [];
    let lastMs = performance.now();
    let frames = renderer.stats().frames;
    let share = 0;
    let script = 0;
    const stop = renderer.onFrame(() => {
      const stats = renderer.stats();
      if (stats.frames === frames) return;
      frames = stats.frames;
      intervals.push(performance.now() - lastMs);
      lastMs = performance.now();
      share += stats.drawn / Math.max(1, stats.listed);
      script += stats.scriptMs;
    });
    const startMs = performance.now();
    for (let elapsedMs = 0; elapsedMs < PAN_MS; elapsedMs = performance.now() - startMs) {
      const x = 0.25 * Math.sin((elapsedMs / 1000) * 2.5);
      renderer.setProps({ camera: { ...this.camera, x, y: x / 3 } });
      await nextFrame();
    }
    const panMs = performance.now() - startMs;
    stop();
    intervals.sort((a, b) => a - b);
    return {
      panFramesPerSecond: (intervals.length / panMs) * 1000,
      panWorstTenthMs: intervals[Math.floor(intervals.length * 0.9)] ?? 0,
      panDrawnShare: share / intervals.length,
      panScriptMs: script / intervals.length,
    };
  }

  /** ms of drawing every sprite anew, at rest, until the GPU has done it: the best of three. */
  private async completeFrame(renderer: Renderer): Promise<number> {
    const times: number[] = [];
    for (const borderWidth of [1, 3, 2]) {
      renderer.setProps({ borderWidth });
      times.push(await until(renderer, (stats) => stats.complete));
    }
    return Math.min(...times);
  }

  /** Jump to the thick of it, sprites 64 px: ms until every thumbnail in view is there and drawn. */
  private async zoom(renderer: Renderer): Promise<number> {
    const [x, y] = [this.positions[0] as number, this.positions[1] as number];
    renderer.setProps({ camera: { x, y, scale: 64 / this.spriteSize } });
    await nextFrame();
    return until(renderer, (stats) => stats.complete);
  }

  private pick(renderer: Renderer): number {
    const startMs = performance.now();
    for (let i = 0; i < 200; i++) renderer.pick(Math.random() * WIDTH_PX, Math.random() * HEIGHT_PX);
    return (performance.now() - startMs) / 200;
  }
}

const bench = {
  prepare,
  visibleBounds,
  ours: (n: number): Promise<Measured> => new Measurement(n).ours(),
  baseline: (n: number): Promise<number> => new Measurement(n).baseline(),
};
export type BenchPage = typeof bench;
Object.assign(globalThis, { bench });
