/** Makes a renderer for a canvas: WebGL2, or a plain 2-D contact sheet where that is lacking. */
import { Canvas2dPainter } from "./canvas2d-painter";
import { GraphicsContext, webgl2 } from "./context";
import { SpriteRenderer } from "./sprite-renderer";
import type { Renderer, RendererProps } from "./types";

export type { Renderer, RendererProps, RendererStats, Rgb, SheetImage } from "./types";
export { CELLS, FILTERED_OUT, FLAGGED, HIT, HOVERED, PENDING, SELECTED, SHEET_PX } from "./types";

/** Any prop can be given from the start; `fetchSheet` should be. */
export interface RendererOptions extends Partial<RendererProps> {
  /** GPU memory for thumbnails, bytes. Default 256 MB, half of that on devices with 4 GB or less. */
  budgetBytes?: number;
  /** Use the 2-D canvas even where there is WebGL2, for the reason given in words (`degraded` then says it). */
  canvas2d?: string;
  /**
   * Called when WebGL2 has turned out to be of no use here, with the reason in words. Nothing is drawn any more, and a
   * canvas never changes its kind: a renderer with `canvas2d` on another canvas goes on.
   */
  onUnable?: (reason: string) => void;
}

const MB = 2 ** 20;
const NO_WEBGL =
  "This browser offers no WebGL2 here, so images are drawn by a slower method. Zooming and large collections may stutter.";

/**
 * Take over a canvas. Its size comes from `resize`; nothing is drawn before that and before rows are set.
 *
 * The renderer draws only on change, and not while the canvas is scrolled out of sight or its tab is hidden.
 */
export function createRenderer(canvas: HTMLCanvasElement, options: RendererOptions = {}): Renderer {
  const { budgetBytes = defaultBudget(), canvas2d = "", onUnable = () => {}, ...props } = options;
  const listening = new AbortController();
  const { signal } = listening;
  const gl = canvas2d ? null : webgl2(canvas);
  const context = gl && new GraphicsContext(canvas, gl, budgetBytes, onUnable);
  const renderer = context
    ? new SpriteRenderer(context.painter, null)
    : new SpriteRenderer(new Canvas2dPainter(canvas, budgetBytes), canvas2d || NO_WEBGL);
  context?.serve(renderer, signal);
  renderer.setProps(props);
  let inSight = true;
  const look = (): void => renderer.pause(!inSight || document.hidden);
  const watch = new IntersectionObserver((entries) => {
    inSight = entries[entries.length - 1]?.isIntersecting ?? inSight;
    look();
  });
  document.addEventListener("visibilitychange", look, { signal });
  watch.observe(canvas);
  const destroy = renderer.destroy.bind(renderer);
  renderer.destroy = () => {
    listening.abort();
    watch.disconnect();
    destroy();
  };
  return renderer;
}

function defaultBudget(): number {
  const { deviceMemory } = navigator as Navigator & { deviceMemory?: number };
  return deviceMemory !== undefined && deviceMemory <= 4 ? 128 * MB : 256 * MB;
}
