import { computed, effect, signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { boundsOf, type Camera, dataToPx, type Viewport } from "../geometry/camera";
import { type Obstacle, type PlacedCaption, placeCaptions, type ToPlace } from "../geometry/caption-places";
import { gatherings } from "../geometry/gatherings";
import type { Inks } from "../geometry/wording";
import type { CaptionSent, LayoutSent } from "../protocol";
import { splitName } from "../store/arrangement";
import { hotspotCaptions } from "../store/hotspots";
import type { Store } from "../store/store";
import type { MapView } from "./map-view";
import { textPx } from "./measure";
import { followPointer } from "./pointed";
import type { View } from "./view";

/** Narrower than this on screen a group is too small to be named. */
const NARROWEST_PX = 10;
/** Once a group is so many times as wide as the picture, one is inside it, and its name is in the way. */
const INSIDE = [1.3, 2.2] as const;
/** As in the style sheet. */
const LINE_PX = 16;
const FONT = { name: "600 12px", count: "11px" };
const GAP_PX = 5;
const SIDE_PX = 3;
const BETWEEN_PX = 6;
/** A box's caption may stand out so far over its sides, as a share of its width and px. */
const OVERHANG = { share: 1.6, px: 28 };
const WIDEST_CROWD_PX = 180;
/** Placed for so much more than is in sight on every side, so that panning need not place anew. */
const BEYOND = 0.5;
/** Layouts in which a hotspot stands together: its name is written there while the list of them is open. */
const BY_SIMILARITY = /^(umap|pca)(\?|$)/;
/** More groups than this are a crowd of words. */
const MOST_GROUPS = 100;

interface Placement {
  /** From where it was seen. */
  camera: Camera;
  viewport: Viewport;
  placed: readonly (PlacedCaption & { caption: CaptionSent; opacity: number })[];
}

/** Rises from 0 to 1 between two values. */
function ramp(value: number, [from, to]: readonly [number, number]): number {
  return Math.max(0, Math.min(1, (value - from) / (to - from)));
}

function countOf({ count }: CaptionSent): string {
  return count === null ? "" : count.toLocaleString();
}

function inksOf(family: string): Inks {
  return {
    name: (text) => textPx(text, `${FONT.name} ${family}`),
    count: (text) => textPx(text, `${FONT.count} ${family}`),
    gapPx: GAP_PX,
  };
}

/** Captions, the important ones first, as far as they find room around what the camera sees. */
function place(
  captions: readonly CaptionSent[],
  layout: LayoutSent,
  lowest: number,
  map: MapView,
  family: string,
): Placement {
  const camera = map.camera.peek();
  const viewport = map.viewport.peek();
  const { widthPx, heightPx } = viewport;
  const near = (xPx: number, yPx: number) =>
    xPx > -BEYOND * widthPx &&
    xPx < (1 + BEYOND) * widthPx &&
    yPx > -BEYOND * heightPx &&
    yPx < (1 + BEYOND) * heightPx;
  const inks = inksOf(family);
  const boxed = layout.captions.length > 0;
  const rowOf = timeRows(layout, lowest, camera, viewport, inks);
  const kept: { caption: CaptionSent; opacity: number }[] = [];
  const items: ToPlace[] = [];
  for (const caption of captions) {
    const roomPx = caption.width * camera.scale;
    const opacity = 1 - ramp(roomPx / widthPx, INSIDE);
    const [xPx, y] = dataToPx(camera, viewport, caption.x, caption.y);
    const { yPx, stacked } = rowOf(caption) ?? { yPx: y, stacked: false };
    if (roomPx < NARROWEST_PX || opacity <= 0 || !near(xPx, yPx)) continue;
    kept.push({ caption, opacity });
    const room = boxed ? roomPx : WIDEST_CROWD_PX;
    items.push({ name: caption.text, count: countOf(caption), xPx, yPx, roomPx: room, stacked });
  }
  const boxes = (layout.extra.boxes ?? []).flatMap(([x0, y0, x1, y1]): Obstacle[] => {
    const [left, top] = dataToPx(camera, viewport, x0, y1);
    const [right, bottom] = dataToPx(camera, viewport, x1, y0);
    return near(left, top) || near(right, bottom) ? [[left, top, right, bottom]] : [];
  });
  const placed = placeCaptions(items, boxes, {
    inks,
    linePx: LINE_PX,
    gapPx: BETWEEN_PX,
    mostPx: ({ roomPx }) => (boxed ? roomPx * OVERHANG.share + OVERHANG.px : WIDEST_CROWD_PX),
    // Over a box further lines go up, as there is no room below; in time they go down.
    grow: layout.extra.boxes ? -1 : rowOf === NO_ROWS ? 0 : 1,
  });
  return {
    camera,
    viewport,
    placed: placed.map((each) => ({ ...each, ...(kept[each.index] as { caption: CaptionSent; opacity: number }) })),
  };
}

type RowOf = (caption: CaptionSent) => { yPx: number; stacked: boolean } | null;
const NO_ROWS: RowOf = () => null;

/** Below columns of time, lines of text: names with counts beside or all below them, then what columns belong to. */
function timeRows(layout: LayoutSent, lowest: number, camera: Camera, viewport: Viewport, inks: Inks): RowOf {
  const { captions, extra } = layout;
  if (splitName(layout.name).kind !== "date" || captions.length === 0) return NO_ROWS;
  const [, base] = dataToPx(camera, viewport, 0, lowest);
  const columns = new Set(captions.slice(0, extra.columns ?? 0));
  const row = Math.min(...[...columns].map(({ y }) => y));
  const stacked = [...columns].some(
    ({ text, count, width }) =>
      inks.name(text) + GAP_PX + inks.count(String(count)) + BETWEEN_PX > width * camera.scale,
  );
  const first = base + LINE_PX / 2 + 3;
  return (caption) => {
    const context = !columns.has(caption) && caption.y < row - 1e-9;
    if (context) return { yPx: first + LINE_PX * (stacked ? 2 : 1) + 4, stacked: false };
    return { yPx: first, stacked };
  };
}

/** How far the picture has been moved since captions were placed; null: they must be placed anew. */
function shift(from: Placement, camera: Camera, viewport: Viewport): readonly [number, number] | null {
  if (camera.scale !== from.camera.scale || viewport !== from.viewport) return null;
  const xPx = (from.camera.x - camera.x) * camera.scale;
  const yPx = (camera.y - from.camera.y) * camera.scale;
  const far = Math.abs(xPx) > BEYOND * viewport.widthPx || Math.abs(yPx) > BEYOND * viewport.heightPx;
  return far ? null : [xPx, yPx];
}

/** Names of a layout's boxes; where it has none, of the categories that stand together. */
export function Captions({ view, map }: { view: View; map: MapView }) {
  const layout = view.store.layout.value;
  if (!view.captions.value || !layout || layout.extra.wall) return null; // a wall's headers are its captions
  return <CaptionLayer key={layout.name} view={view} map={map} layout={layout} />;
}

/**
 * Panning moves the layer as a whole, which costs the page neither layout nor a new list; zooming places anew, as rooms
 * are others then.
 */
function CaptionLayer({ view, map, layout }: { view: View; map: MapView; layout: LayoutSent }) {
  const layer = useRef<HTMLDivElement>(null);
  const named = useMemo(() => computed(() => captionsOf(view)), [view]);
  const lowest = useMemo(() => boundsOf(layout.xy).y0 - (layout.cell ?? 0) / 2, [layout]);
  const placement = useMemo(() => signal<Placement | null>(null), []);
  const pointed = useMemo(() => signal<Pointed | null>(null), []);
  const shown = placement.value;
  const follow = (): void => {
    const now = placement.peek();
    const moved = now && shift(now, map.camera.peek(), map.viewport.peek());
    // Whole px, or letters are blurred.
    if (layer.current && moved)
      layer.current.style.transform = `translate(${Math.round(moved[0])}px, ${Math.round(moved[1])}px)`;
  };
  useEffect(() => {
    let captions: readonly CaptionSent[] | null = null;
    return effect(() => {
      const now = placement.peek();
      const same = captions === named.value && now !== null;
      captions = named.value;
      if (same && shift(now, map.camera.value, map.viewport.value)) follow();
      else {
        void [map.camera.value, map.viewport.value];
        placement.value = place(captions, layout, lowest, map, view.fontFamily);
      }
    });
  }, [view, map, layout, lowest, named, placement]);
  useLayoutEffect(follow, [shown]);
  useEffect(() => {
    const stop = new AbortController();
    const parent = layer.current?.parentElement;
    if (parent)
      followPointer(parent, stop.signal, (at) => {
        const caption = at && captionAt(layout, map, at.xPx, at.yPx);
        if (caption !== (pointed.peek()?.caption ?? null)) pointed.value = caption && { caption, xPx: at.xPx };
      });
    return () => stop.abort();
  }, [map, layout, pointed]);
  const over = pointed.value;
  return (
    <>
      <div ref={layer} class="pp-captions" aria-hidden="true">
        {shown?.placed.map((each) => (
          <Caption key={`${each.caption.text}@${each.caption.x},${each.caption.y}`} {...each} />
        ))}
      </div>
      {over && shown && <Whole {...over} placement={shown} map={map} family={view.fontFamily} />}
    </>
  );
}

function Caption({ caption, wording, xPx, yPx, opacity }: Placement["placed"][number]) {
  const width = Math.ceil(wording.widthPx) + 2 * SIDE_PX;
  const left = Math.round(xPx - width / 2);
  const top = Math.round(yPx - (wording.rows * LINE_PX) / 2);
  return (
    <span
      class="pp-caption"
      style={{ width: `${width}px`, transform: `translate(${left}px, ${top}px)`, opacity: opacity < 1 ? opacity : "" }}
    >
      {wording.lines.join("\n")}
      {caption.count !== null && (
        <small>
          {wording.below ? "\n" : " "}
          {countOf(caption)}
        </small>
      )}
    </span>
  );
}

interface Pointed {
  caption: CaptionSent;
  /** Where the pointer is. */
  xPx: number;
}

/** The caption of what is pointed at, whole, unless it can be read as it is. */
function Whole({
  caption,
  xPx,
  placement,
  map,
  family,
}: Pointed & { placement: Placement; map: MapView; family: string }) {
  const there = placement.placed.find((each) => each.caption === caption);
  if (there?.wording.whole && there.opacity === 1) return null;
  const { widthPx, heightPx } = map.viewport.value;
  const [middle, y] = dataToPx(map.camera.value, map.viewport.value, caption.x, caption.y);
  const inks = inksOf(family);
  const wide = Math.min(widthPx - 8, inks.name(caption.text) + GAP_PX + inks.count(countOf(caption)) + 20);
  // On the left of the pointer, if it can be: the larger picture of the image is on its right.
  const left = Math.max(4, Math.min(middle - wide / 2, xPx + 8 - wide, widthPx - wide - 4));
  const top = Math.max(2, Math.min(y - LINE_PX / 2 - 3, heightPx - LINE_PX - 8));
  return (
    <span
      class="pp-caption pp-pointed"
      aria-hidden="true"
      style={{ width: `${Math.ceil(wide)}px`, transform: `translate(${Math.round(left)}px, ${Math.round(top)}px)` }}
    >
      {caption.text}
      {caption.count !== null && <small> {countOf(caption)}</small>}
    </span>
  );
}

/** The caption of the box or the column that a point is in. */
function captionAt(layout: LayoutSent, map: MapView, xPx: number, yPx: number): CaptionSent | null {
  const { camera, viewport } = { camera: map.camera.peek(), viewport: map.viewport.peek() };
  const x = camera.x + (xPx - viewport.widthPx / 2) / camera.scale;
  const y = camera.y - (yPx - viewport.heightPx / 2) / camera.scale;
  const { boxes, columns } = layout.extra;
  if (boxes) {
    const margin = (layout.cell ?? 0) / 4;
    const k = boxes.findIndex(
      // With the strip over it, up to its caption's middle and as much beyond.
      ([x0, y0, x1, y1], i) => {
        const strip = Math.max(0, 2 * ((layout.captions[i]?.y ?? y1) - y1));
        return x >= x0 - margin && x <= x1 + margin && y >= y0 - margin && y <= y1 + strip;
      },
    );
    return layout.captions[k] ?? null;
  }
  const some = columns === undefined ? [] : [...layout.captions.slice(0, columns), ...layout.captions.slice(-1)];
  return some.find((caption) => Math.abs(x - caption.x) <= caption.width / 2) ?? null;
}

/** The important ones first. */
function captionsOf({ store, leftPanel }: View): CaptionSent[] {
  const layout = store.layout.value;
  if (!layout || store.contactSheet.value) return [];
  const spots = leftPanel.value === "hotspots" && BY_SIMILARITY.test(layout.name) ? store.hotspots.list.value : [];
  const scattered = spots.length > 0 ? hotspotCaptions(spots, layout.xy) : crowds(layout.xy, store);
  const captions = layout.captions.length > 0 ? layout.captions : scattered;
  if (layout.captions.length > 0 && splitName(layout.name).kind === "date") return evenly(layout);
  return [...captions].sort((a, b) => (b.count ?? 0) - (a.count ?? 0));
}

/** What several columns belong to first, then columns at even steps, so that where not all find room every so-maniest does. */
function evenly({ captions, extra }: LayoutSent): CaptionSent[] {
  const columns = captions.slice(0, extra.columns ?? 0);
  const step = (k: number) => (k === 0 ? Number.POSITIVE_INFINITY : k & -k);
  const order = [...columns.keys()].sort((a, b) => step(b) - step(a) || a - b);
  return [...captions.slice(columns.length), ...order.map((k) => columns[k] as CaptionSent)];
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
