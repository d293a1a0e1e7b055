/** Runs in the page: makes renderers over synthetic rows and reads their pixels. Tests call it as `lab`. */
import { createRenderer, type Renderer, type RendererOptions, type RendererProps } from "../../src/render/renderer";
import { PATIENCE_MS } from "../patience";

export interface Bench {
  canvas: HTMLCanvasElement;
  renderer: Renderer;
  props: Partial<RendererProps>;
  states: Uint8Array;
  codes: Int32Array;
  /** Every sheet asked for: cell and rows. */
  asked: { cell: number; rows: number[]; signal: AbortSignal }[];
  /** Replaced by tests that hold replies back. */
  gate: Promise<void>;
}

/** The color of a row's thumbnail: 216 well separated ones, repeating. */
export function colorOf(row: number): [number, number, number] {
  const i = (row * 85 + 7) % 216;
  return [30 + (i % 6) * 40, 30 + (Math.floor(i / 6) % 6) * 40, 30 + Math.floor(i / 36) * 40];
}

export async function sheetOf(cell: number, rows: Int32Array, shapes: Uint8Array): Promise<Uint8Array> {
  const columns = Math.max(1, Math.min(rows.length, 1024 / cell));
  const canvas = new OffscreenCanvas(columns * cell, Math.max(1, Math.ceil(rows.length / columns)) * cell);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  rows.forEach((row, i) => {
    const [x, y] = [(i % columns) * cell, Math.floor(i / columns) * cell];
    context.fillStyle = `rgb(${colorOf(row).join(" ")})`;
    context.fillRect(x, y, cell, cell);
    // A white dot marks the middle of the picture, so that a wrong crop shows.
    const [w, h] = [((shapes[2 * row] as number) * cell) / 255, ((shapes[2 * row + 1] as number) * cell) / 255];
    if (Math.min(w, h) < cell / 4) return;
    context.fillStyle = "#fff";
    context.fillRect(x + w / 2 - cell / 16, y + h / 2 - cell / 16, cell / 8, cell / 8);
  });
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
  return new Uint8Array(await blob.arrayBuffer());
}

export interface BenchOptions {
  n: number;
  /** (n, 2) data units; default: a square grid over [-1, 1]. */
  positions?: number[];
  shapes?: number[];
  codes?: number[];
  states?: number[];
  width?: number;
  height?: number;
  ratio?: number;
  props?: Partial<RendererProps>;
  options?: RendererOptions;
  /** Mean colors; default: gray, so that a thumbnail is told from its placeholder. */
  meanGray?: number;
}

export function gridPositions(n: number): Float32Array {
  const columns = Math.ceil(Math.sqrt(n));
  const positions = new Float32Array(2 * n);
  for (let row = 0; row < n; row++) {
    positions[2 * row] = (((row % columns) + 0.5) / columns) * 2 - 1;
    positions[2 * row + 1] = 1 - ((Math.floor(row / columns) + 0.5) / columns) * 2;
  }
  return positions;
}

export function makeBench(given: BenchOptions): Bench {
  const { n, width = 400, height = 400, ratio = 1 } = given;
  const canvas = document.createElement("canvas");
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  document.body.append(canvas);
  const shapes = Uint8Array.from(given.shapes ?? new Array(2 * n).fill(255));
  const states = Uint8Array.from(given.states ?? new Array(n).fill(0));
  const codes = Int32Array.from(given.codes ?? new Array(n).fill(-1));
  const bench: Bench = {
    canvas,
    renderer: createRenderer(canvas, given.options ?? {}),
    props: {},
    states,
    codes,
    asked: [],
    gate: Promise.resolve(),
  };
  bench.props = {
    shapes,
    colors: new Uint8Array(3 * n).fill(given.meanGray ?? 128),
    positions: given.positions ? Float32Array.from(given.positions) : gridPositions(n),
    codes,
    states,
    palette: Uint8Array.of(255, 0, 0, 0, 160, 0, 0, 0, 255),
    camera: { x: 0, y: 0, scale: Math.min(width, height) / 2 },
    spriteSize: 2 / Math.ceil(Math.sqrt(n)),
    borderWidth: 2,
    transitionMs: 0,
    fetchSheet: async (cell, rows, signal) => {
      bench.asked.push({ cell, rows: [...rows], signal });
      await bench.gate;
      signal.throwIfAborted();
      const columns = Math.max(1, Math.min(rows.length, 1024 / cell));
      return { cell, columns, rows, jpeg: await sheetOf(cell, rows, shapes) };
    },
    ...given.props,
  };
  bench.renderer.setProps(bench.props);
  bench.renderer.resize(width, height, ratio);
  return bench;
}

/** Wait for a condition, looking after every frame. */
export async function until(condition: () => boolean, what: string, timeoutMs = PATIENCE_MS): Promise<void> {
  const startMs = performance.now();
  while (!condition()) {
    if (performance.now() - startMs > timeoutMs) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

export async function complete(bench: Bench): Promise<void> {
  // Two frames first: what was just asked for has to be noticed before it can be complete.
  for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  let still = 0;
  await until(() => {
    still = bench.renderer.stats().complete ? still + 1 : 0;
    return still > 12;
  }, "the picture to be complete");
}

/** All of the canvas, a number a pixel. */
export function picture({ canvas }: Bench): Uint32Array {
  const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  const copy = context as OffscreenCanvasRenderingContext2D;
  copy.drawImage(canvas, 0, 0);
  return new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
}

/** How many pixels of two pictures are not the same. */
export function difference(a: Uint32Array, b: Uint32Array): number {
  return a.reduce((count, pixel, i) => count + (pixel === b[i] ? 0 : 1), 0);
}

/** Colors at CSS px of the canvas as it is on screen. */
export function pixels(bench: Bench, points: number[][]): number[][] {
  const { canvas } = bench;
  const ratio = canvas.width / Number.parseFloat(canvas.style.width);
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.drawImage(canvas, 0, 0);
  return points.map(([x, y]) => [
    ...context
      .getImageData(Math.floor((x as number) * ratio), Math.floor((y as number) * ratio), 1, 1)
      .data.slice(0, 3),
  ]);
}

const tools = { makeBench, complete, pixels, picture, difference, colorOf, until, gridPositions, sheetOf };
export type Lab = typeof tools;
declare global {
  var lab: Lab;
}
globalThis.lab = tools;
