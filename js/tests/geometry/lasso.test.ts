import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  extendPath,
  insidePolygon,
  insideRect,
  polygonBounds,
  rectBetween,
  rectPolygon,
} from "../../src/geometry/lasso";

const coordinate = fc.double({ min: -1000, max: 1000, noNaN: true });

/** Distance of a point from a segment. */
function distanceTo(x: number, y: number, [xa, ya, xb, yb]: readonly [number, number, number, number]): number {
  const [dx, dy] = [xb - xa, yb - ya];
  const t = Math.max(0, Math.min(1, ((x - xa) * dx + (y - ya) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - xa - t * dx, y - ya - t * dy);
}

/** Even-odd by the angle the polygon turns about the point: another way to the same answer. */
function windings(polygon: number[], x: number, y: number): number {
  let turned = 0;
  for (let i = 0; i < polygon.length; i += 2) {
    const j = (i + 2) % polygon.length;
    const [xa, ya, xb, yb] = [polygon[i], polygon[i + 1], polygon[j], polygon[j + 1]] as [
      number,
      number,
      number,
      number,
    ];
    const [ax, ay, bx, by] = [xa - x, ya - y, xb - x, yb - y];
    turned += Math.atan2(ax * by - ay * bx, ax * bx + ay * by);
  }
  return Math.round(turned / (2 * Math.PI));
}

describe("lasso", () => {
  it("agrees with counting turns for any polygon, convex or not, crossing itself or not", () => {
    const polygons = fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(polygons, coordinate, coordinate, (corners, x, y) => {
        const polygon = corners.flat();
        const sides = corners.map((corner, i) => [
          ...corner,
          ...(corners[(i + 1) % corners.length] as [number, number]),
        ]);
        // On the line itself either answer is right.
        fc.pre(sides.every((side) => distanceTo(x, y, side as unknown as [number, number, number, number]) > 1e-3));
        expect(insidePolygon(polygon, x, y)).toBe(Math.abs(windings(polygon, x, y)) % 2 === 1);
      }),
      { numRuns: 500 },
    );
  });

  it("takes no convex hull: the bay of a U is outside", () => {
    const u = [0, 0, 0, 10, 3, 10, 3, 3, 7, 3, 7, 10, 10, 10, 10, 0];
    expect(insidePolygon(u, 5, 6)).toBe(false);
    expect(insidePolygon(u, 5, 1)).toBe(true);
    expect(insidePolygon(u, 1, 8)).toBe(true);
  });

  it("is nothing with fewer than three corners", () => {
    expect(insidePolygon([], 0, 0)).toBe(false);
    expect(insidePolygon([0, 0, 1, 1], 0.5, 0.5)).toBe(false);
  });

  it("treats a rectangle as the polygon of its corners", () => {
    const whole = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(whole, whole, whole, whole, whole, whole, (xa, ya, xb, yb, x, y) => {
        const rect = rectBetween(xa, ya, xb, yb);
        // Between whole numbers, never on an edge.
        expect(insidePolygon(rectPolygon(rect), x + 0.5, y + 0.5)).toBe(insideRect(rect, x + 0.5, y + 0.5));
        expect(polygonBounds(rectPolygon(rect))).toEqual(rect);
      }),
    );
  });

  it("does not pile up points where the hand rests", () => {
    const path = [0, 0];
    expect(extendPath(path, 1, 1)).toBe(false);
    expect(extendPath(path, 2, 0)).toBe(true);
    expect(path).toEqual([0, 0, 2, 0]);
  });
});
