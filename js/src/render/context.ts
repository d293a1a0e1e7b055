/**
 * One WebGL2 context through its troubles: lost and given back, lost for want of memory, lost for good.
 *
 * A device says only when it is too late that it has not the memory: by an error where memory is allocated (see
 * sheet-textures.ts) or, more often, by taking the whole context away a moment after. Then the next try is half of what
 * was held, and half of that, until it holds or there is nothing left to halve.
 */
import { LAYER_BYTES } from "./sheet-textures";
import type { SpriteRenderer } from "./sprite-renderer";
import { WebGlPainter } from "./webgl-painter";

/** A context lost so soon after memory was taken was lost because of that, ms. */
const SOON_MS = 4000;
/** A context that is coming back does so within this, ms: browsers take about one second to start a GPU anew. */
const RESTORED_WITHIN_MS = 5000;

const NO_MEMORY =
  "There is too little graphics memory left here, so images are drawn by a slower method. It may help to close other pages and to run the cell again.";
const NOT_RESTORED =
  "The browser took the graphics context away, so images are drawn by a slower method. Run the cell again to try anew.";

/** `preserveDrawingBuffer`: a picture is completed over several frames without being cleared. */
const ATTRIBUTES: WebGLContextAttributes = {
  alpha: true,
  antialias: false,
  depth: true,
  stencil: false,
  preserveDrawingBuffer: true,
  powerPreference: "high-performance",
};

export function webgl2(canvas: HTMLCanvasElement): WebGL2RenderingContext | null {
  return canvas.getContext("webgl2", ATTRIBUTES);
}

export class GraphicsContext {
  painter: WebGlPainter;
  private renderer: SpriteRenderer | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private unable = false;
  /** The context was lost right after memory was taken. */
  private greedy = false;

  /** @param onUnable called once, with the reason in words, when nothing will be drawn here any more. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly gl: WebGL2RenderingContext,
    budgetBytes: number,
    private readonly onUnable: (reason: string) => void,
  ) {
    this.painter = this.newPainter(budgetBytes);
  }

  /** Tell the renderer of losses until `stop` is aborted. */
  serve(renderer: SpriteRenderer, stop: AbortSignal): void {
    this.renderer = renderer;
    const { canvas } = this;
    canvas.addEventListener("webglcontextlost", (event) => this.lost(event), { signal: stop });
    canvas.addEventListener("webglcontextrestored", () => this.restored(), { signal: stop });
    stop.addEventListener("abort", () => {
      this.unable = true;
      clearTimeout(this.timer);
    });
  }

  private newPainter(budgetBytes: number): WebGlPainter {
    // Without a context there is memory for nothing, and it may come back.
    return new WebGlPainter(this.gl, budgetBytes, () => this.gl.isContextLost() || this.giveUp(NO_MEMORY));
  }

  private lost(event: Event): void {
    // Without this the browser never gives the context back.
    event.preventDefault();
    this.greedy = performance.now() - this.painter.allocatedAtMs < SOON_MS;
    this.renderer?.contextLost();
    if (!this.unable) this.wait();
  }

  private wait(): void {
    clearTimeout(this.timer);
    // A page in the background gets its context back when it is looked at.
    this.timer = setTimeout(() => (document.hidden ? this.wait() : this.giveUp(NOT_RESTORED)), RESTORED_WITHIN_MS);
  }

  private restored(): void {
    clearTimeout(this.timer);
    if (this.unable) return;
    const { layers, sheetBytes } = this.painter;
    const budgetBytes = this.greedy ? sheetBytes / 2 : layers * LAYER_BYTES;
    if (budgetBytes < LAYER_BYTES) {
      this.giveUp(NO_MEMORY);
      return;
    }
    this.painter = this.newPainter(budgetBytes);
    this.renderer?.contextRestored(this.painter);
  }

  private giveUp(reason: string): void {
    if (this.unable) return;
    this.unable = true;
    // Who hears of it may take the renderer away, which is in the middle of something.
    this.timer = setTimeout(() => {
      this.renderer?.contextLost();
      this.onUnable(reason);
    });
  }
}
