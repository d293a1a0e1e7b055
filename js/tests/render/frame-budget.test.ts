import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameBudget } from "../../src/render/frame-budget";

/** Draw frames with as many sprites as allowed on a device of a given speed. */
function settle(budget: FrameBudget, msPerSprite: number, fixedMs: number, frames: number): number {
  let elapsedMs = 0;
  for (let i = 0; i < frames; i++) {
    const count = budget.sprites(5);
    elapsedMs = fixedMs + count * msPerSprite;
    budget.record(count, 5, elapsedMs);
  }
  return elapsedMs;
}

describe("frame budget", () => {
  it("finds what fits the time on any device, slow or fast", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-4, max: 3e-3, noNaN: true }),
        fc.double({ min: 0, max: 8, noNaN: true }),
        (perSprite, fixed) => {
          const elapsedMs = settle(new FrameBudget(22), perSprite, fixed, 80);
          expect(elapsedMs).toBeLessThan(22 * 1.35);
          expect(elapsedMs).toBeGreaterThan(22 * 0.6);
        },
      ),
    );
  });

  it("forgets a stall: a second of slow frames costs a second, not the session", () => {
    const budget = new FrameBudget(22);
    settle(budget, 1e-3, 2, 60);
    const before = budget.sprites(5);
    settle(budget, 0.5, 200, 20);
    expect(budget.sprites(5)).toBeLessThan(before / 3);
    settle(budget, 1e-3, 2, 40);
    expect(budget.sprites(5)).toBeGreaterThan(before / 1.7);
  });

  it("does not shrink because a small frame was late, nor grow because a small one was early", () => {
    const budget = new FrameBudget(22);
    settle(budget, 1e-3, 2, 60);
    const before = budget.sprites(5);
    for (let i = 0; i < 50; i++) budget.record(10, 5, 300);
    for (let i = 0; i < 50; i++) budget.record(10, 5, 1);
    expect(budget.sprites(5)).toBe(before);
  });

  it("allows fewer of larger sprites, and always at least one", () => {
    const budget = new FrameBudget(22);
    expect(budget.sprites(40)).toBeLessThan(budget.sprites(4));
    expect(budget.sprites(1e6)).toBeGreaterThanOrEqual(1);
  });
});
