import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hilbertDistance, hilbertOrder } from "../../src/geometry/hilbert";
import { spriteSizeFor } from "../../src/geometry/sprite-size";

const points = fc.array(
  fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })),
  {
    minLength: 1,
    maxLength: 200,
  },
);
const flat = (xy: [number, number][]) => Float32Array.from(xy.flat());

/** What export/image.py gives for the same positions, where nothing is enlarged for a screen; checked there too. */
const SAME_IN_BOTH: { what: string; xy: (number | null)[][]; cell: number | null; size: number }[] = JSON.parse(
  readFileSync(new URL("sprite-sizes.json", import.meta.url), "utf-8"),
);

test.each(SAME_IN_BOTH)("$what: as in an image file", ({ xy, cell, size }) => {
  const positions = Float32Array.from(xy.flat(), (value) => value ?? Number.NaN);
  expect(spriteSizeFor(positions, cell, 1e6)).toBeCloseTo(size, 6);
});

test("a grid's sprites touch", () => {
  expect(spriteSizeFor(Float32Array.of(0, 0, 0.1, 0), 0.1, 370)).toBe(0.1);
});

test("the size is finite and never larger than a tenth of the picture or so", () => {
  fc.assert(
    fc.property(points, (xy) => {
      const size = spriteSizeFor(flat(xy), null, 370);
      expect(size).toBeGreaterThan(0);
      expect(size).toBeLessThanOrEqual(0.22);
    }),
  );
  expect(spriteSizeFor(Float32Array.of(Number.NaN, Number.NaN), null, 370)).toBeGreaterThan(0);
});

test("in a full square the sprites' area is about the square's", () => {
  const side = 40;
  const xy = Array.from({ length: side * side }, (_, i): [number, number] => [
    ((i % side) + 0.5) / (side / 2) - 1,
    (Math.floor(i / side) + 0.5) / (side / 2) - 1,
  ]);
  // Large enough to be told, and too small to be told whatever is done.
  for (const scale of [1000, 50]) expect(spriteSizeFor(flat(xy), null, scale)).toBeCloseTo(0.95 * (2 / side), 3);
  // 9.5 px, which is little: larger than there is room for.
  expect(spriteSizeFor(flat(xy), null, 200)).toBeCloseTo(1.6 * 0.95 * (2 / side), 3);
});

test("a larger screen shows no sprite smaller", () => {
  const scales = fc.double({ min: 50, max: 4000, noNaN: true });
  fc.assert(
    fc.property(points, scales, scales, (xy, a, b) => {
      const [small, large] = [Math.min(a, b), Math.max(a, b)];
      const px = (scale: number): number => scale * spriteSizeFor(flat(xy), null, scale);
      expect(px(large)).toBeGreaterThanOrEqual(px(small) - 1e-6);
    }),
  );
});

test("the curve's order holds every row once, unplaced ones last", () => {
  fc.assert(
    fc.property(points, (xy) => {
      const withHole = [...xy, [Number.NaN, 0] as [number, number]];
      const order = hilbertOrder(flat(withHole));
      expect([...order].sort((a, b) => a - b)).toEqual(withHole.map((_, row) => row));
      expect(order.at(-1)).toBe(xy.length);
    }),
  );
});

test("one step along the curve is one cell", () => {
  const order: [number, number][] = [];
  for (let x = 0; x < 16; x += 1) for (let y = 0; y < 16; y += 1) order.push([x, y]);
  order.sort((a, b) => hilbertDistance(...a) - hilbertDistance(...b));
  for (let i = 1; i < order.length; i += 1) {
    const [a, b] = [order[i - 1], order[i]] as [[number, number], [number, number]];
    expect(Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1])).toBe(1);
  }
});
