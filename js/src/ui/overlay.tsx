/** Coasts, axes and a wall's headers: a canvas over the picture that moves with the camera. */

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { LayoutSent } from "../protocol";
import type { MapView } from "./map-view";
import { fontOf, isDrawnOver, paintOverlay, pathOf } from "./overlay-paint";
import type { View } from "./view";

export function Overlay({ view, map }: { view: View; map: MapView }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const layout = view.store.layout.value;
  const drawn = isDrawnOver(layout);
  useEffect(() => {
    if (!canvas.current || !drawn || !layout) return;
    return follow(canvas.current, view, map, layout);
  }, [view, map, layout, drawn]);
  if (!drawn || !layout) return null;
  return (
    <>
      <canvas key={layout.name} ref={canvas} class="pp-overlay pp-drawn" />
      <p class="pp-spoken">{inWords(layout)}</p>
    </>
  );
}

/** Paints again, once a frame, whenever the camera, the size or the theme changes; returns what ends that. */
function follow(canvas: HTMLCanvasElement, view: View, map: MapView, layout: LayoutSent): () => void {
  const context = canvas.getContext("2d");
  if (!context) return () => {};
  const paths = { outline: pathOf(layout.outline), overlay: pathOf(layout.overlay) };
  let waiting = 0;
  const paint = () => {
    waiting = 0;
    const viewport = map.viewport.peek();
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(viewport.widthPx * ratio);
    const height = Math.round(viewport.heightPx * ratio);
    if (width === 0 || height === 0) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const style = getComputedStyle(canvas);
    const { leftPx } = view.covered();
    const inks = { text: style.color, background: style.getPropertyValue("--pp-bg"), accent: style.accentColor };
    paintOverlay(
      { context, camera: map.camera.peek(), viewport, ratio, leftPx, ...inks, font: fontOf(style) },
      layout,
      paths,
    );
  };
  const end = effect(() => {
    void [map.camera.value, map.viewport.value, map.theme.value, view.covered()];
    if (waiting === 0) waiting = requestAnimationFrame(paint);
  });
  return () => {
    end();
    cancelAnimationFrame(waiting);
  };
}

/** The same for those who cannot see it. */
function inWords({ extra, outline }: LayoutSent): string {
  const { axes, wall } = extra;
  if (axes) {
    const [x, y] = axes.map(({ name, ticks }) => `${name}, ${ticks[0]?.[1]} to ${ticks[ticks.length - 1]?.[1]}`);
    return `Horizontal axis: ${x}. Vertical axis: ${y}.`;
  }
  if (wall) return `Rows: ${wall.titles[0]}, ${wall.rows.length}. Columns: ${wall.titles[1]}, ${wall.columns.length}.`;
  return outline.length > 0 ? "A map with the coasts of the continents." : "";
}
