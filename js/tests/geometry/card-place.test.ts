import fc from "fast-check";
import { expect, it } from "vitest";
import { placeCard } from "../../src/geometry/card-place";

const GAP = 14;

it("stands inside of what is free and not under the pointer, wherever that is, if it has room on any side", () => {
  fc.assert(
    fc.property(
      fc.tuple(fc.integer({ min: 60, max: 300 }), fc.integer({ min: 40, max: 300 })),
      fc.tuple(fc.integer({ min: 300, max: 1600 }), fc.integer({ min: 300, max: 900 })),
      fc.tuple(fc.integer({ min: 0, max: 270 }), fc.integer({ min: 0, max: 290 })),
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      ([width, height], [viewWidth, viewHeight], [leftPx, rightPx], [u, v]) => {
        const free = { x0: leftPx, y0: 4, x1: viewWidth - rightPx, y1: viewHeight - 4 };
        const [x, y] = [free.x0 + u * (free.x1 - free.x0), free.y0 + v * (free.y1 - free.y0)];
        fc.pre(free.x1 - free.x0 >= width && free.y1 - free.y0 >= height);
        const [left, top] = placeCard([x, y], [width, height], free, GAP);
        expect(left).toBeGreaterThanOrEqual(free.x0);
        expect(left + width).toBeLessThanOrEqual(free.x1 + 1e-6);
        expect(top).toBeGreaterThanOrEqual(free.y0);
        expect(top + height).toBeLessThanOrEqual(free.y1 + 1e-6);
        const room = Math.max(Math.max(x - free.x0, free.x1 - x) - width, Math.max(y - free.y0, free.y1 - y) - height);
        const covers = x > left && x < left + width && y > top && y < top + height;
        if (room >= GAP) expect(covers).toBe(false);
      },
    ),
  );
});

it("stands on the right, and lower, where nothing is in the way", () => {
  const free = { x0: 0, y0: 0, x1: 1000, y1: 600 };
  expect(placeCard([400, 100], [172, 235], free, GAP)).toEqual([414, 114]);
  expect(placeCard([900, 590], [172, 235], free, GAP)).toEqual([714, 365]);
});
