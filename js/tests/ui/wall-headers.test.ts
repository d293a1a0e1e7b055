import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { LayoutSent, Wall } from "../../src/protocol";
import { headersAt, roomForHeaders, thinned } from "../../src/ui/map/wall-headers";

vi.mock("../../src/ui/common/measure", () => ({ textPx: (text: string) => 6 * text.length }));

const FREE = { widthPx: 1000, heightPx: 600 };

/** A wall of rows and columns of one width each, with these names. */
function wallOf(rows: string[], columns: string[], count = 12): [LayoutSent, Wall] {
  const spans = (n: number): [number, number][] =>
    Array.from({ length: n }, (_, k) => [-1 + (2 * k) / n, -1 + (2 * k + 1.8) / n]);
  const wall = {
    titles: ["given", "predicted"] as [string, string],
    rows,
    columns,
    x: spans(columns.length),
    y: spans(rows.length),
  };
  const captions = [...rows, ...columns].map((text) => ({ text, x: 0, y: 0, width: 1, count }));
  const none = new Float32Array(0);
  const layout = {
    type: "layout",
    name: "category?across=b",
    xy: none,
    cell: 0.1,
    captions,
    extra: { wall },
    outline: none,
    overlay: none,
  } as const;
  return [layout as unknown as LayoutSent, wall];
}

describe("headers of a wall", () => {
  test("are level where they fit, over as few lines as can be, else turned with room for the whole name", () => {
    const level = roomForHeaders(...wallOf(["cat", "dog"], ["true positive", "missed"]), FREE, "sans", 24);
    expect(level).toMatchObject({ turned: false });
    expect(level.level.map(({ rows }) => rows)).toEqual([1, 1]);
    const names = Array.from({ length: 9 }, (_, k) => `true positive ${k}`);
    const wrapped = roomForHeaders(...wallOf(["cat"], names), FREE, "sans", 24);
    expect(wrapped.level.every(({ lines, whole }) => lines.length === 2 && whole)).toBe(true);
    expect(wrapped.topPx).toBeGreaterThan(level.topPx);
    const many = Array.from({ length: 30 }, (_, k) => `true positive ${k}`);
    const turned = roomForHeaders(...wallOf(["cat"], many), FREE, "sans", 24);
    expect(turned).toMatchObject({ turned: true, beneath: true });
    expect(turned.topPx).toBeGreaterThanOrEqual(6 * "true positive 29".length + 14);
  });

  test("never take more than their share, and what is given for the fit is enough at the fit", () => {
    const name = fc.stringMatching(/^[a-z]{1,20}( [a-z]{1,20})?$/);
    fc.assert(
      fc.property(
        fc.array(name, { minLength: 1, maxLength: 30 }),
        fc.array(name, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 300, max: 1600 }),
        (rows, columns, widthPx) => {
          const [layout, wall] = wallOf(rows, columns);
          const free = { widthPx, heightPx: 560 };
          const { leftPx, topPx } = roomForHeaders(layout, wall, free, "sans", 24);
          expect(leftPx).toBeLessThanOrEqual(Math.max(64, 0.3 * widthPx) + 15);
          expect(topPx).toBeLessThanOrEqual(0.36 * 560 + 15);
          const scale = Math.min((widthPx - leftPx - 48) / 2, (560 - topPx - 48) / 2);
          expect(headersAt(layout, wall, scale, free, "sans").level.every(({ whole }) => whole)).toBe(true);
        },
      ),
    );
  });

  test("that stand too close are those of most images", () => {
    expect([...thinned([0, 5, 10, 40], [1, 9, 2, 3], 12)].sort()).toEqual([1, 3]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.nat(99))), (given) => {
        const middles = given.map(([at]) => at);
        const kept = [
          ...thinned(
            middles,
            given.map(([, count]) => count),
            12,
          ),
        ];
        for (const a of kept)
          for (const b of kept)
            if (a !== b) expect(Math.abs((middles[a] ?? 0) - (middles[b] ?? 0))).toBeGreaterThanOrEqual(12);
        if (given.length > 0) expect(kept.length).toBeGreaterThan(0);
      }),
    );
  });
});
