/** Which sprite is under the pointer, and which lie in a lasso: the same geometry that the shaders draw. */
import { type Bounds, type Camera, dataToPx, grow, pxToData, type Viewport } from "../geometry/camera";
import { insidePolygon, insideRect, type Polygon, polygonBounds, type Rect } from "../geometry/lasso";
import { visitCells } from "../geometry/spatial-index";
import { FILTERED_BAND, type Scene } from "./scene";
import { FILTERED_OUT } from "./types";

/** Sprites smaller than this are hard to hit: the nearest center within reach is taken. CSS px. */
const SMALL_PX = 8;
const REACH_PX = 4;

/** How the sprites are shown, as far as it matters for touching them. */
export interface PickView {
  camera: Camera;
  viewport: Viewport;
  /** Longest side of a sprite in CSS px, as drawn. */
  sizePx: number;
  /** Drawn as discs of diameter `sizePx` instead of pictures. */
  discs: boolean;
  /** Factor by which a hovered sprite is larger. */
  hoverScale: number;
  hideFiltered: boolean;
}

/** Row of the sprite drawn on top at a canvas position, -1 where there is none. */
export function pickRow(scene: Scene, view: PickView, xPx: number, yPx: number): number {
  for (const row of scene.hovered) {
    if (covers(scene, view, row, xPx, yPx, view.hoverScale)) return row;
  }
  const reachPx = Math.max(view.sizePx / 2, view.sizePx < SMALL_PX ? REACH_PX : 0);
  const reach = reachPx / view.camera.scale;
  const [xData, yData] = pxToData(view.camera, view.viewport, xPx, yPx);
  const around = grow({ x0: xData, y0: yData, x1: xData, y1: yData }, reach);
  let top = -1;
  let nearest = -1;
  let nearestPx = REACH_PX;
  visitNear(scene, around, (rank, row) => {
    if (view.hideFiltered && scene.bands[row] === FILTERED_BAND) return;
    if ((top < 0 || scene.above(rank, top)) && covers(scene, view, row, xPx, yPx, 1)) top = rank;
    if (view.sizePx >= SMALL_PX) return;
    const distancePx = Math.hypot(scene.xOf(row) - xData, scene.yOf(row) - yData) * view.camera.scale;
    if (distancePx < nearestPx) {
      nearestPx = distancePx;
      nearest = rank;
    }
  });
  const rank = top >= 0 ? top : nearest;
  return rank < 0 ? -1 : (scene.order[rank] as number);
}

/** Rows whose center lies inside, ascending; rows that the filter leaves out are not among them. */
export function rowsInside(scene: Scene, camera: Camera, viewport: Viewport, shape: Polygon | Rect): Int32Array {
  const rect = isRect(shape) ? shape : polygonBounds(shape);
  if (!(rect.x1 >= rect.x0)) return new Int32Array(0);
  const [x0, y1] = pxToData(camera, viewport, rect.x0, rect.y0);
  const [x1, y0] = pxToData(camera, viewport, rect.x1, rect.y1);
  const rows: number[] = [];
  visitNear(scene, { x0, y0, x1, y1 }, (_rank, row) => {
    if ((scene.states[row] as number) & FILTERED_OUT) return;
    const [xPx, yPx] = dataToPx(camera, viewport, scene.xOf(row), scene.yOf(row));
    if (isRect(shape) ? insideRect(shape, xPx, yPx) : insidePolygon(shape, xPx, yPx)) rows.push(row);
  });
  return Int32Array.from(rows).sort();
}

function isRect(shape: Polygon | Rect): shape is Rect {
  return "x0" in shape;
}

/** Is the pixel on the sprite itself: inside its picture, not merely inside its square? */
function covers(scene: Scene, view: PickView, row: number, xPx: number, yPx: number, factor: number): boolean {
  const [xCenterPx, yCenterPx] = dataToPx(view.camera, view.viewport, scene.xOf(row), scene.yOf(row));
  const dx = Math.abs(xPx - xCenterPx);
  const dy = Math.abs(yPx - yCenterPx);
  const half = (view.sizePx * factor) / 2;
  if (view.discs) return dx * dx + dy * dy <= half * half;
  return (
    dx <= (half * (scene.shapes[2 * row] as number)) / 255 && dy <= (half * (scene.shapes[2 * row + 1] as number)) / 255
  );
}

/** Visit the placed sprites whose center lies in `bounds`, and possibly some around it. */
function visitNear(scene: Scene, bounds: Bounds, visit: (rank: number, row: number) => void): void {
  const { index, order } = scene;
  if (index && !scene.from) {
    visitCells(index, bounds, (start, end) => {
      for (let at = start; at < end; at++) {
        const rank = index.ranks[at] as number;
        visit(rank, order[rank] as number);
      }
    });
    return;
  }
  for (let rank = 0; rank < scene.n; rank++) {
    const row = order[rank] as number;
    const x = scene.xOf(row);
    const y = scene.yOf(row);
    if (x >= bounds.x0 && x <= bounds.x1 && y >= bounds.y0 && y <= bounds.y1) visit(rank, row);
  }
}
