import { computed, effect, signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { boundsOf, dataToPx } from "../../geometry/camera";
import type { Obstacle } from "../../geometry/caption-places";
import { gatherings, leavesSome } from "../../geometry/gatherings";
import type { CaptionSent, LayoutSent } from "../../protocol";
import { splitName } from "../../store/arrangement";
import { hotspotCaptions } from "../../store/hotspots";
import type { Store } from "../../store/store";
import type { View } from "../view";
import { captionAt, carry, GAP_PX, inksOf, LINE_PX, type Placement, place, since, widthOf } from "./caption-layer";
import type { MapView } from "./map-view";
import { followPointer } from "./pointed";
import { countOf } from "./wall-headers";

/** While one zooms captions are placed anew after so long, ms. */
const PLACE_MS = 200;
/** Layouts in which a hotspot stands together: its name is written there while the list of them is open. */
const BY_SIMILARITY = /^(umap|pca)(\?|$)/;
/** More groups than this are a crowd of words. */
const MOST_GROUPS = 100;

/** Names of a layout's boxes; where images stand in none, of the categories that stand together. */
export function Captions({ view, map }: { view: View; map: MapView }) {
  const layout = view.store.layout.value;
  if (!view.captions.value || !layout || layout.extra.wall) return null; // a wall's headers are its captions
  return <CaptionLayer key={layout.name} view={view} map={map} layout={layout} />;
}

/**
 * Panning moves the layer as a whole, and zooming its captions, which costs the page neither layout nor a new list;
 * they are placed anew every now and then while one zooms, and at the end of either. Measured with 57 captions over
 * 1,906 images on a shared machine: panning took 0.4 to 0.9 ms of script and style a frame more than without any, and
 * no layout; a zoom took 8 ms more with captions placed anew at every frame, and 5.5 ms every 120 ms.
 */
function CaptionLayer({ view, map, layout }: { view: View; map: MapView; layout: LayoutSent }) {
  const layer = useRef<HTMLDivElement>(null);
  const named = useMemo(() => computed(() => captionsOf(view)), [view]);
  const lowest = useMemo(() => boundsOf(layout.xy).y0 - (layout.cell ?? 0) / 2, [layout]);
  const placement = useMemo(() => signal<Placement | null>(null), []);
  const pointed = useMemo(() => signal<Pointed | null>(null), []);
  const shown = placement.value;
  useEffect(() => {
    let captions: readonly CaptionSent[] | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let placedMs = 0;
    let open = "";
    const placeAnew = (): void => {
      clearTimeout(timer);
      timer = undefined;
      placedMs = performance.now();
      placement.value = place(captions ?? [], layout, lowest, map, panelsOver(layer.current), view.fontFamily);
    };
    const end = effect(() => {
      const same = captions === named.value;
      captions = named.value;
      const before = open;
      open = `${view.leftPanel.value} ${view.inspected.value >= 0}`;
      const [camera, viewport, now] = [map.camera.value, map.viewport.value, placement.peek()];
      const moved = same && now ? since(now, camera, viewport) : null;
      if (!moved || !now || (moved.zoom !== 1 && performance.now() - placedMs > PLACE_MS)) placeAnew();
      else {
        if (layer.current) carry(layer.current, now, moved);
        if (moved.zoom !== 1) timer ??= setTimeout(placeAnew, PLACE_MS);
        else if (moved.xPx !== 0 || moved.yPx !== 0) {
          // At the end of a pan the rim and the panels cut others.
          clearTimeout(timer);
          timer = setTimeout(placeAnew, PLACE_MS);
        }
      }
      // A panel that was opened or closed is seen to be a moment later.
      if (open !== before) timer ??= setTimeout(placeAnew, PLACE_MS);
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [view, map, layout, lowest, named, placement]);
  useLayoutEffect(() => {
    if (!layer.current || !shown) return;
    layer.current.dataset.apart = "true"; // all are to be put in place
    carry(layer.current, shown, { zoom: 1, xPx: 0, yPx: 0 });
    const moved = since(shown, map.camera.peek(), map.viewport.peek());
    if (moved) carry(layer.current, shown, moved);
  }, [shown, map]);
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
      <div ref={layer} class="pp-captions" data-easing={map.easing.value} aria-hidden="true">
        {shown?.placed.map((each) => (
          <Caption key={`${each.caption.text}@${each.caption.x},${each.caption.y}`} {...each} />
        ))}
      </div>
      {over && shown && !map.easing.value && <Whole {...over} placement={shown} map={map} family={view.fontFamily} />}
    </>
  );
}

/** Where it is, the layer says. */
function Caption(placed: Placement["placed"][number]) {
  const { caption, wording, opacity } = placed;
  return (
    <span class="pp-caption" style={{ width: `${widthOf(placed)}px`, opacity: opacity < 1 ? opacity : "" }}>
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

/** What lies over the picture, px of that. */
function panelsOver(layer: HTMLElement | null): Obstacle[] {
  const main = layer?.closest(".pp-main");
  if (!main) return [];
  const { left: x, top: y } = main.getBoundingClientRect();
  return Array.from(main.querySelectorAll(".pp-left > *, .pp-inspector"), (panel): Obstacle => {
    const { left, top, right, bottom } = panel.getBoundingClientRect();
    return [left - x, top - y, right - x, bottom - y];
  });
}

/** Layouts in which a place says what columns hold: the name of a label amid it would say something else. */
const PLACED_BY_COLUMNS: ReadonlySet<string> = new Set(["custom", "sorted"]);

/** The important ones first. */
function captionsOf({ store, leftPanel }: View): CaptionSent[] {
  const layout = store.layout.value;
  if (!layout || store.contactSheet.value) return [];
  const spots = leftPanel.value === "hotspots" && BY_SIMILARITY.test(layout.name) ? store.hotspots.list.value : [];
  const { kind } = splitName(layout.name);
  const scattered =
    spots.length > 0 ? hotspotCaptions(spots, layout.xy) : PLACED_BY_COLUMNS.has(kind) ? [] : crowds(layout.xy, store);
  if (layout.captions.length > 0 && kind === "date") return evenly(layout);
  const captions = leavesSome(layout.captions, store.data.n) ? [...layout.captions, ...scattered] : layout.captions;
  return [...captions].sort((a, b) => (b.count ?? 0) - (a.count ?? 0));
}

/** What several columns belong to first, then columns at even steps, so that where not all find room every so-maniest does. */
function evenly({ captions, extra }: LayoutSent): CaptionSent[] {
  const columns = captions.slice(0, extra.columns ?? 0);
  const step = (k: number) => (k === 0 ? Number.POSITIVE_INFINITY : k & -k);
  const order = [...columns.keys()].sort((a, b) => step(b) - step(a) || a - b);
  return [...captions.slice(columns.length), ...order.map((k) => columns[k] as CaptionSent)];
}

/** Categories of the colors that are shown, where most of their images that pass the filter stand. */
function crowds(xy: Float32Array, store: Store): CaptionSent[] {
  const { kind, names } = store.coloring.colors.value;
  void store.labels.info.value.counts; // labels are edited in place: look again when their counts are others
  void store.filter.conditions.value;
  const all = store.rows.shown.value === store.data.n;
  const codes = all
    ? store.coloring.codes()
    : store.coloring.codes().map((code, row) => (store.filter.isShown(row) ? code : -1));
  if (kind !== "categories" || names.length > MOST_GROUPS || codes.length * 2 !== xy.length) return [];
  return gatherings(xy, codes, names.length).map(({ code, xData, yData, width }) => ({
    text: names[code] as string,
    x: xData,
    y: yData,
    width,
    count: null,
  }));
}
