import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gatherings, leavesSome } from "../../src/geometry/gatherings";

/** Points of a group round a place, and as many of another everywhere. */
function scene(x: number, y: number, n: number): { xy: Float32Array; codes: Int32Array } {
  const xy: number[] = [];
  const codes: number[] = [];
  for (let k = 0; k < n; k += 1) {
    xy.push(x + 0.02 * Math.cos(k), y + 0.02 * Math.sin(k));
    codes.push(0);
    xy.push(((k * 0.618) % 1) * 2 - 1, ((k * 0.755) % 1) * 2 - 1);
    codes.push(1);
  }
  return { xy: Float32Array.from(xy), codes: Int32Array.from(codes) };
}

describe("gatherings", () => {
  test("a crowd is found where it stands, a scattered group nowhere", () => {
    const place = fc.double({ min: -0.9, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(place, place, (x, y) => {
        const { xy, codes } = scene(x, y, 200);
        const found = gatherings(xy, codes, 2);
        expect(found.map(({ code }) => code)).toEqual([0]);
        expect(found[0]?.xData).toBeCloseTo(x, 1);
        expect(found[0]?.yData).toBeCloseTo(y, 1);
        expect(found[0]?.count).toBe(200);
      }),
    );
  });

  test("rows without a place or a group are nobody's", () => {
    const xy = Float32Array.of(0, 0, 0, 0.01, 0.01, 0, Number.NaN, 0, 1, 1);
    expect(gatherings(xy, Int32Array.of(0, 0, 0, 0, -1), 1)).toMatchObject([{ code: 0, count: 3 }]);
    expect(gatherings(Float32Array.of(Number.NaN, Number.NaN), Int32Array.of(0), 1)).toEqual([]);
    expect(gatherings(new Float32Array(0), new Int32Array(0), 0)).toEqual([]);
  });
});

test("captions of boxes name all images, that of what stands apart leaves some", () => {
  const counts = (...all: (number | null)[]) => all.map((count) => ({ count }));
  expect(leavesSome(counts(4, 6), 10)).toBe(false);
  expect(leavesSome(counts(1), 10)).toBe(true);
  expect(leavesSome([], 10)).toBe(true);
  expect(leavesSome(counts(null, 3), 10)).toBe(false); // a layout of the user's own, which says what it wants to
});
