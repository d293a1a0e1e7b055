/** What is drawn over the picture besides captions: coasts, axes and the headers of a wall. Numbers in px. */

import { type Camera, dataToPx, type Viewport } from "../geometry/camera";
import { ticksBetween } from "../geometry/ticks";
import type { Axis, CaptionSent, LayoutSent, Wall } from "../protocol";
import { AXIS_PX, HEADER_PX } from "./extent";

export interface Scene {
  context: CanvasRenderingContext2D;
  camera: Camera;
  viewport: Viewport;
  /** Device pixels a px. */
  ratio: number;
  /** How much of the left is under a panel. */
  leftPx: number;
  text: string;
  background: string;
  accent: string;
  font: string;
}

const SIZE_PX = 12;
/** A header narrower than this is written upright, and one narrower than that not at all. */
const UPRIGHT_PX = 44;
const NARROWEST_PX = 11;
const TICK_EVERY_PX = 84;

/** Polylines of x, y, ... with NaN, NaN between two, as one path in data units. */
export function pathOf(lines: Float32Array): Path2D {
  const path = new Path2D();
  let pen = false;
  for (let k = 0; k + 1 < lines.length; k += 2) {
    const x = lines[k] as number;
    const y = lines[k + 1] as number;
    if (Number.isNaN(x)) pen = false;
    else if (pen) path.lineTo(x, y);
    else path.moveTo(x, y);
    if (!Number.isNaN(x)) pen = true;
  }
  return path;
}

export function isDrawnOver(layout: LayoutSent | null): boolean {
  if (!layout) return false;
  return Boolean(layout.extra.axes || layout.extra.wall || layout.outline.length > 0 || layout.overlay.length > 0);
}

export function paintOverlay(scene: Scene, layout: LayoutSent, paths: { outline: Path2D; overlay: Path2D }): void {
  const { context, viewport, ratio } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, viewport.widthPx, viewport.heightPx);
  context.font = scene.font;
  if (layout.outline.length > 0) strokeData(scene, paths.outline, scene.text, 0.55, 1);
  if (layout.overlay.length > 0) strokeData(scene, paths.overlay, scene.accent, 0.95, 1.5);
  const { axes, frame, wall } = layout.extra;
  if (axes && frame) paintAxes(scene, axes, frame);
  if (wall) paintWall(scene, wall, layout.captions);
}

function strokeData(
  { context, camera, viewport, ratio }: Scene,
  path: Path2D,
  color: string,
  alpha: number,
  px: number,
) {
  const k = camera.scale * ratio;
  const [x, y] = dataToPx(camera, viewport, 0, 0);
  context.save();
  context.setTransform(k, 0, 0, -k, x * ratio, y * ratio);
  context.lineWidth = px / camera.scale;
  context.lineJoin = "round";
  context.globalAlpha = alpha;
  context.strokeStyle = color;
  context.stroke(path);
  context.restore();
}

// --- axes ---

type Frame = readonly [number, number, number, number];

function paintAxes(scene: Scene, [across, up]: readonly [Axis, Axis], frame: Frame): void {
  const { camera, viewport, leftPx } = scene;
  const [frameLeft, frameBottom] = dataToPx(camera, viewport, frame[0], frame[1]);
  const [frameRight, frameTop] = dataToPx(camera, viewport, frame[2], frame[3]);
  // Axes stand at the frame, and stay in sight at the border when that is beyond it.
  const left = Math.min(Math.max(frameLeft, leftPx + AXIS_PX.width), viewport.widthPx);
  const bottom = Math.max(Math.min(frameBottom, viewport.heightPx - AXIS_PX.height), 0);
  const top = Math.max(frameTop, 0);
  const right = Math.min(frameRight, viewport.widthPx);
  if (right <= left || bottom <= top) return;
  const xTicks = ticksIn(across, (px) => camera.x + (px - viewport.widthPx / 2) / camera.scale, left, right);
  const yTicks = ticksIn(up, (px) => camera.y - (px - viewport.heightPx / 2) / camera.scale, bottom, top);
  const xs = xTicks.map(({ at, text }) => ({ px: dataToPx(camera, viewport, at, 0)[0], text }));
  const ys = yTicks.map(({ at, text }) => ({ px: dataToPx(camera, viewport, 0, at)[1], text }));
  gridLines(scene, { left, right, top, bottom }, xs, ys);
  if (frameBottom > bottom) strip(scene, leftPx, bottom, viewport.widthPx - leftPx, viewport.heightPx - bottom);
  if (frameLeft < left) strip(scene, leftPx, top, left - leftPx, bottom - top);
  for (const { px, text } of xs) write(scene, text, px, bottom + 10, { align: "center" });
  for (const { px, text } of ys) write(scene, text, left - 6, px, { align: "right" });
  write(scene, across.name, (left + right) / 2, bottom + 26, { align: "center", bold: true, most: right - left });
  // Over the axis rather than along it: upright text reads badly, and needs more room.
  const high = top >= 24 ? top - 12 : top + 14;
  write(scene, up.name, left, high, { align: "left", bold: true, most: right - left, halo: true });
}

function ticksIn(
  axis: Axis,
  toData: (px: number) => number,
  fromPx: number,
  toPx: number,
): { at: number; text: string }[] {
  const unit = (axis.high - axis.low) / (axis.end - axis.start);
  if (!Number.isFinite(unit) || unit === 0) return axis.ticks.map(([at, text]) => ({ at, text }));
  const value = (data: number) => axis.low + (data - axis.start) * unit;
  const low = Math.max(axis.low, value(toData(fromPx)));
  const high = Math.min(axis.high, value(toData(toPx)));
  const most = Math.max(2, Math.floor(Math.abs(toPx - fromPx) / TICK_EVERY_PX));
  return ticksBetween(low, high, most).map((tick) => ({
    at: axis.start + (tick.value - axis.low) / unit,
    text: tick.text,
  }));
}

interface Rect {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function gridLines(scene: Scene, { left, right, top, bottom }: Rect, xs: { px: number }[], ys: { px: number }[]): void {
  const { context } = scene;
  context.save();
  context.strokeStyle = scene.text;
  context.lineWidth = 1;
  context.globalAlpha = 0.13;
  context.beginPath();
  for (const { px } of xs) line(context, crisp(px), top, crisp(px), bottom);
  for (const { px } of ys) line(context, left, crisp(px), right, crisp(px));
  context.stroke();
  context.globalAlpha = 0.5;
  context.beginPath();
  line(context, left, crisp(bottom), right, crisp(bottom));
  line(context, crisp(left), top, crisp(left), bottom);
  context.stroke();
  context.restore();
}

// --- a wall ---

function paintWall(scene: Scene, wall: Wall, captions: readonly CaptionSent[]): void {
  const { camera, viewport } = scene;
  const columns = wall.x.map(
    ([x0, x1]) => [x0, x1].map((x) => dataToPx(camera, viewport, x, 0)[0]) as [number, number],
  );
  const rows = wall.y.map(([y0, y1]) => [y1, y0].map((y) => dataToPx(camera, viewport, 0, y)[1]) as [number, number]);
  const first = columns[0];
  const last = columns[columns.length - 1];
  const upper = rows[0];
  const lower = rows[rows.length - 1];
  if (!first || !last || !upper || !lower) return;
  const box = { left: first[0], right: last[1], top: upper[0], bottom: lower[1] };
  agreement(scene, wall, columns, rows);
  rulers(scene, box, columns, rows);
  const narrow = Math.min(...columns.map(([x0, x1]) => x1 - x0)) < UPRIGHT_PX;
  headers(scene, wall, captions, { box, columns, rows, height: narrow ? HEADER_PX.tall : HEADER_PX.height });
}

/** Tints the boxes where row and column have one name. */
function agreement(scene: Scene, wall: Wall, columns: [number, number][], rows: [number, number][]): void {
  const { context } = scene;
  const at = new Map(wall.columns.map((name, k) => [name, k]));
  context.save();
  context.fillStyle = scene.accent;
  context.globalAlpha = 0.12;
  wall.rows.forEach((name, k) => {
    const column = columns[at.get(name) ?? -1];
    const row = rows[k];
    if (column && row) context.fillRect(column[0] - 2, row[0] - 2, column[1] - column[0] + 4, row[1] - row[0] + 4);
  });
  context.restore();
}

function rulers(scene: Scene, box: Rect, columns: [number, number][], rows: [number, number][]): void {
  const { context } = scene;
  context.save();
  context.strokeStyle = scene.text;
  context.globalAlpha = 0.16;
  context.lineWidth = 1;
  context.beginPath();
  for (const x of between(columns)) line(context, crisp(x), box.top, crisp(x), box.bottom);
  for (const y of between(rows)) line(context, box.left, crisp(y), box.right, crisp(y));
  context.stroke();
  context.restore();
}

function between(spans: readonly [number, number][]): number[] {
  return spans.slice(1).map(([start], k) => (start + (spans[k]?.[1] ?? start)) / 2);
}

interface Headers {
  box: Rect;
  columns: [number, number][];
  rows: [number, number][];
  height: number;
}

/** Names along the top and the left side; those of a wall that runs out of sight stay at its border. */
function headers(
  scene: Scene,
  wall: Wall,
  captions: readonly CaptionSent[],
  { box, columns, rows, height }: Headers,
): void {
  const { viewport, leftPx } = scene;
  const bottom = Math.max(box.top, height);
  const right = Math.max(box.left - 4, leftPx + HEADER_PX.width);
  if (box.top < height) strip(scene, leftPx, 0, viewport.widthPx - leftPx, height);
  if (box.left - 4 < right) strip(scene, leftPx, bottom, right - leftPx, viewport.heightPx - bottom);
  columns.forEach(([x0, x1], k) => {
    const caption = captions[wall.rows.length + k];
    const middle = (x0 + x1) / 2;
    if (!caption || x1 - x0 < NARROWEST_PX || middle < right || middle > viewport.widthPx) return;
    const upright = height === HEADER_PX.tall; // all or none: a mixture is hard to read along
    const most = upright ? height - 8 : x1 - x0;
    if (upright) write(scene, titled(caption), middle, bottom - 6, { align: "left", turned: true, most });
    else write(scene, titled(caption), middle, bottom - 11, { align: "center", most });
  });
  rows.forEach(([y0, y1], k) => {
    const caption = captions[k];
    const middle = (y0 + y1) / 2;
    if (!caption || y1 - y0 < NARROWEST_PX || middle < bottom || middle > viewport.heightPx) return;
    write(scene, titled(caption), right - 6, middle, { align: "right", most: right - leftPx - 10 });
  });
  const [down = "", along = ""] = wall.titles;
  const corner = { align: "right", most: right - leftPx - 10, bold: true } as const;
  if (height === HEADER_PX.tall) write(scene, `${along} →`, right - 6, bottom - 28, corner);
  write(scene, height === HEADER_PX.tall ? `${down} ↓` : `${down} ↓ ${along} →`, right - 6, bottom - 11, corner);
}

function titled({ text, count }: CaptionSent): string {
  return count === null ? text : `${text} ${count.toLocaleString()}`;
}

// --- ink ---

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
}

/** The middle of a px, where a line of 1 px is drawn sharp. */
function crisp(px: number): number {
  return Math.floor(px) + 0.5;
}

function strip({ context, background }: Scene, x: number, y: number, width: number, height: number): void {
  context.save();
  context.globalAlpha = 0.86;
  context.fillStyle = background;
  context.fillRect(x, y, width, height);
  context.restore();
}

interface Writing {
  align: CanvasTextAlign;
  bold?: boolean;
  turned?: boolean;
  halo?: boolean;
  /** So long at most; what is longer ends in dots. */
  most?: number;
}

function write(scene: Scene, text: string, x: number, y: number, how: Writing): void {
  const { context } = scene;
  context.save();
  if (how.bold) context.font = `600 ${scene.font}`;
  context.translate(x, y);
  if (how.turned) context.rotate(-Math.PI / 2);
  context.textAlign = how.align;
  context.textBaseline = "middle";
  const shown = how.most === undefined ? text : shortened(context, text, how.most);
  if (how.halo) {
    context.strokeStyle = scene.background;
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeText(shown, 0, 0);
  }
  context.fillStyle = scene.text;
  context.fillText(shown, 0, 0);
  context.restore();
}

function shortened(context: CanvasRenderingContext2D, text: string, most: number): string {
  const width = context.measureText(text).width;
  if (width <= most) return text;
  const letters = Math.floor((text.length * most) / width) - 1;
  return letters > 0 ? `${text.slice(0, letters)}…` : "";
}

export function fontOf(style: CSSStyleDeclaration): string {
  return `${SIZE_PX}px ${style.fontFamily}`;
}
