/** A wall as it is drawn over the picture: rulers, the tinted diagonal, names along its sides. Numbers in px. */

import { dataToPx } from "../../geometry/camera";
import { cut, shortened, wordings } from "../../geometry/wording";
import type { CaptionSent, LayoutSent, Wall } from "../../protocol";
import { crisp, line, type Rect, type Scene, strip, write } from "./ink";
import {
  HEADER_GAP_PX,
  HEADER_LINE_PX,
  type Headers,
  type HeaderTexts,
  headerInks,
  headersAt,
  textsOf,
  thinned,
} from "./wall-headers";

type Span = readonly [number, number];

interface Places {
  /** Start and end of each, px. */
  columns: readonly Span[];
  rows: readonly Span[];
  box: Rect;
}

function placesOf({ camera, viewport }: Pick<Scene, "camera" | "viewport">, wall: Wall): Places | null {
  const columns = wall.x.map(([x0, x1]): Span => {
    const [from] = dataToPx(camera, viewport, x0, 0);
    return [from, from + (x1 - x0) * camera.scale];
  });
  const rows = wall.y.map(([y0, y1]): Span => {
    const [, from] = dataToPx(camera, viewport, 0, y1);
    return [from, from + (y1 - y0) * camera.scale];
  });
  const [first, last, upper, lower] = [columns[0], columns.at(-1), rows[0], rows.at(-1)];
  if (!first || !last || !upper || !lower) return null;
  return { columns, rows, box: { left: first[0], right: last[1], top: upper[0], bottom: lower[1] } };
}

/** The row and the column of a wall that a point is in or beside; -1: none. */
export function pointedAt(scene: Pick<Scene, "camera" | "viewport">, wall: Wall, xPx: number, yPx: number): Pointed {
  const places = placesOf(scene, wall);
  if (!places) return NOWHERE;
  const { columns, rows, box } = places;
  const nearest = (spans: readonly Span[], at: number) => {
    const k = spans.findIndex(([, end], i) => at <= (end + (spans[i + 1]?.[0] ?? end)) / 2);
    return k;
  };
  return {
    column: xPx < box.left - HEADER_GAP_PX || xPx > box.right ? -1 : nearest(columns, xPx),
    row: yPx < box.top - HEADER_GAP_PX || yPx > box.bottom ? -1 : nearest(rows, yPx),
  };
}

export interface Pointed {
  row: number;
  column: number;
}
export const NOWHERE: Pointed = { row: -1, column: -1 };

const kept = new WeakMap<LayoutSent, { at: string; headers: Headers }>();

/** As `headersAt`, which a wall of many names takes a while for; panning asks the same again and again. */
function headersOf(...asked: Parameters<typeof headersAt>): Headers {
  const [layout, , scale, { widthPx, heightPx }, family] = asked;
  const at = [scale, widthPx, heightPx, family].join(" ");
  const known = kept.get(layout);
  if (known?.at === at) return known.headers;
  const headers = headersAt(...asked);
  kept.set(layout, { at, headers });
  return headers;
}

/** Images pass below the headers of a wall that runs out of sight, and are not to be taken for its rows. */
const OPAQUE = 0.95;
/** A row that is half behind the headers of columns is not named. */
const CLEAR_PX = 7;

export function paintWall(scene: Scene, layout: LayoutSent, wall: Wall, pointed: Pointed): void {
  const places = placesOf(scene, wall);
  if (!places) return;
  const { viewport, leftPx, camera } = scene;
  const free = { widthPx: viewport.widthPx - leftPx, heightPx: viewport.heightPx };
  const headers = headersOf(layout, wall, camera.scale, free, scene.family);
  agreement(scene, wall, places);
  rulers(scene, places);
  // Those of a wall that runs out of sight stay at its border.
  const bottom = Math.max(places.box.top, headers.topPx);
  const right = Math.max(places.box.left, leftPx + headers.leftPx);
  if (places.box.top < headers.topPx) strip(scene, 0, 0, viewport.widthPx, headers.topPx, OPAQUE);
  if (places.box.left < right) strip(scene, 0, bottom, right, viewport.heightPx - bottom, OPAQUE);
  const corner = { right, bottom, left: leftPx, top: 0 };
  const rows = layout.captions.slice(0, wall.rows.length);
  const columns = layout.captions.slice(wall.rows.length);
  if (headers.turned) turnedColumns(scene, columns, places.columns, headers, corner);
  else levelColumns(scene, columns, places.columns, headers, corner);
  rowNames(scene, rows, places.rows, corner);
  titles(scene, wall, corner);
  plates(scene, { rows, columns }, places, corner, pointed);
}

/** Tints the boxes where row and column have one name. */
function agreement({ context, accent }: Scene, wall: Wall, { columns, rows }: Places): void {
  const at = new Map(wall.columns.map((name, k) => [name, k]));
  context.save();
  context.fillStyle = accent;
  context.globalAlpha = 0.12;
  wall.rows.forEach((name, k) => {
    const column = columns[at.get(name) ?? -1];
    const row = rows[k];
    if (column && row) context.fillRect(column[0] - 2, row[0] - 2, column[1] - column[0] + 4, row[1] - row[0] + 4);
  });
  context.restore();
}

function rulers({ context, text }: Scene, { box, columns, rows }: Places): void {
  context.save();
  context.strokeStyle = text;
  context.globalAlpha = 0.16;
  context.lineWidth = 1;
  context.beginPath();
  for (const x of between(columns)) line(context, crisp(x), box.top, crisp(x), box.bottom);
  for (const y of between(rows)) line(context, box.left, crisp(y), box.right, crisp(y));
  context.stroke();
  context.restore();
}

function between(spans: readonly Span[]): number[] {
  return spans.slice(1).map(([start], k) => (start + (spans[k]?.[1] ?? start)) / 2);
}

const middleOf = ([from, to]: Span) => (from + to) / 2;

function levelColumns(
  scene: Scene,
  columns: readonly CaptionSent[],
  spans: readonly Span[],
  { level }: Headers,
  { right, bottom }: Rect,
): void {
  columns.forEach((caption, k) => {
    const wording = level[k];
    if (!wording) return;
    const span = spans[k] as Span;
    const half = wording.widthPx / 2;
    // One that is partly behind the names of rows is named over what is seen of it.
    const middle = Math.max(middleOf(span), right + half + HEADER_GAP_PX);
    if (middle + half > Math.max(span[1], middleOf(span) + half) || middle > scene.viewport.widthPx) return;
    const { count } = textsOf(caption);
    const first = bottom - HEADER_GAP_PX - (wording.rows - 0.5) * HEADER_LINE_PX;
    wording.lines.forEach((text, row) => {
      const tail = row === wording.lines.length - 1 && !wording.below ? count : "";
      named(scene, { name: text, count: tail }, middle, first + row * HEADER_LINE_PX, "center");
    });
    if (wording.below) named(scene, { name: "", count }, middle, bottom - HEADER_GAP_PX - HEADER_LINE_PX / 2, "center");
  });
}

/** Narrower than this two upright lines touch. */
const UPRIGHT_PX = 13;

function turnedColumns(
  scene: Scene,
  columns: readonly CaptionSent[],
  spans: readonly Span[],
  { beneath, topPx }: Headers,
  { right, bottom }: Rect,
): void {
  const inks = headerInks(scene.family);
  const middles = spans.map(middleOf);
  const shown = thinned(
    middles,
    columns.map(({ count }) => count ?? 0),
    UPRIGHT_PX,
  );
  const mostPx = topPx - 2 * HEADER_GAP_PX - (beneath ? HEADER_LINE_PX : 0);
  const foot = bottom - HEADER_GAP_PX - (beneath ? HEADER_LINE_PX : 0);
  columns.forEach((caption, k) => {
    const middle = middles[k] as number;
    if (!shown.has(k) || middle < right || middle > scene.viewport.widthPx) return;
    const { name, count } = textsOf(caption);
    if (beneath) {
      named(scene, { name: shortened(name, mostPx, inks.name), count: "" }, middle, foot, "left", true);
      named(scene, { name: "", count }, middle, bottom - HEADER_GAP_PX - HEADER_LINE_PX / 2 + 2, "center");
    } else {
      const text = cut(name, count, mostPx, inks)?.lines[0] ?? "";
      named(scene, { name: text, count }, middle, foot, "left", true);
    }
  });
}

/** Closer than this the names of two rows touch. */
const ROW_PX = 12;

function rowNames(scene: Scene, rows: readonly CaptionSent[], spans: readonly Span[], corner: Rect): void {
  const inks = headerInks(scene.family);
  const { right, bottom, left } = corner;
  const middles = spans.map(middleOf);
  const shown = thinned(
    middles,
    rows.map(({ count }) => count ?? 0),
    ROW_PX,
  );
  const mostPx = right - left - 2 * HEADER_GAP_PX;
  rows.forEach((caption, k) => {
    const middle = middles[k] as number;
    if (!shown.has(k) || middle < bottom + CLEAR_PX || middle > scene.viewport.heightPx) return;
    const [from, to] = spans[k] as Span;
    const { name, count } = textsOf(caption);
    const fits = wordings(name, count, inks).find(
      ({ widthPx, rows: lines }) => widthPx <= mostPx && (lines === 1 || lines * HEADER_LINE_PX <= to - from),
    );
    const wording = fits ?? cut(name, count, mostPx, inks);
    const x = right - HEADER_GAP_PX;
    if (!wording) {
      named(scene, { name: "", count }, x, middle, "right");
      return;
    }
    const first = middle - ((wording.rows - 1) / 2) * HEADER_LINE_PX;
    wording.lines.forEach((text, row) => {
      const tail = row === wording.lines.length - 1 && !wording.below ? count : "";
      named(scene, { name: text, count: tail }, x, first + row * HEADER_LINE_PX, "right");
    });
    if (wording.below) named(scene, { name: "", count }, x, first + (wording.rows - 1) * HEADER_LINE_PX, "right");
  });
}

function titles(scene: Scene, wall: Wall, { right, bottom, left }: Rect): void {
  const [down = "", along = ""] = wall.titles;
  const most = right - left - 2 * HEADER_GAP_PX;
  const measure = headerInks(scene.family).name;
  const text = (title: string, arrow: string) =>
    `${shortened(title, most - 18, measure) || title.slice(0, 3)} ${arrow}`;
  const x = right - HEADER_GAP_PX;
  write(scene, text(along, "→"), x, bottom - HEADER_GAP_PX - 1.5 * HEADER_LINE_PX, { align: "right", bold: true });
  write(scene, text(down, "↓"), x, bottom - HEADER_GAP_PX - 0.5 * HEADER_LINE_PX, { align: "right", bold: true });
}

const PLATE_PX = 18;

/** The names of the row and the column that are pointed at, whole, over whatever is there. */
function plates(
  scene: Scene,
  { rows, columns }: { rows: readonly CaptionSent[]; columns: readonly CaptionSent[] },
  places: Places,
  { right, bottom, left }: Rect,
  pointed: Pointed,
): void {
  const inks = headerInks(scene.family);
  const { widthPx, heightPx } = scene.viewport;
  const sizeOf = ({ name, count }: HeaderTexts) => inks.name(name) + (count ? inks.gapPx + inks.count(count) : 0);
  const plate = (texts: HeaderTexts, rightEnd: number, y: number) => {
    const wide = sizeOf(texts) + 2 * HEADER_GAP_PX;
    const x1 = Math.min(Math.max(rightEnd, left + wide), widthPx);
    const { context, accent, onAccent } = scene;
    context.fillStyle = accent;
    context.beginPath();
    context.roundRect(x1 - wide, y - PLATE_PX / 2, wide, PLATE_PX, 4);
    context.fill();
    named({ ...scene, text: onAccent }, texts, x1 - HEADER_GAP_PX, y, "right");
  };
  const row = rows[pointed.row];
  const rowSpan = places.rows[pointed.row];
  if (row && rowSpan) plate(textsOf(row), right, Math.min(Math.max(middleOf(rowSpan), bottom + 10), heightPx - 11));
  const column = columns[pointed.column];
  const columnSpan = places.columns[pointed.column];
  if (column && columnSpan) {
    const texts = textsOf(column);
    plate(texts, middleOf(columnSpan) + sizeOf(texts) / 2 + HEADER_GAP_PX, bottom - HEADER_GAP_PX - PLATE_PX / 2 + 3);
  }
}

/** A name with its count behind it, which is fainter. */
function named(
  scene: Scene,
  { name, count }: HeaderTexts,
  x: number,
  y: number,
  align: "left" | "center" | "right",
  turned = false,
): void {
  const inks = headerInks(scene.family);
  const namePx = name ? inks.name(name) : 0;
  const gapPx = name && count ? inks.gapPx : 0;
  const allPx = namePx + gapPx + (count ? inks.count(count) : 0);
  const start = align === "left" ? 0 : align === "center" ? -allPx / 2 : -allPx;
  if (name) write(scene, name, x, y, { align: "left", turned, from: start });
  if (count) write(scene, count, x, y, { align: "left", turned, from: start + namePx + gapPx, soft: true });
}
