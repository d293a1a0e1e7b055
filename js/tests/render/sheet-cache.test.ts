import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellPx, LEVELS, levelOfCell, SheetCache, slotsPerLayer } from "../../src/render/sheet-cache";

const N = 300;
const command = fc.oneof(
  fc.record({
    kind: fc.constant("add" as const),
    level: fc.integer({ min: 0, max: LEVELS - 1 }),
    first: fc.integer({ min: 0, max: N - 1 }),
    count: fc.integer({ min: 1, max: 80 }),
    force: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("look" as const),
    first: fc.integer({ min: 0, max: N - 1 }),
    count: fc.integer({ min: 1, max: 80 }),
  }),
  fc.record({ kind: fc.constant("drop" as const), row: fc.integer({ min: 0, max: N - 1 }) }),
);

describe("sheet cache", () => {
  it("never gives one slot to two rows, stays in its layers, and tells of every slot it takes away", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (commands, layers) => {
        // What the cache must agree with: row and level of every slot it gave out and did not take back.
        const given = new Map<number, { row: number; level: number }>();
        const cache = new SheetCache(N, layers, (row, slot) => {
          expect(given.get(slot)?.row).toBe(row);
          given.delete(slot);
        });
        let stamp = 1;
        for (const one of commands) {
          if (one.kind === "drop") cache.drop(one.row);
          if (one.kind === "look") {
            stamp++;
            for (let row = one.first; row < Math.min(N, one.first + one.count); row++) {
              const slot = cache.best(row, 1);
              if (slot >= 0) cache.touch(slot, stamp);
            }
          }
          if (one.kind !== "add") continue;
          const rows = Array.from({ length: Math.min(one.count, N - one.first) }, (_, i) => one.first + i);
          const room = cache.reserve(one.level, rows.length, stamp, one.force);
          expect(room).toBeLessThanOrEqual(rows.length);
          for (const row of rows) {
            const slot = cache.insert(row, one.level, stamp, 7);
            if (slot < 0) break;
            expect(given.has(slot)).toBe(false);
            given.set(slot, { row, level: one.level });
          }
        }
        expect(cache.slotsUsed).toBe(given.size);
        expect(cache.layersUsed).toBeLessThanOrEqual(layers);
        for (const [slot, { row, level }] of given) {
          expect(cache.rowOf(slot)).toBe(row);
          expect(cache.levelOf(slot)).toBe(level);
          expect(cache.find(row, level)).toBe(slot);
          expect(slot % 1024).toBeLessThan(slotsPerLayer(level));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("draws from the coarsest cell that is fine enough, else from the finest", () => {
    const cache = new SheetCache(1, 8, () => undefined);
    for (const level of [0, 2, 3]) {
      cache.reserve(level, 1, 1, false);
      cache.insert(0, level, 1, 0);
    }
    const levels = [0, 1, 2, 3, 4].map((level) => cache.levelOf(cache.best(0, level)));
    expect(levels).toEqual([0, 2, 2, 3, 3]);
  });

  it("takes what was not wanted for longest first, and nothing that is in use", () => {
    const taken: number[] = [];
    const cache = new SheetCache(5000, 2, (row) => taken.push(row));
    const add = (rows: number[], stamp: number, force = false): number => {
      cache.reserve(0, rows.length, stamp, force);
      return rows.filter((row) => cache.insert(row, 0, stamp, 0) >= 0).length;
    };
    const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
    expect(add(range(0, 1024), 1)).toBe(1024);
    expect(add(range(1024, 1024), 2)).toBe(1024);
    for (let row = 0; row < 100; row++) cache.touch(cache.find(row, 0), 3);
    expect(add(range(3000, 500), 3)).toBe(500);
    expect(taken.length).toBe(500);
    expect(Math.min(...taken)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...taken)).toBeLessThan(1024);
    expect(add(range(4000, 1000), 3)).toBe(1000);
    for (let row = 0; row < 100; row++) expect(cache.find(row, 0)).toBeGreaterThanOrEqual(0);
    // All that is left is in use at this stamp.
    expect(add(range(0, 3000), 3)).toBeLessThan(3000);
  });

  it("makes room for a finer level although every layer holds something in use, when forced", () => {
    const cache = new SheetCache(3000, 2, () => undefined);
    cache.reserve(0, 2048, 1, false);
    for (let row = 0; row < 2048; row++) cache.insert(row, 0, 1, 0);
    expect(cache.reserve(3, 4, 1, false)).toBe(0);
    expect(cache.reserve(3, 4, 1, true)).toBe(4);
  });

  it("knows its cells", () => {
    expect([32, 64, 128, 256].map(levelOfCell)).toEqual([0, 1, 2, 3]);
    for (let level = 0; level < LEVELS; level++) expect(slotsPerLayer(level) * cellPx(level) ** 2).toBe(1024 ** 2);
  });
});
