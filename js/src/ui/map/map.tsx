import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Camera } from "../../geometry/camera";
import { watchTheme } from "../common/theme";
import type { View } from "../view";
import { Captions } from "./captions";
import { HoverCard } from "./hover-card";
import { MapView } from "./map-view";
import { Overlay } from "./overlay";

/** The canvas with what is written and drawn over it. */
export function ImageMap({ view, root }: { view: View; root: HTMLElement }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const map = useMemo(() => signal<MapView | null>(null), []);
  /** Why the map is drawn on a 2-D canvas, "": it is not. */
  const canvas2d = useMemo(() => signal(""), []);
  const lookedAt = useRef<Camera | null>(null);
  const onUnable = (reason: string): void => {
    canvas2d.value = reason;
  };
  useEffect(() => {
    if (!canvas.current) return;
    const stop = new AbortController();
    view.fontFamily = getComputedStyle(root).fontFamily;
    const again = { canvas2d: canvas2d.value, onUnable, lookedAt: lookedAt.current };
    const made = new MapView(view, canvas.current, watchTheme(root, stop.signal), again);
    map.value = made;
    return () => {
      stop.abort();
      map.value = null;
      lookedAt.current = made.camera.peek();
      made.destroy();
    };
  }, [view, root, map, canvas2d.value]);
  const now = map.value;
  return (
    <div class="pp-map" data-tool={view.tool.value} data-over={view.hover.value !== null}>
      <canvas key={canvas2d.value} ref={canvas} role="img" aria-label="Image map" />
      {now && <Overlay view={view} map={now} />}
      {now && <Captions view={view} map={now} />}
      {now && <Gesture map={now} />}
      {now && <Hover view={view} map={now} />}
      {now?.degraded && <p class="pp-degraded">{now.degraded}</p>}
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

/** What stands in place of images where there are none to see, and what to do about it. */
function Empty({ view }: { view: View }) {
  const { data, layout, rows, filter } = view.store;
  const manifest = data.manifest.value;
  if (manifest?.n === 0)
    return (
      <div class="pp-empty">
        <strong>No images yet</strong>
        <span>
          The DataFrame has no rows. Add some with <code>plot.append(df)</code>.
        </span>
      </div>
    );
  if (manifest && layout.value && rows.shown.value === 0 && filter.conditions.value.length > 0)
    return (
      <div class="pp-empty pp-card">
        <strong>No image passes the filters</strong>
        <button type="button" class="pp-button" onClick={() => filter.set([])}>
          Show all {manifest.n.toLocaleString()} images
        </button>
      </div>
    );
  if (manifest && layout.value) return null;
  if (manifest && data.layouts.value.size > 0) return <div class="pp-empty pp-card pp-waiting">Arranging…</div>;
  return <div class="pp-empty">Loading images…</div>;
}
