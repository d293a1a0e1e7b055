/** What a layout takes up: its images and what is drawn around them. */

import { type Bounds, boundsOf } from "../geometry/camera";
import type { LayoutSent } from "../protocol";

export function extentOf(layout: LayoutSent): Bounds {
  const bounds = boundsOf(layout.xy);
  const { frame, wall } = layout.extra;
  const corners: (readonly [number, number])[] = [];
  if (frame) corners.push([frame[0], frame[1]], [frame[2], frame[3]]);
  if (wall) for (const caption of layout.captions) corners.push([caption.x - reach(caption, wall), caption.y]);
  for (const [x, y] of corners) {
    bounds.x0 = Math.min(bounds.x0, x);
    bounds.x1 = Math.max(bounds.x1, x);
    bounds.y0 = Math.min(bounds.y0, y);
    bounds.y1 = Math.max(bounds.y1, y);
  }
  return bounds;
}

/** Names of rows are written to the left of their middle; names of columns stand over their columns. */
function reach(caption: { x: number; width: number }, wall: { x: [number, number][] }): number {
  return caption.x < (wall.x[0]?.[0] ?? 0) ? caption.width / 2 : 0;
}
