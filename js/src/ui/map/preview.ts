/** A larger picture of one image, as fine as there is one at hand, and finer when one has come. */

import { CELLS, type Renderer } from "../../render/renderer";
import type { Source } from "../../store/source";

/**
 * Painted at once, and again when a finer one arrives, until `signal` is aborted. Nothing of a sprite that is larger
 * than that on the map itself.
 */
export interface Preview {
  row: number;
  canvas: HTMLCanvasElement;
  /** Longest side, CSS px. When the finest at hand is coarser, a finer one is asked for after `restMs`. */
  sizePx: number;
  restMs: number;
  signal: AbortSignal;
  onPainted: () => void;
}

export function showPreview(renderer: Renderer, source: Source, preview: Preview): void {
  const { row, canvas, sizePx, restMs, signal, onPainted } = preview;
  let sharpness = 0;
  const large = (): boolean => {
    const { widthPx = 0, heightPx = 0 } = renderer.spriteRect(row) ?? {};
    return Math.max(widthPx, heightPx) >= sizePx;
  };
  const paint = (): void => {
    const now = renderer.finest(row);
    if (large() || now <= sharpness || !renderer.thumbnail(row, canvas)) return;
    sharpness = now;
    onPainted();
  };
  paint();
  const stop = renderer.onFrame(paint);
  const cell = CELLS.find((side) => side >= sizePx * (window.devicePixelRatio || 1)) ?? CELLS[CELLS.length - 1];
  const timer = setTimeout(() => {
    if (cell === undefined || large() || sharpness >= cell) return;
    source.fetchSheet(cell, Int32Array.of(row), signal).then(
      (sheet) => !signal.aborted && renderer.addSheet(sheet),
      (error) => {
        if (!signal.aborted) throw error;
      },
    );
  }, restMs);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    stop();
  });
}
