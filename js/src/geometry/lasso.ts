/** Lasso and rectangle in canvas pixels: which centers lie inside. Pure functions. */

/** A closed polygon as `[x0, y0, x1, y1, ...]`; any simple or self-crossing shape, no convex hull is taken. */
export type Polygon = ArrayLike<number>;

export interface Rect {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** The rectangle between two opposite corners, whichever way it was drawn. */
export function rectBetween(xa: number, ya: number, xb: number, yb: number): Rect {
  return { x0: Math.min(xa, xb), y0: Math.min(ya, yb), x1: Math.max(xa, xb), y1: Math.max(ya, yb) };
}

/** The four corners as a polygon. */
export function rectPolygon(rect: Rect): number[] {
  return [rect.x0, rect.y0, rect.x1, rect.y0, rect.x1, rect.y1, rect.x0, rect.y1];
}

export function polygonBounds(polygon: Polygon): Rect {
  const rect = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (let i = 0; i + 1 < polygon.length; i += 2) {
    const x = polygon[i] as number;
    const y = polygon[i + 1] as number;
    rect.x0 = Math.min(rect.x0, x);
    rect.x1 = Math.max(rect.x1, x);
    rect.y0 = Math.min(rect.y0, y);
    rect.y1 = Math.max(rect.y1, y);
  }
  return rect;
}

/** Even-odd rule: a point in the hole of a lasso that crosses itself is outside, as the drawn line suggests. */
export function insidePolygon(polygon: Polygon, x: number, y: number): boolean {
  let inside = false;
  const last = polygon.length - 2;
  let xPrevious = polygon[last] as number;
  let yPrevious = polygon[last + 1] as number;
  for (let i = 0; i <= last; i += 2) {
    const xi = polygon[i] as number;
    const yi = polygon[i + 1] as number;
    if (yi > y !== yPrevious > y && x < ((xPrevious - xi) * (y - yi)) / (yPrevious - yi) + xi) inside = !inside;
    xPrevious = xi;
    yPrevious = yi;
  }
  return inside;
}

export function insideRect(rect: Rect, x: number, y: number): boolean {
  return x >= rect.x0 && x <= rect.x1 && y >= rect.y0 && y <= rect.y1;
}

/** Append a point unless it lies within `minStepPx` of the last one: a slow hand draws hundreds of equal points. */
export function extendPath(path: number[], xPx: number, yPx: number, minStepPx = 2): boolean {
  const dx = xPx - (path[path.length - 2] ?? Number.POSITIVE_INFINITY);
  const dy = yPx - (path[path.length - 1] ?? Number.POSITIVE_INFINITY);
  if (dx * dx + dy * dy < minStepPx * minStepPx) return false;
  path.push(xPx, yPx);
  return true;
}
