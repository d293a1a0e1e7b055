/** Coasts, axes and a wall's headers: a canvas over the picture that moves with the camera. */

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { LayoutSent } from "../../protocol";
import type { View } from "../view";
import type { Scene } from "./ink";
import type { MapView } from "./map-view";
import { isDrawnOver, paintOverlay, pathOf } from "./overlay-paint";
import { followPointer } from "./pointed";
import { NOWHERE, pointedAt } from "./wall-paint";

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
  const { wall } = layout.extra;
  const stop = new AbortController();
  let waiting = 0;
  let inks: Inks | null = null;
  let pointer: { xPx: number; yPx: number } | null = null;
  let pointed = NOWHERE;
  const seen = () => ({ camera: map.camera.peek(), viewport: map.viewport.peek() });
  const point = () => {
    const now = wall && pointer ? pointedAt(seen(), wall, pointer.xPx, pointer.yPx) : NOWHERE;
    const same = now.row === pointed.row && now.column === pointed.column;
    pointed = now;
    return !same;
  };
  const paint = () => {
    waiting = 0;
    const { viewport } = seen();
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(viewport.widthPx * ratio);
    const height = Math.round(viewport.heightPx * ratio);
    if (width === 0 || height === 0) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    inks ??= inksOf(canvas); // asked for at every frame, it would make the page compute its styles at every frame
    point();
    const { leftPx } = view.covered();
    const scene = { context, ...seen(), ratio, leftPx, spritePx: map.spritePx(), ...inks, family: view.fontFamily };
    paintOverlay(scene, layout, paths, pointed);
  };
  const soon = () => {
    if (waiting === 0) waiting = requestAnimationFrame(paint);
  };
  const endTheme = effect(() => {
    void map.theme.value;
    inks = null;
    soon();
  });
  const end = effect(() => {
    void [map.camera.value, map.viewport.value, view.covered()];
    soon();
  });
  followPointer(canvas.parentElement as HTMLElement, stop.signal, (at) => {
    pointer = at;
    if (wall && point()) soon();
  });
  return () => {
    stop.abort();
    endTheme();
    end();
    cancelAnimationFrame(waiting);
  };
}

type Inks = Pick<Scene, "text" | "background" | "accent" | "onAccent">;

function inksOf(canvas: HTMLCanvasElement): Inks {
  const style = getComputedStyle(canvas);
  const [background, onAccent] = ["--pp-bg", "--pp-on-accent"].map((name) => style.getPropertyValue(name).trim());
  return { text: style.color, background: background ?? "", accent: style.accentColor, onAccent: onAccent ?? "" };
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
