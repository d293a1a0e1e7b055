import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundle, openPage, startBrowser } from "./browser/chromium";
import type { Lab } from "./browser/lab";

declare const lab: Lab;

let browser: Browser;
let script: string;
let page: Page;
let problems: string[];

beforeAll(async () => {
  browser = await startBrowser();
  script = await bundle(new URL("./browser/lab.ts", import.meta.url));
});
afterAll(() => browser?.close());
beforeEach(async () => {
  ({ page, problems } = await openPage(browser, script));
});
afterEach(async () => {
  await page.context().close();
  expect(problems).toEqual([]);
});

function near(actual: number[] | undefined, expected: readonly number[], tolerance = 14): void {
  expect(actual).toBeDefined();
  const worst = Math.max(...(actual as number[]).map((channel, i) => Math.abs(channel - (expected[i] as number))));
  expect(worst, `${actual} is not ${expected}`).toBeLessThanOrEqual(tolerance);
}

describe("the right picture at the right place", () => {
  it("draws every row's own thumbnail, upright, in a grid", async () => {
    const seen = await page.evaluate(async () => {
      const bench = lab.makeBench({ n: 16, codes: Array.from({ length: 16 }, (_, i) => i % 3) });
      await lab.complete(bench);
      const points = Array.from({ length: 16 }, (_, i) => [(i % 4) * 100 + 25, Math.floor(i / 4) * 100 + 25]);
      return {
        inside: lab.pixels(bench, points),
        middle: lab.pixels(bench, [
          [50, 50],
          [350, 350],
        ]),
        frame: lab.pixels(bench, [
          [0, 50],
          [100, 50],
          [250, 1],
        ]),
        colors: points.map((_, row) => lab.colorOf(row)),
        stats: bench.renderer.stats(),
      };
    });
    seen.inside.forEach((color, row) => {
      near(color, seen.colors[row] as number[]);
    });
    for (const color of seen.middle) near(color, [255, 255, 255]);
    near(seen.frame[0], [255, 0, 0], 2);
    near(seen.frame[1], [0, 160, 0], 2);
    near(seen.frame[2], [0, 0, 255], 2);
    expect(seen.stats.complete).toBe(true);
    expect(seen.stats.drawn).toBe(16);
  });
});
