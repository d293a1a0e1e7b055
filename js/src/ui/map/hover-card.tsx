import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { placeCard } from "../../geometry/card-place";
import { shortName } from "../inspector/inspector";
import type { View } from "../view";

const PREVIEW_PX = 160;
const GAP_PX = 14;
/** Free on every side of the card. */
const RIM_PX = 4;
/** The kernel is asked for more only about images the pointer rests on, not about all it passes, ms. */
const REST_MS = 150;

/** A larger picture beside the pointer, with the file's name, its label, and its caption if it has one. */
export function HoverCard({ view, widthPx, heightPx }: { view: View; widthPx: number; heightPx: number }) {
  const hover = view.hover.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const painted = useMemo(() => signal(false), []);
  const caption = useMemo(() => signal(""), []);
  const row = hover?.row ?? -1;
  useEffect(() => {
    painted.value = false;
    caption.value = "";
    if (row < 0 || !canvas.current) return;
    const leaving = new AbortController();
    const onPainted = (): void => {
      painted.value = true;
    };
    const how = { sizePx: PREVIEW_PX, restMs: REST_MS, signal: leaving.signal, onPainted };
    view.map?.preview({ row, canvas: canvas.current, ...how });
    const timer = setTimeout(() => {
      view.store.source.fetchRow(row, leaving.signal).then(
        ({ description }) => {
          caption.value = description;
        },
        (error) => {
          if (!leaving.signal.aborted) caption.value = String(error.message ?? error);
        },
      );
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      leaving.abort(new DOMException("the pointer has left the image", "AbortError"));
    };
  }, [row, view, painted, caption]);
  if (!hover || row === view.inspected.value) return null;
  const { store } = view;
  const { names } = store.labels.info.value;
  const code = store.labels.codes[row] ?? -1;
  const name = store.data.names.get(row);
  const cardWidth = PREVIEW_PX + 12;
  const cardHeight = (painted.value ? PREVIEW_PX : 0) + (caption.value ? 96 : 60);
  const { leftPx, rightPx, bottomPx } = view.covered();
  const free = { x0: leftPx + RIM_PX, y0: RIM_PX, x1: widthPx - rightPx - RIM_PX, y1: heightPx - bottomPx - RIM_PX };
  const [left, top] = placeCard([hover.xPx, hover.yPx], [cardWidth, cardHeight], free, GAP_PX);
  return (
    <div class="pp-hover" role="tooltip" style={{ left: `${left}px`, top: `${top}px`, width: `${cardWidth}px` }}>
      <canvas ref={canvas} width={PREVIEW_PX * 2} height={PREVIEW_PX * 2} hidden={!painted.value} />
      <strong>{shortName(name)}</strong>
      <span>{code >= 0 ? names[code] : "unlabeled"}</span>
      {caption.value && <p>{caption}</p>}
      {store.labels.flags[row] === 1 && <span class="pp-flagged">flagged</span>}
    </div>
  );
}
