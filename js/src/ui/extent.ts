/** What a layout takes up: its images and what is drawn around them. */

import { type Bounds, boundsOf } from "../geometry/camera";
import type { LayoutSent } from "../protocol";

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
export const HEADER_PX = { height: 22, tall: 74, width: 112 };

/** What is written around it takes as much of the picture's sides, px, however far one zooms. */
export function writtenAround({ extra }: LayoutSent): { leftPx: number; topPx: number; bottomPx: number } {
  if (extra.axes) return { leftPx: AXIS_PX.width, topPx: 8, bottomPx: AXIS_PX.height };
  if (extra.wall) return { leftPx: HEADER_PX.width, topPx: HEADER_PX.tall, bottomPx: 0 };
  return { leftPx: 0, topPx: 0, bottomPx: 0 };
}
