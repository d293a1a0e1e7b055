/** More sprites than a texture holds, and more thumbnails than the cache does. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { labForEach, near } from "../browser/drawing";
import type { Lab } from "../browser/lab";

declare const lab: Lab;

let page: Page;
labForEach((opened) => {
  page = opened;
});

it("draws more than 65,536 sprites from more than one layer", async () => {
  const seen = await page.evaluate(async () => {
    const n = 70_000;
    const columns = Math.ceil(Math.sqrt(n));
    const bench = lab.makeBench({ n, width: 600, height: 600 });
    // 265 columns: look at one end and at the other, at 12 px a sprite.
    const rows: number[] = [];
    const colors: (number[] | undefined)[] = [];
    for (const row of [0, 2000, 35_000, n - 1]) {
      const x = (((row % columns) + 0.5) / columns) * 2 - 1;
      const y = 1 - ((Math.floor(row / columns) + 0.5) / columns) * 2;
      bench.renderer.setProps({ camera: { x, y, scale: (12 * columns) / 2 } });
      await lab.complete(bench);
      rows.push(bench.renderer.pick(303, 303));
      colors.push(lab.pixels(bench, [[303, 303]])[0]);
    }
    bench.renderer.setProps({ camera: { x: 0, y: 0, scale: 300 } });
    await lab.complete(bench);
    return { rows, colors, expected: rows.map(lab.colorOf), stats: bench.renderer.stats() };
  });
  expect(seen.rows).toEqual([0, 2000, 35_000, 69_999]);
  seen.colors.forEach((color, i) => {
    near(color, seen.expected[i] as number[], 20);
  });
  expect(seen.stats.drawn).toBe(70_000);
  expect(seen.stats.layers).toBeGreaterThan(1);
});

it("stays in its budget with a cache smaller than the data, and forgets what was not looked at", async () => {
  const seen = await page.evaluate(async () => {
    const n = 4096;
    const bench = lab.makeBench({ n, options: { budgetBytes: 2 * 4 * 2 ** 20 } });
    const look = async (x: number, y: number): Promise<{ row: number; color: number[] | undefined }> => {
      bench.renderer.setProps({ camera: { x, y, scale: 32 * 30 } });
      await lab.complete(bench);
      const row = bench.renderer.pick(205, 205);
      const rect = bench.renderer.spriteRect(row) as { xPx: number; yPx: number };
      return { row, color: lab.pixels(bench, [[rect.xPx + 9, rect.yPx + 9]])[0] };
    };
    const places = [
      [-0.6, 0.6],
      [0.6, 0.6],
      [0.6, -0.6],
      [-0.6, -0.6],
      [0, 0],
      [-0.6, 0.6],
    ] as const;
    const looks: { row: number; color: number[] | undefined }[] = [];
    for (const [x, y] of places) looks.push(await look(x, y));
    return { looks, expected: looks.map((one) => lab.colorOf(one.row)), stats: bench.renderer.stats() };
  });
  seen.looks.forEach((one, i) => {
    near(one.color, seen.expected[i] as number[]);
  });
  expect(seen.stats.layers).toBeLessThanOrEqual(2);
  expect(seen.stats.gpuBytes).toBeLessThan(12 * 2 ** 20);
});
