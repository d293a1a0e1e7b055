import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { gatherings } from "../geometry/gatherings";
import type { CaptionSent } from "../protocol";
import { hotspotCaptions } from "../store/hotspots";
import type { Store } from "../store/store";
import type { MapView } from "./map-view";
import type { View } from "./view";

/** Narrower than this on screen a group is too small to be named; its caption is all there from the second on. */
const NARROWEST_PX = [34, 60] as const;
/** Once a group is so many times as wide as the picture, one is inside it, and its name is in the way. */
const INSIDE = [1.3, 2.2] as const;
const LINE_PX = 22;
const GLYPH_PX = 7.2;
/** Layouts in which a hotspot stands together: its name is written there while the list of them is open. */
const BY_SIMILARITY = /^(umap|pca)(\?|$)/;
/** More groups than this are a crowd of words. */
const MOST_GROUPS = 100;

interface Placed {
  caption: CaptionSent;
  xPx: number;
  yPx: number;
  maxPx: number;
  opacity: number;
}

/** Rises from 0 to 1 between two values. */
function ramp(value: number, [from, to]: readonly [number, number]): number {
  return Math.max(0, Math.min(1, (value - from) / (to - from)));
}

/** Captions of the largest groups first; those that would overlap a larger one are left out. */
function placeCaptions(captions: readonly CaptionSent[], map: MapView, boxed: boolean): Placed[] {
  const { scale } = map.camera.value;
  const { widthPx, heightPx } = map.viewport.value;
  const taken: { x0: number; x1: number; y: number }[] = [];
  const placed: Placed[] = [];
  for (const caption of captions) {
    const [xPx, yPx] = map.place(caption.x, caption.y);
    const roomPx = caption.width * scale;
    const opacity = ramp(roomPx, NARROWEST_PX) * (1 - ramp(roomPx / widthPx, INSIDE));
    if (opacity <= 0 || yPx < 0 || yPx > heightPx || xPx < 0 || xPx > widthPx) continue;
    const letters = caption.text.length + (caption.count === null ? 0 : 2 + String(caption.count).length);
    const maxPx = boxed ? Math.max(40, roomPx) : 180; // a box is not to be written over its edge; a crowd has none
    const half = Math.min(letters * GLYPH_PX + 14, maxPx) / 2;
    const box = { x0: xPx - half, x1: xPx + half, y: yPx };
    if (taken.some((other) => other.x0 < box.x1 && box.x0 < other.x1 && Math.abs(other.y - box.y) < LINE_PX)) continue;
    taken.push(box);
    placed.push({ caption, xPx, yPx, maxPx, opacity });
  }
  return placed;
}

/** Names of a layout's boxes; where it has none, of the categories that stand together. */
export function Captions({ view, map }: { view: View; map: MapView }) {
  const named = useMemo(() => computed(() => captionsOf(view)), [view]);
  const layout = view.store.layout.value;
  if (!view.captions.value || !layout || layout.extra.wall) return null; // a wall's headers are its captions
  return (
    <div class="pp-captions" aria-hidden="true">
      {placeCaptions(named.value, map, layout.captions.length > 0).map(({ caption, xPx, yPx, maxPx, opacity }) => (
        <span
          key={`${caption.text}@${caption.x},${caption.y}`}
          class="pp-caption"
          style={{ left: `${xPx}px`, top: `${yPx}px`, maxWidth: `${maxPx}px`, opacity }}
        >
          {caption.text}
          {caption.count !== null && <small> {caption.count.toLocaleString()}</small>}
        </span>
      ))}
    </div>
  );
}

/** Largest first. */
function captionsOf({ store, leftPanel }: View): CaptionSent[] {
  const layout = store.layout.value;
  if (!layout || store.contactSheet.value) return [];
  const spots = leftPanel.value === "hotspots" && BY_SIMILARITY.test(layout.name) ? store.hotspots.list.value : [];
  const scattered = spots.length > 0 ? hotspotCaptions(spots, layout.xy) : crowds(layout.xy, store);
  const captions = layout.captions.length > 0 ? layout.captions : scattered;
  return [...captions].sort((a, b) => (b.count ?? 0) - (a.count ?? 0));
}

/** Categories of the colours that are shown, where most of their images that pass the filter stand. */
function crowds(xy: Float32Array, store: Store): CaptionSent[] {
  const { kind, names } = store.colors.value;
  void store.labels.info.value.counts; // labels are edited in place: look again when their counts are others
  void store.filter.conditions.value;
  const all = store.shown.value === store.data.n;
  const codes = all ? store.colorCodes() : store.colorCodes().map((code, row) => (store.isShown(row) ? code : -1));
  if (kind !== "categories" || names.length > MOST_GROUPS || codes.length * 2 !== xy.length) return [];
  return gatherings(xy, codes, names.length).map(({ code, xData, yData, width }) => ({
    text: names[code] as string,
    x: xData,
    y: yData,
    width,
    count: null,
  }));
}
