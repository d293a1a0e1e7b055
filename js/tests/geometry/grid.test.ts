import fc from "fast-check";
import { expect, test } from "vitest";
import { gridOf } from "../../src/geometry/grid";

test("every chosen row has a cell of its own within the square, and no other row is placed", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 99 })), (rows) => {
      const { xy, cell } = gridOf(rows, 100);
      const cells = new Set<string>();
      for (let row = 0; row < 100; row += 1) {
        const [x, y] = [xy[row * 2] as number, xy[row * 2 + 1] as number];
        expect(Number.isNaN(x)).toBe(!rows.includes(row));
        if (Number.isNaN(x)) continue;
        expect(Math.max(Math.abs(x), Math.abs(y)) + cell / 2).toBeLessThanOrEqual(1 + 1e-6);
        cells.add(`${Math.round(x / cell + 1e3)},${Math.round(y / cell + 1e3)}`);
      }
      expect(cells.size).toBe(rows.length);
    }),
  );
});
