/** What is drawn over the picture besides captions: coasts, axes and the headers of a wall. Numbers in px. */

import { dataToPx } from "../../geometry/camera";
import { ticksBetween } from "../../geometry/ticks";
import type { Axis, LayoutSent } from "../../protocol";
import { textPx } from "../common/measure";
import { AXIS_PX } from "./extent";
import { crisp, line, type Rect, type Scene, SIZE_PX, strip, write } from "./ink";
import { type Pointed, paintWall } from "./wall-paint";

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

export function paintOverlay(
  scene: Scene,
  layout: LayoutSent,
  paths: { outline: Path2D; overlay: Path2D },
  pointed: Pointed,
): void {
  const { context, viewport, ratio } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, viewport.widthPx, viewport.heightPx);
  if (layout.outline.length > 0) strokeData(scene, paths.outline, scene.text, 0.55, 1);
  if (layout.overlay.length > 0) strokeData(scene, paths.overlay, scene.accent, 0.95, 1.5);
  const { axes, frame, wall } = layout.extra;
  if (axes && frame) paintAxes(scene, axes, frame);
  if (wall) paintWall(scene, layout, wall, pointed);
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
  const { camera, viewport, leftPx, spritePx } = scene;
  // Images at the ends stand out over the frame by half: what is written there would lie under them.
  const [x0, y0] = dataToPx(camera, viewport, frame[0], frame[1]);
  const [x1, y1] = dataToPx(camera, viewport, frame[2], frame[3]);
  const [frameLeft, frameBottom] = [x0 - spritePx / 2, y0 + spritePx / 2];
  const [frameRight, frameTop] = [x1 + spritePx / 2, y1 - spritePx / 2];
  // Axes stand at the frame, and stay in sight at the border when that is beyond it.
  const bottom = Math.max(Math.min(frameBottom, viewport.heightPx - AXIS_PX.height), 0);
  const top = Math.max(frameTop, 0);
  const right = Math.min(frameRight, viewport.widthPx);
  if (bottom <= top) return;
  const yTicks = ticksIn(up, (px) => camera.y - (px - viewport.heightPx / 2) / camera.scale, bottom, top);
  const widest = Math.max(0, ...yTicks.map(({ text }) => textPx(text, `${SIZE_PX}px ${scene.family}`)));
  const left = Math.min(Math.max(frameLeft, leftPx + Math.max(AXIS_PX.width, widest + 12)), viewport.widthPx);
  if (right <= left) return;
  const xTicks = ticksIn(across, (px) => camera.x + (px - viewport.widthPx / 2) / camera.scale, left, right);
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
