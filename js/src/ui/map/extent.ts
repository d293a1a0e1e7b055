/** What a layout takes up: its images and what is drawn around them. */

import { type Bounds, boundsOf } from "../../geometry/camera";
import type { LayoutSent } from "../../protocol";
import { type Free, roomForHeaders } from "./wall-headers";

/** In data units. */
export function extentOf(layout: LayoutSent): Bounds {
  const bounds = boundsOf(layout.xy);
  const { frame, wall } = layout.extra;
  const corners: (readonly [number, number])[] = [];
  if (frame) corners.push([frame[0], frame[1]], [frame[2], frame[3]]);
  if (wall) {
    const span = (spans: [number, number][], end: 0 | 1) => spans.map((each) => each[end]);
    corners.push([Math.min(...span(wall.x, 0)), Math.min(...span(wall.y, 0))]);
    corners.push([Math.max(...span(wall.x, 1)), Math.max(...span(wall.y, 1))]);
  }
  for (const [x, y] of corners) {
    bounds.x0 = Math.min(bounds.x0, x);
    bounds.x1 = Math.max(bounds.x1, x);
    bounds.y0 = Math.min(bounds.y0, y);
    bounds.y1 = Math.max(bounds.y1, y);
  }
  return bounds;
}

export const AXIS_PX = { height: 36, width: 46 };
/** Free on every side when all is to be seen, as `fitBounds` has it. */
const PADDING_PX = 24;

/** What is written around it takes as much of the sides of what is `free`, px, however far one zooms. */
export function writtenAround(
  layout: LayoutSent,
  free: Free,
  family: string,
): { leftPx: number; topPx: number; bottomPx: number } {
  const { axes, wall, boxes, columns } = layout.extra;
  if (axes) return { leftPx: AXIS_PX.width, topPx: 8, bottomPx: AXIS_PX.height };
  if (wall) return { ...roomForHeaders(layout, wall, free, family, PADDING_PX), bottomPx: 0 };
  if (boxes) return { leftPx: 0, topPx: 14, bottomPx: 0 };
  if (columns !== undefined) return { leftPx: 0, topPx: 0, bottomPx: 38 };
  return { leftPx: 0, topPx: 0, bottomPx: 0 };
}
