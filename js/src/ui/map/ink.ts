/** Lines, plates and words on the canvas over the picture. Numbers in px. */

import type { Camera, Viewport } from "../../geometry/camera";
import { shortened } from "../../geometry/wording";

export interface Scene {
  context: CanvasRenderingContext2D;
  camera: Camera;
  viewport: Viewport;
  /** Device pixels a px. */
  ratio: number;
  /** How much of the left is under a panel. */
  leftPx: number;
  /** Longest side of an image as it is seen. */
  spritePx: number;
  text: string;
  background: string;
  accent: string;
  /** What is written on that. */
  onAccent: string;
  /** As CSS names it. */
  family: string;
}

export interface Rect {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export const SIZE_PX = 12;

export function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
}

/** The middle of a px, where a line of 1 px is drawn sharp. */
export function crisp(px: number): number {
  return Math.floor(px) + 0.5;
}

export function strip(
  { context, background }: Scene,
  x: number,
  y: number,
  width: number,
  height: number,
  alpha = 0.86,
): void {
  context.save();
  context.globalAlpha = alpha;
  context.fillStyle = background;
  context.fillRect(x, y, width, height);
  context.restore();
}

export interface Writing {
  align: CanvasTextAlign;
  bold?: boolean;
  /** Upright on its end, read upwards. */
  turned?: boolean;
  halo?: boolean;
  /** Fainter than the rest. */
  soft?: boolean;
  /** So far along the line it begins. */
  from?: number;
  /** So long at most; what is longer ends in dots. */
  most?: number;
}

export function write(scene: Scene, text: string, x: number, y: number, how: Writing): void {
  const { context } = scene;
  context.save();
  context.font = `${how.bold ? "600 " : ""}${SIZE_PX}px ${scene.family}`;
  context.translate(x, y);
  if (how.turned) context.rotate(-Math.PI / 2);
  context.textAlign = how.align;
  context.textBaseline = "middle";
  const shown = how.most === undefined ? text : shortened(text, how.most, (words) => context.measureText(words).width);
  if (how.halo) {
    context.strokeStyle = scene.background;
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeText(shown, how.from ?? 0, 0);
  }
  context.fillStyle = scene.text;
  if (how.soft) context.globalAlpha = 0.72;
  context.fillText(shown, how.from ?? 0, 0);
  context.restore();
}
