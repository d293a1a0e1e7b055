/** How wide text is, px, without asking the page to lay anything out. */

const MOST_KEPT = 10_000;
const kept = new Map<string, number>();
let pen: CanvasRenderingContext2D | null = null;

/** @param font as CSS has it: "600 12px sans-serif". */
export function textPx(text: string, font: string): number {
  const key = `${font}\n${text}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return text.length * 7.2; // no canvas at all: a guess
  pen.font = font;
  const widthPx = pen.measureText(text).width;
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, widthPx);
  return widthPx;
}
