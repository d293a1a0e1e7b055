/** Captions as they stand over the picture: placed for a camera, and carried along while that moves. */

import { type Camera, dataToPx, type Viewport } from "../../geometry/camera";
import {
  type Obstacle,
  type PlacedCaption,
  placeCaptions,
  type Sight,
  type ToPlace,
} from "../../geometry/caption-places";
import type { Inks } from "../../geometry/wording";
import type { CaptionSent, LayoutSent } from "../../protocol";
import { splitName } from "../../store/arrangement";
import { textPx } from "../common/measure";
import type { MapView } from "./map-view";
import { countOf } from "./wall-headers";

/** Narrower than this on screen a group is too small to be named. */
const NARROWEST_PX = 10;
/** Once a group is so many times as wide as the picture, one is inside it, and its name is in the way. */
const INSIDE = [1.3, 2.2] as const;
/** As in the style sheet. */
export const LINE_PX = 16;
const FONT = { name: "600 12px", count: "11px" };
export const GAP_PX = 5;
const SIDE_PX = 3;
const BETWEEN_PX = 6;
/** A box's caption may stand out so far over its sides, as a share of its width and px. */
const OVERHANG = { share: 1.6, px: 28 };
const WIDEST_CROWD_PX = 180;
/** Placed for so much more than is in sight on every side, so that panning need not place anew. */
const BEYOND = 0.5;
/** While one zooms they are placed anew when the zoom has changed by so much, or after so long. */
const MOST_ZOOM = 1.5;

export interface Placement {
  /** From where it was seen. */
  camera: Camera;
  viewport: Viewport;
  placed: readonly (PlacedCaption & { caption: CaptionSent; opacity: number })[];
}

/** Rises from 0 to 1 between two values. */
function ramp(value: number, [from, to]: readonly [number, number]): number {
  return Math.max(0, Math.min(1, (value - from) / (to - from)));
}

export function inksOf(family: string): Inks {
  return {
    name: (text) => textPx(text, `${FONT.name} ${family}`),
    count: (text) => textPx(text, `${FONT.count} ${family}`),
    gapPx: GAP_PX,
  };
}

/**
 * Captions, the important ones first, as far as they find room around what the camera sees. Those of boxes stay in the
 * middle of their boxes; those of crowds go where no panel and no rim of the picture cuts them.
 */
export function place(
  captions: readonly CaptionSent[],
  layout: LayoutSent,
  lowest: number,
  map: MapView,
  panels: Sight["panels"],
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
    sight: boxed ? undefined : { seen: [0, 0, widthPx, heightPx], panels },
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

/** How the picture has been moved and zoomed since captions were placed; null: too far for them to be of use. */
export function since(from: Placement, camera: Camera, viewport: Viewport): Moved | null {
  if (viewport !== from.viewport) return null;
  const zoom = camera.scale / from.camera.scale;
  const xPx = (from.camera.x - camera.x) * camera.scale;
  const yPx = (camera.y - from.camera.y) * camera.scale;
  const far = Math.abs(xPx) > BEYOND * viewport.widthPx || Math.abs(yPx) > BEYOND * viewport.heightPx;
  return far || zoom > MOST_ZOOM || zoom < 1 / MOST_ZOOM ? null : { zoom, xPx, yPx };
}

interface Moved {
  zoom: number;
  xPx: number;
  yPx: number;
}

/** Puts captions where their places have gone: all at once, or one by one where these have moved apart. In whole px. */
export function carry(layer: HTMLElement, { placed, viewport }: Placement, { zoom, xPx, yPx }: Moved): void {
  const together = zoom === 1;
  layer.style.transform = together ? `translate(${Math.round(xPx)}px, ${Math.round(yPx)}px)` : "";
  if (together && layer.dataset.apart !== "true") return;
  layer.dataset.apart = String(!together);
  const [midX, midY] = [viewport.widthPx / 2, viewport.heightPx / 2];
  placed.forEach((each, k) => {
    const at = together
      ? each
      : { xPx: midX + (each.xPx - midX) * zoom + xPx, yPx: midY + (each.yPx - midY) * zoom + yPx };
    const left = Math.round(at.xPx - widthOf(each) / 2);
    const top = Math.round(at.yPx - (each.wording.rows * LINE_PX) / 2);
    const span = layer.children[k] as HTMLElement | undefined;
    if (span) span.style.transform = `translate(${left}px, ${top}px)`;
  });
}

export function widthOf({ wording }: PlacedCaption): number {
  return Math.ceil(wording.widthPx) + 2 * SIDE_PX;
}

/** The caption of the box or the column that a point is in. */
export function captionAt(layout: LayoutSent, map: MapView, xPx: number, yPx: number): CaptionSent | null {
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
