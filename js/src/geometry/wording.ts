/** Ways to write a name and its count in little room: whole, over two lines, cut; the count is never cut. Pure. */

/** How wide text is, px. */
export type Measure = (text: string) => number;

/** A name on one line or two, its count after the last one or (`below`) on a line of its own. */
export interface Wording {
  lines: readonly string[];
  below: boolean;
  widthPx: number;
  /** How many lines it takes in all. */
  rows: number;
  /** Whether the name is all there. */
  whole: boolean;
}

export interface Inks {
  name: Measure;
  count: Measure;
  /** Between a name and its count. */
  gapPx: number;
}

/** Fewer letters than this of a name say nothing. */
const LEAST_LETTERS = 3;

/** Breaks a name in two where it has a joint, so that the longer part is as short as can be; null: it has none. */
export function broken(name: string, measure: Measure): [string, string] | null {
  let best: [string, string] | null = null;
  let bestPx = Number.POSITIVE_INFINITY;
  for (const { index, 0: joint } of name.matchAll(/[\s\-_/·,:;&+]+|(?<=\p{Ll})(?=\p{Lu})/gu)) {
    const end = index + joint.length;
    const parts: [string, string] = [name.slice(0, end).trimEnd(), name.slice(end).trimStart()];
    if (!parts[0] || !parts[1]) continue;
    const px = Math.max(measure(parts[0]), measure(parts[1]));
    if (px < bestPx) [best, bestPx] = [parts, px];
  }
  return best;
}

/** As much of a name as fits, ending in dots; "" where that would say nothing. */
export function shortened(name: string, mostPx: number, measure: Measure): string {
  if (measure(name) <= mostPx) return name;
  const letters = Array.from(name);
  let low = 0;
  let high = letters.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(`${letters.slice(0, middle).join("").trimEnd()}…`) <= mostPx) low = middle;
    else high = middle - 1;
  }
  return low >= LEAST_LETTERS ? `${letters.slice(0, low).join("").trimEnd()}…` : "";
}

/** The ways in which all of a name and its count may be written, the best first. */
export function wordings(name: string, count: string, inks: Inks): Wording[] {
  const withCount = (text: string) => inks.name(text) + (count ? inks.gapPx + inks.count(count) : 0);
  const found: Wording[] = [{ lines: [name], below: false, widthPx: withCount(name), rows: 1, whole: true }];
  if (count) {
    const widthPx = Math.max(inks.name(name), inks.count(count));
    found.push({ lines: [name], below: true, widthPx, rows: 2, whole: true });
  }
  const parts = broken(name, inks.name);
  if (parts) {
    const widthPx = Math.max(inks.name(parts[0]), withCount(parts[1]));
    found.push({ lines: parts, below: false, widthPx, rows: 2, whole: true });
    if (count) {
      const narrow = Math.max(...parts.map(inks.name), inks.count(count));
      found.push({ lines: parts, below: true, widthPx: narrow, rows: 3, whole: true });
    }
  }
  return found.filter((each, k) => found.slice(0, k).every((before) => before.widthPx > each.widthPx));
}

/** A name cut so that it and its count fit; null where nothing of it would be left. */
export function cut(name: string, count: string, mostPx: number, inks: Inks): Wording | null {
  const besidePx = count ? inks.gapPx + inks.count(count) : 0;
  const text = shortened(name, mostPx - besidePx, inks.name);
  if (!text) return null;
  return { lines: [text], below: false, widthPx: inks.name(text) + besidePx, rows: 1, whole: text === name };
}
