import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { duration, paceOf } from "../../src/ui/common/duration";

describe("how long something takes", () => {
  test.each([
    [0, "0 s"],
    [89, "89 s"],
    [90, "2 min"],
    [45 * 60, "45 min"],
    [1208 * 60, "20 h"],
    [50 * 3600, "2 days"],
  ])("%d s are %s", (seconds, words) => expect(duration(seconds)).toBe(words));

  test("is said in the unit that leaves one to ninety of them, and grows with it", () => {
    const length: Record<string, number> = { s: 1, min: 60, h: 3600, day: 86_400, days: 86_400 };
    const said = (seconds: number) => {
      const [count = "", unit = ""] = duration(seconds).split(" ");
      return { count: Number(count.replaceAll(",", "")), unit: length[unit] ?? Number.NaN };
    };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 * 86_400 }), (seconds) => {
        const { count, unit } = said(seconds);
        expect(count).toBeGreaterThanOrEqual(1);
        expect(count).toBeLessThanOrEqual(90);
        expect(Math.abs(count * unit - seconds)).toBeLessThanOrEqual(Math.max(unit / 2, seconds / 3));
      }),
    );
  });

  test("of what is to come nobody can tell from a key or two, or the first seconds", () => {
    expect(paceOf(1, 3600)).toBe(0);
    expect(paceOf(100, 2)).toBe(0);
    expect(paceOf(-20, 60)).toBe(0);
    expect(paceOf(30, 60)).toBe(0.5);
  });
});
