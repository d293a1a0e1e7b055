/** The headers of a wall: how much room they take, measured from their texts, and where each is written. Numbers in px. */

import { type Measure, type Wording, wordings } from "../../geometry/wording";
import type { CaptionSent, LayoutSent, Wall } from "../../protocol";
import { textPx } from "../common/measure";

export const HEADER_SIZE_PX = 12;
export const HEADER_LINE_PX = 14;
/** From the wall's edge to its headers, and from these to the border. */
export const HEADER_GAP_PX = 7;
const SPACE_PX = 5;
/** At most so much of the picture's width and height goes to names. */
const MOST_WIDE = 0.3;
const MOST_HIGH = 0.36;
const LEAST_WIDE_PX = 64;

export interface Headers {
  /** Room on the left of the wall and above it. */
  leftPx: number;
  topPx: number;
  /** Names of columns stand upright on their ends. */
  turned: boolean;
  /** Whether counts are written level below turned names, else behind them. */
  beneath: boolean;
  /** How each column's is written where they are level. */
  level: readonly Wording[];
}

export interface HeaderTexts {
  name: string;
  count: string;
}

export function countOf({ count }: CaptionSent): string {
  return count === null ? "" : count.toLocaleString();
}

export function textsOf(caption: CaptionSent): HeaderTexts {
  return { name: caption.text, count: countOf(caption) };
}

export function headerInks(font: string): { name: Measure; count: Measure; gapPx: number } {
  const measure = (text: string) => textPx(text, `${HEADER_SIZE_PX}px ${font}`);
  return { name: measure, count: measure, gapPx: SPACE_PX };
}

const SPAN = ([from, to]: readonly [number, number]) => Math.abs(to - from);

/** How wide each column is with half of what is free beside it, data units. */
function slots(spans: readonly (readonly [number, number])[]): number[] {
  return spans.map((span, k) => {
    const after = spans[k + 1];
    const before = spans[k - 1];
    const gap = after ? after[0] - span[1] : before ? span[0] - before[1] : 0;
    return SPAN(span) + Math.max(0, gap);
  });
}

/** How headers are written at a scale (px a data unit), and the room that takes. */
export function headersAt(layout: LayoutSent, wall: Wall, scale: number, free: Free, font: string): Headers {
  const inks = headerInks(font);
  const long = ({ name, count }: HeaderTexts) => inks.name(name) + (count ? SPACE_PX + inks.count(count) : 0);
  const rows = layout.captions.slice(0, wall.rows.length).map(textsOf);
  const columns = layout.captions.slice(wall.rows.length, wall.rows.length + wall.columns.length).map(textsOf);
  const titles = wall.titles.map((title) => textPx(`${title} →`, `600 ${HEADER_SIZE_PX}px ${font}`));
  const widest = Math.max(0, ...rows.map(long), ...titles);
  const leftPx = Math.ceil(Math.min(widest, Math.max(LEAST_WIDE_PX, MOST_WIDE * free.widthPx)) + 2 * HEADER_GAP_PX);
  const slotsPx = slots(wall.x).map((slot) => slot * scale - 4);
  const level = columns.map(({ name, count }, k) =>
    wordings(name, count, inks).find(({ widthPx }) => widthPx <= (slotsPx[k] as number)),
  );
  const titleRows = 2; // those of both sides, one below the other, in the corner
  if (level.every((each) => each !== undefined)) {
    const lines = Math.max(titleRows, ...level.map((each) => (each as Wording).rows));
    const topPx = lines * HEADER_LINE_PX + 2 * HEADER_GAP_PX;
    return { leftPx, topPx, turned: false, beneath: false, level: level as Wording[] };
  }
  const beneath = columns.every(({ count }, k) => inks.count(count) <= (slotsPx[k] as number) + 2);
  const longest = Math.max(...columns.map((each) => (beneath ? inks.name(each.name) + HEADER_LINE_PX : long(each))));
  const most = Math.max(5 * HEADER_LINE_PX, MOST_HIGH * free.heightPx);
  return {
    leftPx,
    topPx: Math.ceil(Math.max(titleRows * HEADER_LINE_PX, Math.min(longest, most)) + 2 * HEADER_GAP_PX),
    turned: true,
    beneath,
    level: [],
  };
}

/** What nothing else covers. */
export interface Free {
  widthPx: number;
  heightPx: number;
}

/** The room for headers when all of the wall is to be seen: larger headers leave less for the wall, and so on. */
export function roomForHeaders(layout: LayoutSent, wall: Wall, free: Free, font: string, paddingPx: number): Headers {
  const ends = (spans: readonly (readonly [number, number])[]) => {
    const all = spans.flat();
    return Math.max(...all) - Math.min(...all);
  };
  const scaleWith = ({ leftPx, topPx }: { leftPx: number; topPx: number }) =>
    Math.min(
      Math.max(1, free.widthPx - leftPx - 2 * paddingPx) / ends(wall.x),
      Math.max(1, free.heightPx - topPx - 2 * paddingPx) / ends(wall.y),
    );
  // Level headers are low, which leaves a larger scale, at which they need room for fewer lines.
  const first = headersAt(layout, wall, scaleWith({ leftPx: LEAST_WIDE_PX, topPx: 3 * HEADER_LINE_PX }), free, font);
  return headersAt(layout, wall, scaleWith(first), free, font);
}

/**
 * Which of some headers along a line are written where they stand too close for all: those of most images first.
 *
 * @param middles where each stands, in order.
 */
export function thinned(middles: readonly number[], counts: readonly number[], leastPx: number): Set<number> {
  const order = [...middles.keys()].sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  const kept = new Set<number>();
  const taken = new Map<number, number[]>();
  for (const k of order) {
    const at = middles[k] as number;
    const bucket = Math.floor(at / leastPx);
    const near = [bucket - 1, bucket, bucket + 1].flatMap((each) => taken.get(each) ?? []);
    if (near.some((other) => Math.abs(other - at) < leastPx)) continue;
    taken.set(bucket, [...(taken.get(bucket) ?? []), at]);
    kept.add(k);
  }
  return kept;
}
