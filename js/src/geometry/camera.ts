/**
 * The camera: where the canvas looks in data space. Pure functions; the unit of a number is in its name.
 *
 * Data space has x to the right and y up; canvas pixels are CSS px from the top left corner, y down.
 */

export interface Camera {
  /** Data coordinates of the canvas center. */
  x: number;
  y: number;
  /** CSS px per data unit, the same for x and y. */
  scale: number;
}

/** Size of the canvas in CSS px. */
export interface Viewport {
  widthPx: number;
  heightPx: number;
}

/** An axis-parallel rectangle in data units; empty when `x1 < x0`. */
export interface Bounds {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** A point as `[x, y]`; the name of the variable says in which unit. */
export type Point = readonly [number, number];

export function dataToPx(camera: Camera, viewport: Viewport, xData: number, yData: number): Point {
  return [
    viewport.widthPx / 2 + (xData - camera.x) * camera.scale,
    viewport.heightPx / 2 - (yData - camera.y) * camera.scale,
  ];
}

export function pxToData(camera: Camera, viewport: Viewport, xPx: number, yPx: number): Point {
  return [
    camera.x + (xPx - viewport.widthPx / 2) / camera.scale,
    camera.y - (yPx - viewport.heightPx / 2) / camera.scale,
  ];
}

/** The data rectangle that the canvas shows. */
export function visibleBounds(camera: Camera, viewport: Viewport): Bounds {
  const halfWidth = viewport.widthPx / 2 / camera.scale;
  const halfHeight = viewport.heightPx / 2 / camera.scale;
  return { x0: camera.x - halfWidth, y0: camera.y - halfHeight, x1: camera.x + halfWidth, y1: camera.y + halfHeight };
}

/** Move the picture by a pixel offset, as a drag does. */
export function panBy(camera: Camera, dxPx: number, dyPx: number): Camera {
  return { x: camera.x - dxPx / camera.scale, y: camera.y + dyPx / camera.scale, scale: camera.scale };
}

/** Scale by `factor` so that the data under `(xPx, yPx)` stays where it is. */
export function zoomAbout(camera: Camera, viewport: Viewport, factor: number, xPx: number, yPx: number): Camera {
  const [xData, yData] = pxToData(camera, viewport, xPx, yPx);
  const scale = camera.scale * factor;
  return {
    x: xData - (xPx - viewport.widthPx / 2) / scale,
    y: yData + (yPx - viewport.heightPx / 2) / scale,
    scale,
  };
}

/**
 * The camera that shows all of `bounds` with `paddingPx` free on every side.
 *
 * @param maxScale CSS px per data unit that is never exceeded: keeps a single point from being infinitely enlarged.
 */
export function fitBounds(
  bounds: Bounds,
  viewport: Viewport,
  paddingPx = 24,
  maxScale = Number.POSITIVE_INFINITY,
): Camera {
  if (!(bounds.x1 >= bounds.x0 && bounds.y1 >= bounds.y0)) return fitBounds(UNIT_SQUARE, viewport, paddingPx, maxScale);
  const freeWidthPx = Math.max(1, viewport.widthPx - 2 * paddingPx);
  const freeHeightPx = Math.max(1, viewport.heightPx - 2 * paddingPx);
  const scale = Math.min(freeWidthPx / (bounds.x1 - bounds.x0), freeHeightPx / (bounds.y1 - bounds.y0), maxScale);
  return {
    x: (bounds.x0 + bounds.x1) / 2,
    y: (bounds.y0 + bounds.y1) / 2,
    // A point has no extent: show it as a data square of side 2 would be shown.
    scale: Number.isFinite(scale) ? scale : Math.min(freeWidthPx, freeHeightPx) / 2,
  };
}

const UNIT_SQUARE: Bounds = { x0: -1, y0: -1, x1: 1, y1: 1 };
export const EMPTY_BOUNDS: Bounds = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };

/**
 * Bounds of the placed rows, in data units.
 *
 * @param positions float32 (n, 2), NaN = not placed.
 * @param rows the rows to enclose; all when left out.
 */
export function boundsOf(positions: Float32Array, rows?: ArrayLike<number>): Bounds {
  const bounds = { ...EMPTY_BOUNDS };
  const count = rows ? rows.length : positions.length / 2;
  for (let i = 0; i < count; i++) {
    const row = rows ? (rows[i] as number) : i;
    const x = positions[2 * row] as number;
    const y = positions[2 * row + 1] as number;
    if (Number.isNaN(x + y)) continue;
    if (x < bounds.x0) bounds.x0 = x;
    if (x > bounds.x1) bounds.x1 = x;
    if (y < bounds.y0) bounds.y0 = y;
    if (y > bounds.y1) bounds.y1 = y;
  }
  return bounds;
}

/** `bounds` with `margin` (data units) more on every side. */
export function grow(bounds: Bounds, margin: number): Bounds {
  return { x0: bounds.x0 - margin, y0: bounds.y0 - margin, x1: bounds.x1 + margin, y1: bounds.y1 + margin };
}

export function containsBounds(outer: Bounds, inner: Bounds): boolean {
  return outer.x0 <= inner.x0 && outer.y0 <= inner.y0 && outer.x1 >= inner.x1 && outer.y1 >= inner.y1;
}

export function area(bounds: Bounds): number {
  return Math.max(0, bounds.x1 - bounds.x0) * Math.max(0, bounds.y1 - bounds.y0);
}

export function sameCamera(a: Camera, b: Camera): boolean {
  return a.x === b.x && a.y === b.y && a.scale === b.scale;
}

/** Whether two cameras show the same to the eye: within a px everywhere. */
export function alikeOnScreen(a: Camera, b: Camera, { widthPx, heightPx }: Viewport): boolean {
  const offPx = Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y)) * b.scale;
  return offPx + (Math.abs(a.scale / b.scale - 1) * Math.max(widthPx, heightPx)) / 2 < 1;
}

/**
 * The smooth way from one camera to another: out, across and in again, as van Wijk and Nuij derive it
 * ("Smooth and efficient zooming and panning", IEEE InfoVis 2003), so that on screen nothing rushes.
 *
 * @returns the camera at `t` in 0..1; exactly `from` at 0 and `to` at 1.
 */
export function flight(from: Camera, to: Camera, viewport: Viewport): (t: number) => Camera {
  const widthOf = (camera: Camera): number => viewport.widthPx / camera.scale;
  const w0 = widthOf(from);
  const w1 = widthOf(to);
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const distance = Math.hypot(dx, dy);
  const at = (t: number, share: number, width: number): Camera => {
    if (t <= 0) return from;
    if (t >= 1) return to;
    return { x: from.x + share * dx, y: from.y + share * dy, scale: viewport.widthPx / width };
  };
  // Nearly the same place: only the zoom is left, and the general formula would divide by the distance.
  if (distance < 1e-6 * Math.min(w0, w1)) return (t) => at(t, t, w0 * (w1 / w0) ** t);
  const rho2 = 2;
  const rho = Math.SQRT2;
  const b = (w: number, sign: number): number =>
    (w1 * w1 - w0 * w0 + sign * rho2 * rho2 * distance * distance) / (2 * w * rho2 * distance);
  const r = (value: number): number => -Math.asinh(value);
  const r0 = r(b(w0, 1));
  const length = (r(b(w1, -1)) - r0) / rho;
  return (t) => {
    const s = t * length;
    const share = ((w0 / rho2) * (Math.cosh(r0) * Math.tanh(rho * s + r0) - Math.sinh(r0))) / distance;
    return at(t, share, (w0 * Math.cosh(r0)) / Math.cosh(rho * s + r0));
  };
}
