import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  boundsOf,
  type Camera,
  dataToPx,
  fitBounds,
  flight,
  panBy,
  pxToData,
  type Viewport,
  visibleBounds,
  zoomAbout,
} from "../../src/geometry/camera";

const coordinate = fc.double({ min: -2, max: 2, noNaN: true });
const cameras: fc.Arbitrary<Camera> = fc.record({
  x: coordinate,
  y: coordinate,
  scale: fc.double({ min: 20, max: 2e5, noNaN: true }),
});
const viewports: fc.Arbitrary<Viewport> = fc.record({
  widthPx: fc.integer({ min: 50, max: 4000 }),
  heightPx: fc.integer({ min: 50, max: 4000 }),
});
const px = fc.double({ min: -500, max: 4500, noNaN: true });

describe("camera", () => {
  it("takes px to data and back", () => {
    fc.assert(
      fc.property(cameras, viewports, px, px, (camera, viewport, xPx, yPx) => {
        const [x, y] = dataToPx(camera, viewport, ...pxToData(camera, viewport, xPx, yPx));
        expect(x).toBeCloseTo(xPx, 5);
        expect(y).toBeCloseTo(yPx, 5);
      }),
    );
  });

  it("has y up in data and down in px", () => {
    const viewport = { widthPx: 200, heightPx: 100 };
    expect(dataToPx({ x: 0, y: 0, scale: 50 }, viewport, 0.5, 0.5)).toEqual([125, 25]);
  });

  it("keeps what is under the pointer there while zooming", () => {
    const factors = fc.double({ min: 0.1, max: 10, noNaN: true });
    fc.assert(
      fc.property(cameras, viewports, factors, px, px, (camera, viewport, factor, xPx, yPx) => {
        const [xData, yData] = pxToData(camera, viewport, xPx, yPx);
        const [x, y] = dataToPx(zoomAbout(camera, viewport, factor, xPx, yPx), viewport, xData, yData);
        expect(x).toBeCloseTo(xPx, 4);
        expect(y).toBeCloseTo(yPx, 4);
      }),
    );
  });

  it("moves the picture by what the hand moves", () => {
    fc.assert(
      fc.property(cameras, viewports, coordinate, coordinate, px, px, (camera, viewport, x, y, dx, dy) => {
        const before = dataToPx(camera, viewport, x, y);
        const after = dataToPx(panBy(camera, dx, dy), viewport, x, y);
        expect(after[0] - before[0]).toBeCloseTo(dx, 4);
        expect(after[1] - before[1]).toBeCloseTo(dy, 4);
      }),
    );
  });

  it("fits any bounds inside the padding, touching it on one side pair", () => {
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, coordinate, viewports, (xa, ya, xb, yb, viewport) => {
        fc.pre(Math.abs(xa - xb) > 1e-3 && Math.abs(ya - yb) > 1e-3);
        const bounds = { x0: Math.min(xa, xb), y0: Math.min(ya, yb), x1: Math.max(xa, xb), y1: Math.max(ya, yb) };
        const camera = fitBounds(bounds, viewport, 10);
        const [left, top] = dataToPx(camera, viewport, bounds.x0, bounds.y1);
        const [right, bottom] = dataToPx(camera, viewport, bounds.x1, bounds.y0);
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(10 - 1e-6);
        expect(Math.max(right - viewport.widthPx, bottom - viewport.heightPx)).toBeLessThanOrEqual(-10 + 1e-6);
        expect(Math.min(Math.abs(left - 10), Math.abs(top - 10))).toBeLessThan(1e-6);
      }),
    );
  });

  it("fits one point, and nothing at all, with a finite scale", () => {
    const viewport = { widthPx: 300, heightPx: 200 };
    for (const positions of [
      Float32Array.of(0.5, 0.25),
      Float32Array.of(Number.NaN, Number.NaN),
      new Float32Array(0),
    ]) {
      const camera = fitBounds(boundsOf(positions), viewport);
      expect(Number.isFinite(camera.x + camera.y + camera.scale)).toBe(true);
      expect(camera.scale).toBeGreaterThan(0);
    }
  });

  it("leaves unplaced rows out of the bounds", () => {
    const positions = Float32Array.of(0, 1, Number.NaN, Number.NaN, -0.5, 0.5);
    expect(boundsOf(positions)).toEqual({ x0: -0.5, y0: 0.5, x1: 0, y1: 1 });
    expect(boundsOf(positions, [0])).toEqual({ x0: 0, y0: 1, x1: 0, y1: 1 });
  });

  it("flies from the one to the other without ever losing both from sight", () => {
    const viewport = { widthPx: 1000, heightPx: 700 };
    fc.assert(
      fc.property(cameras, cameras, fc.double({ min: 0, max: 1, noNaN: true }), (from, to, t) => {
        const path = flight(from, to, viewport);
        expect(path(0)).toEqual(from);
        expect(path(1)).toEqual(to);
        const camera = path(t);
        expect(Number.isFinite(camera.x + camera.y)).toBe(true);
        expect(camera.scale).toBeGreaterThan(0);
        expect(camera.scale).toBeLessThanOrEqual(Math.max(from.scale, to.scale) * 1.0001);
        const along = (camera.x - from.x) * (to.x - from.x) + (camera.y - from.y) * (to.y - from.y);
        const distance = Math.hypot(to.x - from.x, to.y - from.y);
        expect(along).toBeGreaterThanOrEqual(-1e-6);
        expect(along).toBeLessThanOrEqual(distance * distance * 1.000001 + 1e-6);
      }),
    );
  });

  it("shows what the corners of the canvas show", () => {
    fc.assert(
      fc.property(cameras, viewports, (camera, viewport) => {
        const bounds = visibleBounds(camera, viewport);
        const [x0, y1] = pxToData(camera, viewport, 0, 0);
        const [x1, y0] = pxToData(camera, viewport, viewport.widthPx, viewport.heightPx);
        expect(bounds.x0).toBeCloseTo(x0, 9);
        expect(bounds.x1).toBeCloseTo(x1, 9);
        expect(bounds.y0).toBeCloseTo(y0, 9);
        expect(bounds.y1).toBeCloseTo(y1, 9);
      }),
    );
  });
});
