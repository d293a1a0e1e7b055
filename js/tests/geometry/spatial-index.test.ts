import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bounds } from "../../src/geometry/camera";
import { fairOrder } from "../../src/geometry/order";
import { buildIndex, countIn, visitCells } from "../../src/geometry/spatial-index";

const float = fc.float({ min: -1, max: 1, noNaN: true });
// Clumps, lines and repeats are where a grid could go wrong; so are rows without a place.
const point = fc.oneof(
  fc.tuple(float, float),
  fc.tuple(fc.constantFrom(-1, 0, 0.5), float),
  fc.constant([0.25, 0.25] as [number, number]),
  fc.constant([Number.NaN, Number.NaN] as [number, number]),
  fc.constant([900, -900] as [number, number]),
);

function found(positions: Float32Array, bounds: Bounds): number[] {
  const order = fairOrder(positions.length / 2);
  const index = buildIndex(positions, order);
  const rows: number[] = [];
  visitCells(index, bounds, (start, end) => {
    for (let at = start; at < end; at++) {
      const row = order[index.ranks[at] as number] as number;
      if (within(positions, row, bounds)) rows.push(row);
      if (at > start) expect(index.ranks[at]).toBeGreaterThan(index.ranks[at - 1] as number);
    }
  });
  expect(countIn(index, bounds)).toBeGreaterThanOrEqual(rows.length);
  return rows.sort((a, b) => a - b);
}

function within(positions: Float32Array, row: number, { x0, y0, x1, y1 }: Bounds): boolean {
  const [x, y] = [positions[2 * row] as number, positions[2 * row + 1] as number];
  return x >= x0 && x <= x1 && y >= y0 && y <= y1;
}

describe("spatial index", () => {
  it("finds exactly what looking at every row finds", () => {
    const size = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 300 }), float, float, size, size, (points, x0, y0, width, height) => {
        const positions = Float32Array.from(points.flat());
        const bounds = { x0, y0, x1: x0 + width, y1: y0 + height };
        const expected = points.map((_, row) => row).filter((row) => within(positions, row, bounds));
        expect(found(positions, bounds)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("finds all placed rows in everything, each once", () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 300 }), (points) => {
        const positions = Float32Array.from(points.flat());
        const placed = points.map((_, row) => row).filter((row) => !Number.isNaN(positions[2 * row]));
        expect(found(positions, { x0: -1e4, y0: -1e4, x1: 1e4, y1: 1e4 })).toEqual(placed);
      }),
    );
  });

  it("stays small: 4.5 bytes an image and a bounded grid, also for a line", () => {
    const n = 100_000;
    for (const flat of [false, true]) {
      const positions = new Float32Array(2 * n);
      for (let row = 0; row < n; row++) {
        positions[2 * row] = Math.sin(row * 12.9898) % 1;
        positions[2 * row + 1] = flat ? 0 : (Math.sin(row * 78.233) * 43758.5453) % 1;
      }
      const index = buildIndex(positions, fairOrder(n));
      expect(index.ranks.byteLength + index.starts.byteLength).toBeLessThan(4.6 * n + 100);
      expect(index.ranks.length).toBe(n);
    }
  });

  it("can be rebuilt from its own source text, as the worker does", () => {
    const rebuilt = new Function(`return ${buildIndex.toString()}`)() as typeof buildIndex;
    const positions = Float32Array.of(0, 0, 1, 1, 0.5, 0.5);
    expect(rebuilt(positions, fairOrder(3))).toEqual(buildIndex(positions, fairOrder(3)));
  });
});
