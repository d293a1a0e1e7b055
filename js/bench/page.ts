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
  /** Beats of the screen at which there was a new picture. */
  panFramesPerSecond: number;
  panWorstTenthMs: number;
  panScriptMs: number;
  /** Share of what there is to see that a frame drawn while panning shows right, and one while zooming. */
  panRight: number;
  zoomRight: number;
  completeAtRestMs: number;
  completeFrameMs: number;
  zoomSharpMs: number;
  hoverPickMs: number;
  gpuMB: number;
  sheetMB: number;
  requests: number;
}

export interface Plain {
  completeFrameMs: number;
  panFramesPerSecond: number;
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
async function until(renderer: Renderer, done: (stats: RendererStats) => boolean, timeoutMs = 60_000): Promise<number> {
  const startMs = performance.now();
  while (!done(renderer.stats())) {
    if (performance.now() - startMs > timeoutMs) throw new Error(`still not done: ${JSON.stringify(renderer.stats())}`);
    await nextFrame();
  }
  return performance.now() - startMs;
}

/** Swing from side to side, as a hand does; `step` tells whether there was a new picture at this beat. */
async function swing(step: (x: number) => Promise<boolean>): Promise<{ beats: number; intervals: number[] }> {
  const intervals: number[] = [];
  const startMs = performance.now();
  let lastMs = startMs;
  for (let elapsedMs = 0; elapsedMs < PAN_MS; elapsedMs = performance.now() - startMs) {
    if (!(await step(0.25 * Math.sin((elapsedMs / 1000) * 2.5)))) continue;
    intervals.push(performance.now() - lastMs);
    lastMs = performance.now();
  }
  const beats = (intervals.length / (performance.now() - startMs)) * 1000;
  return { beats, intervals: intervals.sort((a, b) => a - b) };
}

/** Mean colors (r, g, b) of blocks of 8 x 8 px of the canvas. */
function blocksOf(gl: WebGL2RenderingContext): Float32Array {
  const pixels = new Uint8Array(4 * WIDTH_PX * HEIGHT_PX);
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  gl.readPixels(0, 0, WIDTH_PX, HEIGHT_PX, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  const columns = WIDTH_PX / 8;
  const blocks = new Float32Array((3 * columns * HEIGHT_PX) / 8);
  for (let y = 0; y < HEIGHT_PX; y++) {
    for (let x = 0; x < WIDTH_PX; x++) {
      const block = 3 * (Math.floor(y / 8) * columns + Math.floor(x / 8));
      const at = 4 * (y * WIDTH_PX + x);
      for (let k = 0; k < 3; k++) blocks[block + k] = (blocks[block + k] as number) + (pixels[at + k] as number) / 64;
    }
  }
  return blocks;
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
    this.spriteSize = spriteSizeFor(this.positions, null, this.camera.scale);
  }

  get spritePx(): number {
    return this.spriteSize * this.camera.scale;
  }

  async ours(): Promise<Measured> {
    const { n } = this;
    const startMs = performance.now();
    const renderer = createRenderer(this.canvas, this.props());
    renderer.resize(WIDTH_PX, HEIGHT_PX, 1);
    await until(renderer, (stats) => stats.drawn > 0 && stats.frameMs > 0);
    const firstSpritesMs = performance.now() - startMs;
    await until(renderer, (stats) => stats.complete);
    const firstCompleteMs = performance.now() - startMs;
    const pan = await this.pan(renderer);
    const completeAtRestMs = await until(renderer, (stats) => stats.settled && stats.complete);
    const completeFrameMs = await this.completeFrame(renderer);
    const panRight = await this.right(renderer, 1);
    const zoomRight = await this.right(renderer, 1.04);
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
      panRight,
      zoomRight,
      zoomSharpMs,
      hoverPickMs: this.pick(renderer),
      gpuMB: stats.gpuBytes / 2 ** 20,
      sheetMB: this.sheetBytes / 2 ** 20,
      requests: stats.requests,
    };
    // Left alive, for the heap to be weighed.
    Object.assign(globalThis, { renderer });
    return result;
  }

  /** The same the plain way: ms of a complete frame, the best of five, and frames/s while panning. */
  async baseline(): Promise<Plain> {
    const baseline = new Baseline(this.sized(), this.positions, picture);
    const draw = (x: number): number => baseline.frame(x, x / 3, this.camera.scale, this.spritePx);
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      times.push(draw(0));
      await nextFrame();
    }
    const { beats } = await swing(async (x) => {
      draw(x);
      await nextFrame();
      return true;
    });
    baseline.destroy();
    return { completeFrameMs: Math.min(...times), panFramesPerSecond: beats };
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

  private async pan(renderer: Renderer) {
    const script: number[] = [];
    const stop = renderer.onFrame(() => script.push(renderer.stats().scriptMs));
    let frames = renderer.stats().frames;
    const { beats, intervals } = await swing(async (x) => {
      renderer.setProps({ camera: { ...this.camera, x, y: x / 3 } });
      await nextFrame();
      const before = frames;
      frames = renderer.stats().frames;
      return frames > before;
    });
    stop();
    return {
      panFramesPerSecond: beats,
      panWorstTenthMs: intervals[Math.floor(intervals.length * 0.9)] ?? 0,
      panScriptMs: script.reduce((sum, ms) => sum + ms, 0) / script.length,
    };
  }

  /**
   * How much of what there is to see is seen while moving: frames are caught on the way, and compared with the
   * complete picture at the same camera, in blocks of 8 x 8 px. A picture that is moved along is so by whole px, so up to
   * half a px off, which is no fault: it is compared with the one there.
   */
  private async right(renderer: Renderer, zoomStep: number): Promise<number> {
    const gl = this.canvas.getContext("webgl2") as WebGL2RenderingContext;
    const caught: { camera: Camera; blocks: Float32Array }[] = [];
    let camera = this.camera;
    const stop = renderer.onFrame(() => {
      // Every tenth frame, far enough from the start.
      if (++seen % 10 === 0) caught.push({ camera, blocks: blocksOf(gl) });
    });
    let seen = 0;
    for (let step = 0; caught.length < 4; step++) {
      const x = zoomStep === 1 ? 0.25 * Math.sin(step / 12) : 0;
      const turn = Math.floor(step / 20) % 2 === 0 ? zoomStep : 1 / zoomStep;
      camera = { x, y: x / 3, scale: camera.scale * turn };
      renderer.setProps({ camera });
      await nextFrame();
    }
    stop();
    let right = 0;
    let all = 0;
    for (const one of caught) {
      renderer.setProps({ camera: zoomStep === 1 ? this.wholePxOff(one.camera) : one.camera });
      await nextFrame();
      await until(renderer, (stats) => stats.complete);
      const complete = blocksOf(gl);
      for (let i = 0; i < complete.length; i += 3) {
        const differs = (a: Float32Array, b: readonly number[] | Float32Array, at: number): number =>
          Math.max(...[0, 1, 2].map((k) => Math.abs((a[i + k] as number) - (b[at + k] as number))));
        if (differs(complete, [255, 255, 255], 0) < 8) continue;
        all++;
        if (differs(one.blocks, complete, i) < 24) right++;
      }
    }
    renderer.setProps({ camera: this.camera });
    await nextFrame();
    await until(renderer, (stats) => stats.complete);
    return right / all;
  }

  /** The camera at the nearest whole number of px from where panning began. */
  private wholePxOff({ x, y, scale }: Camera): Camera {
    const start = this.camera;
    const off = (data: number): number => Math.round(data * scale) / scale;
    return { x: start.x + off(x - start.x), y: start.y + off(y - start.y), scale };
  }

  /**
   * ms that drawing every sprite anew takes, script and GPU, the best of five. Reading a pixel waits for the GPU, so
   * this holds no waiting for the screen's beat, and neither does the baseline.
   */
  private async completeFrame(renderer: Renderer): Promise<number> {
    const gl = this.canvas.getContext("webgl2") as WebGL2RenderingContext;
    const times: number[] = [];
    for (const borderWidth of [1, 3, 1, 3, 2]) {
      let ms = 0;
      const stop = renderer.onFrame(() => {
        const startMs = performance.now();
        gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
        ms += renderer.stats().scriptMs + performance.now() - startMs;
      });
      renderer.setProps({ borderWidth });
      await until(renderer, (stats) => stats.complete);
      stop();
      times.push(ms);
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
  baseline: (n: number): Promise<Plain> => new Measurement(n).baseline(),
};
export type BenchPage = typeof bench;
Object.assign(globalThis, { bench });
