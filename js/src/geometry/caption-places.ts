/** Captions over a picture, placed as on a map: the important ones first, whole where they can be. Pure; px. */

import { cut, type Inks, type Wording, wordings } from "./wording";

export interface ToPlace {
  name: string;
  count: string;
  /** Its middle; of a box's caption the middle of the strip over it. */
  xPx: number;
  yPx: number;
  /** How wide what it names is. */
  roomPx: number;
  /** Its count stands below its name, whether there is room beside it or not: so do others along the line. */
  stacked?: boolean;
}

export interface PlacedCaption {
  /** Which of those to place. */
  index: number;
  wording: Wording;
  xPx: number;
  yPx: number;
}

/** What captions must not cover: x0, y0, x1, y1. */
export type Obstacle = readonly [number, number, number, number];

/** Captions are moved along their line to where they can be read whole. */
export interface Sight {
  /** What is seen of the picture: x0, y0, x1, y1. */
  seen: Obstacle;
  /** What lies over it: what has its middle below that is not named. */
  panels: readonly Obstacle[];
}

export interface Manner {
  inks: Inks;
  linePx: number;
  /** Free between two captions. */
  gapPx: number;
  /** How wide one that stands out over its room is at most. */
  mostPx: (caption: ToPlace) => number;
  /** Where captions can be read; left out: they stay in the middle of what they name, seen or not. */
  sight?: Sight | undefined;
  /** From its place, further lines go up (-1), down (1) or both ways (0). */
  grow: -1 | 0 | 1;
}

const BUCKET_PX = 128;
/** A line's letters are so much lower than the line on either side, and frames touch their boxes. */
const LEADING_PX = 3;
const TOUCH_PX = 2;
const MOST_LINES = 2;

/** Rectangles, found again by where they are. */
class Taken {
  private readonly buckets = new Map<string, Obstacle[]>();

  add(rect: Obstacle): void {
    for (const key of this.keys(rect)) {
      const bucket = this.buckets.get(key);
      if (bucket) bucket.push(rect);
      else this.buckets.set(key, [rect]);
    }
  }

  remove(rect: Obstacle): void {
    for (const key of this.keys(rect)) {
      const bucket = this.buckets.get(key) ?? [];
      this.buckets.set(
        key,
        bucket.filter((other) => other !== rect),
      );
    }
  }

  hits([x0, y0, x1, y1]: Obstacle): boolean {
    return this.keys([x0, y0, x1, y1]).some((key) =>
      this.buckets.get(key)?.some((other) => other[0] < x1 && x0 < other[2] && other[1] < y1 && y0 < other[3]),
    );
  }

  private keys([x0, y0, x1, y1]: Obstacle): string[] {
    const keys = [];
    for (let x = Math.floor(x0 / BUCKET_PX); x <= Math.floor(x1 / BUCKET_PX); x += 1)
      for (let y = Math.floor(y0 / BUCKET_PX); y <= Math.floor(y1 / BUCKET_PX); y += 1) keys.push(`${x},${y}`);
    return keys;
  }
}

/** Where along its line a caption can be read whole; null: nowhere, or a panel covers what it names. */
function readableAt([x0, y0, x1, y1]: Obstacle, { seen, panels }: Sight): number | null {
  const middle = (x0 + x1) / 2;
  let [left, , right] = seen;
  // What is not in sight will be once the picture is moved.
  if (middle < left || middle > right) return middle;
  for (const [px0, py0, px1, py1] of panels) {
    if (py1 <= y0 || y1 <= py0) continue;
    if (px0 <= middle && middle <= px1) return null;
    if (px1 < middle) left = Math.max(left, px1);
    else right = Math.min(right, px0);
  }
  const half = middle - x0;
  return right - left < 2 * half ? null : Math.max(left + half, Math.min(middle, right - half));
}

/**
 * Places captions, the first ones first. Each is written over its own room, whole if it can be, else cut with the count
 * left; then those that are not whole stand out over their room, where that covers no other caption and no obstacle.
 */
export function placeCaptions(
  captions: readonly ToPlace[],
  obstacles: readonly Obstacle[],
  manner: Manner,
): PlacedCaption[] {
  const { inks, linePx, gapPx, grow, sight } = manner;
  const shut = new Taken();
  for (const [x0, y0, x1, y1] of obstacles) shut.add([x0 + TOUCH_PX, y0 + TOUCH_PX, x1 - TOUCH_PX, y1 - TOUCH_PX]);
  const taken = new Taken();
  const placed = new Map<number, PlacedCaption & { rect: Obstacle }>();
  const put = (index: number, wording: Wording, evenOver: boolean): boolean => {
    const { xPx: middle, yPx: base } = captions[index] as ToPlace;
    const yPx = base + (grow * (wording.rows - 1) * linePx) / 2;
    const halfX = (wording.widthPx + gapPx) / 2;
    const halfY = (wording.rows * linePx) / 2;
    const xPx = sight ? readableAt([middle - halfX, yPx - halfY, middle + halfX, yPx + halfY], sight) : middle;
    if (xPx === null) return false;
    const rect: Obstacle = [xPx - halfX, yPx - halfY, xPx + halfX, yPx + halfY];
    if (taken.hits(rect)) return false;
    if (!evenOver && shut.hits([rect[0], rect[1] + LEADING_PX, rect[2], rect[3] - LEADING_PX])) return false;
    taken.add(rect);
    placed.set(index, { index, wording, xPx, yPx, rect });
    return true;
  };
  const whole = captions.map(({ name, count, stacked }) =>
    wordings(name, count, inks).filter(({ rows, below }) => rows <= MOST_LINES && (!stacked || below || !count)),
  );
  captions.forEach(({ name, count, roomPx, stacked }, index) => {
    const fit = (whole[index] as Wording[]).filter(({ widthPx }) => widthPx <= roomPx);
    if (fit.some((wording) => put(index, wording, wording.rows === 1)) || stacked) return;
    const little = cut(name, count, roomPx, inks);
    if (little) put(index, little, true);
  });
  captions.forEach((caption, index) => {
    const now = placed.get(index);
    if (now?.wording.whole) return;
    if (now) taken.remove(now.rect);
    const wide = (whole[index] as Wording[]).filter(({ widthPx }) => widthPx <= manner.mostPx(caption));
    if (!wide.some((wording) => put(index, wording, false)) && now) taken.add(now.rect);
  });
  return [...placed.values()].map(({ index, wording, xPx, yPx }) => ({ index, wording, xPx, yPx }));
}
