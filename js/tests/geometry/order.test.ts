import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fairOrder, ranksOf } from "../../src/geometry/order";

describe("fair order", () => {
  it("is a permutation, the same every time, and ranks are its inverse", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), (n) => {
        const order = fairOrder(n);
        expect(new Set(order).size).toBe(n);
        expect(order.every((row) => row < n)).toBe(true);
        expect(fairOrder(n)).toEqual(order);
        const ranks = ranksOf(order);
        expect(ranks.every((rank, row) => order[rank] === row)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("has fair prefixes: any stretch of rows is drawn in its share of the sprites", () => {
    const n = 100_000;
    const order = fairOrder(n);
    const shares = fc.double({ min: 0.01, max: 0.9, noNaN: true });
    const starts = fc.double({ min: 0, max: 0.95, noNaN: true });
    fc.assert(
      fc.property(shares, starts, (share, start) => {
        const count = Math.floor(share * n);
        const [first, last] = [start * n, start * n + 0.05 * n];
        let seen = 0;
        for (let rank = 0; rank < count; rank++) {
          const row = order[rank] as number;
          if (row >= first && row < last) seen++;
        }
        const expected = 0.05 * count;
        // Five standard deviations of a fair draw.
        expect(Math.abs(seen - expected)).toBeLessThan(5 * Math.sqrt(expected) + 5);
      }),
      { numRuns: 60 },
    );
  });
});
