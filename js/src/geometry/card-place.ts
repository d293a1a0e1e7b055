/** Where a card stands beside the pointer. Pure; px. */
import type { Rect } from "./lasso";

/**
 * The top left corner of a card: on the right of the pointer if there is room, else on its left, else below or above
 * it, so that it covers what is pointed at only where it has room on no side.
 *
 * @param free where the card may stand.
 * @param gapPx between pointer and card.
 */
export function placeCard(
  [xPx, yPx]: readonly [number, number],
  [widthPx, heightPx]: readonly [number, number],
  free: Rect,
  gapPx: number,
): readonly [leftPx: number, topPx: number] {
  const within = (at: number, size: number, from: number, to: number): number =>
    Math.max(from, Math.min(at, to - size));
  const right = xPx + gapPx;
  const left = xPx - gapPx - widthPx;
  const top = yPx + gapPx;
  if (right + widthPx <= free.x1) return [right, within(top, heightPx, free.y0, free.y1)];
  if (left >= free.x0) return [left, within(top, heightPx, free.y0, free.y1)];
  const middle = within(xPx - widthPx / 2, widthPx, free.x0, free.x1);
  const below = free.y1 - yPx >= yPx - free.y0;
  return [middle, within(below ? top : yPx - gapPx - heightPx, heightPx, free.y0, free.y1)];
}
