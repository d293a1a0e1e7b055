import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { CaptionSent } from "../protocol";
import { MapView } from "./map-view";
import { Overlay } from "./overlay";
import { HoverCard } from "./panels";
import { watchTheme } from "./theme";
import type { View } from "./view";

/** The canvas with what is written and drawn over it. */
export function ImageMap({ view, root }: { view: View; root: HTMLElement }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const map = useMemo(() => signal<MapView | null>(null), []);
  useEffect(() => {
    if (!canvas.current) return;
    const stop = new AbortController();
    const made = new MapView(view, canvas.current, watchTheme(root, stop.signal));
    map.value = made;
    return () => {
      stop.abort();
      map.value = null;
      made.destroy();
    };
  }, [view, root, map]);
  const now = map.value;
  return (
    <div class="pp-map" data-tool={view.tool.value} data-over={view.hover.value !== null}>
      <canvas ref={canvas} role="img" aria-label="Image map" />
      {now && <Overlay view={view} map={now} />}
      {now && <Captions view={view} map={now} />}
      {now && <Gesture map={now} />}
      {now && <Hover view={view} map={now} />}
      {now?.degraded.value && <p class="pp-degraded">{now.degraded}</p>}
      <Empty view={view} />
    </div>
  );
}

function Hover({ view, map }: { view: View; map: MapView }) {
  const { widthPx, heightPx } = map.viewport.value;
  return <HoverCard view={view} widthPx={widthPx} heightPx={heightPx} />;
}

function Gesture({ map }: { map: MapView }) {
  const outline = map.gesture.value;
  if (outline.length < 4) return null;
  const points = [];
  for (let k = 0; k + 1 < outline.length; k += 2) points.push(`${outline[k]},${outline[k + 1]}`);
  return (
    <svg class="pp-overlay" aria-hidden="true">
      <polygon class="pp-gesture" points={points.join(" ")} />
    </svg>
  );
}

/** Narrower than this on screen a caption's box is too small to be named. */
const NARROWEST_PX = 34;
const LINE_PX = 20;
const GLYPH_PX = 7.2;

interface Placed {
  caption: CaptionSent;
  xPx: number;
  yPx: number;
}

/** Captions of the largest groups first; those that would overlap a larger one are left out. */
function placeCaptions(captions: readonly CaptionSent[], map: MapView): Placed[] {
  const { scale } = map.camera.value;
  const { widthPx, heightPx } = map.viewport.value;
  const taken: { x0: number; x1: number; y: number }[] = [];
  const placed: Placed[] = [];
  for (const caption of [...captions].sort((a, b) => (b.count ?? 0) - (a.count ?? 0))) {
    const [xPx, yPx] = map.place(caption.x, caption.y);
    if (caption.width * scale < NARROWEST_PX || yPx < 0 || yPx > heightPx || xPx < 0 || xPx > widthPx) continue;
    const letters = caption.text.length + (caption.count === null ? 0 : 2 + String(caption.count).length);
    const half = Math.min((letters * GLYPH_PX + 14) / 2, Math.max(20, (caption.width * scale) / 2));
    const box = { x0: xPx - half, x1: xPx + half, y: yPx };
    if (taken.some((other) => other.x0 < box.x1 && box.x0 < other.x1 && Math.abs(other.y - box.y) < LINE_PX)) continue;
    taken.push(box);
    placed.push({ caption, xPx, yPx });
  }
  return placed;
}

function Captions({ view, map }: { view: View; map: MapView }) {
  const layout = view.store.layout.value;
  if (!layout || layout.captions.length === 0 || layout.extra.wall) return null; // a wall's headers are its captions
  const { scale } = map.camera.value;
  return (
    <div class="pp-captions" aria-hidden="true">
      {placeCaptions(layout.captions, map).map(({ caption, xPx, yPx }) => (
        <span
          key={`${caption.text}@${caption.x},${caption.y}`}
          class="pp-caption"
          style={{ left: `${xPx}px`, top: `${yPx}px`, maxWidth: `${Math.max(40, caption.width * scale)}px` }}
        >
          {caption.text}
          {caption.count !== null && <small> {caption.count.toLocaleString()}</small>}
        </span>
      ))}
    </div>
  );
}

function Empty({ view }: { view: View }) {
  const { manifest } = view.store.data;
  if (manifest.value?.n === 0) return <div class="pp-empty">The DataFrame has no rows.</div>;
  if (manifest.value && view.store.layout.value) return null;
  if (manifest.value && view.store.data.layouts.value.size > 0)
    return <div class="pp-empty pp-waiting">Arranging…</div>;
  return <div class="pp-empty">Loading images…</div>;
}
