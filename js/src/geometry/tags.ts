/** Names beside boxes on a picture: where they stand so that none covers another. Pure; CSS px from the top left. */

export interface Tag {
  /** Of the box, px. */
  xPx: number;
  yPx: number;
  heightPx: number;
  /** Of the text with its padding, px. */
  textPx: number;
}

export interface PlacedTag {
  /** Which of the tags. */
  index: number;
  xPx: number;
  yPx: number;
}

export const TAG_PX = 17;

/**
 * Places tags above their boxes, or inside or below where there is no room; the first ones first.
 *
 * @returns those for which there was room, in the order given.
 */
export function placeTags(tags: readonly Tag[], widthPx: number, heightPx: number): PlacedTag[] {
  const placed: (PlacedTag & { textPx: number })[] = [];
  tags.forEach((tag, index) => {
    if (tag.textPx > widthPx) return;
    const xPx = Math.min(Math.max(0, tag.xPx), widthPx - tag.textPx);
    for (const top of [tag.yPx - TAG_PX, tag.yPx, tag.yPx + tag.heightPx - TAG_PX, tag.yPx + tag.heightPx]) {
      const free = (other: PlacedTag & { textPx: number }) =>
        other.xPx + other.textPx <= xPx ||
        xPx + tag.textPx <= other.xPx ||
        other.yPx + TAG_PX <= top ||
        top + TAG_PX <= other.yPx;
      if (top < 0 || top + TAG_PX > heightPx || !placed.every(free)) continue;
      placed.push({ index, xPx, yPx: top, textPx: tag.textPx });
      return;
    }
  });
  return placed.map(({ index, xPx, yPx }) => ({ index, xPx, yPx }));
}
