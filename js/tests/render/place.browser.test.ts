/** The right picture at the right place, in the right size. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { labForEach, near } from "../browser/drawing";
import type { Lab } from "../browser/lab";

declare const lab: Lab;

let page: Page;
labForEach((opened) => {
  page = opened;
});

it("draws every row's own thumbnail, upright, in a grid, framed in its label's color", async () => {
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
        [1, 50],
        [2, 50],
        [100, 50],
        [250, 1],
        [99, 50],
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
  near(seen.frame[1], [255, 0, 0], 2);
  // Two pixels and no third: frames are crisp.
  near(seen.frame[2], seen.colors[0] as number[]);
  near(seen.frame[3], [0, 160, 0], 2);
  near(seen.frame[4], [0, 0, 255], 2);
  near(seen.frame[5], [255, 0, 0], 2);
  expect(seen.stats.complete).toBe(true);
  expect(seen.stats.drawn).toBe(16);
});

// 3 px: a point in the mean color; 5 and 14 px: GL points; above 20: quads, then the original.
it.each([
  [3, null],
  [5, 32],
  [14, 32],
  [40, 64],
  [60, 64],
  [100, 128],
  [250, 256],
  [700, 256],
])("draws sprites of %d px from cells of %s", async (sizePx, cell) => {
  const seen = await page.evaluate(async (size) => {
    const bench = lab.makeBench({ n: 3, positions: [-9, 0, 0, 0, 9, 0], props: { spriteSize: size / 200 } });
    bench.renderer.setProps({ camera: { x: 0, y: 0, scale: 200 } });
    await lab.complete(bench);
    // Aside of the white dot in the middle.
    const dx = size / 4;
    return { color: lab.pixels(bench, [[200 + dx, 200 + dx]])[0], asked: bench.asked, expected: lab.colorOf(1) };
  }, sizePx);
  if (sizePx < 300) near(seen.color, cell ? seen.expected : [128, 128, 128]);
  const cells = seen.asked.map((request) => request.cell);
  if (cell === null) expect(cells).toEqual([]);
  else expect(cells).toContain(cell);
});

it("has what a label adds stand for a mean color that is not known yet", async () => {
  const seen = await page.evaluate(async () => {
    const known = Uint8Array.of(0, 1, 0);
    const bench = lab.makeBench({ n: 3, positions: [-0.5, 0, 0, 0, 0.5, 0] });
    const look = { known, spriteSize: 3 / 200, borderWidth: 0, palette: Uint8Array.of(255, 0, 0) };
    bench.renderer.setProps({ ...look, codes: Int32Array.of(0, 0, -1) });
    const points: [number, number][] = [
      [100, 200],
      [200, 200],
      [300, 200],
    ];
    await lab.complete(bench);
    const before = lab.pixels(bench, points);
    known[0] = 1;
    bench.renderer.touchRows([0]);
    await lab.complete(bench);
    return { before, after: lab.pixels(bench, points) };
  });
  for (const [row, color] of [
    [191, 64, 64],
    [128, 128, 128],
    [128, 128, 128],
  ].entries())
    near(seen.before[row], color, 2);
  for (const color of seen.after) near(color, [128, 128, 128], 2);
});

it("keeps the shape of wide, tall and 64:1 pictures, centerd", async () => {
  const seen = await page.evaluate(async () => {
    const shapes = [255, 128, 128, 255, 255, 4, 4, 255];
    const result: { inside: number[][]; outside: number[][]; rects: unknown[] }[] = [];
    for (const sizePx of [18, 48, 160]) {
      const bench = lab.makeBench({
        n: 4,
        positions: [-0.5, 0.5, 0.5, 0.5, -0.5, -0.5, 0.5, -0.5],
        shapes,
        meanGray: 0,
        props: { spriteSize: sizePx / 200 },
      });
      await lab.complete(bench);
      const near = sizePx / 4 - 2;
      const far = sizePx / 4 + 2;
      const end = sizePx / 2 - 2;
      // A px thick, on one side of the middle or on the other.
      const thin = (...sides: number[][]): number[] =>
        lab.pixels(bench, sides).find((color) => Math.min(...color) < 250) ?? [255, 255, 255];
      result.push({
        inside: [
          ...lab.pixels(bench, [
            [100 + end, 100 + near],
            [300 + near, 100 + end],
          ]),
          thin([100 + end, 299.5], [100 + end, 300.5]),
          thin([299.5, 300 - end], [300.5, 300 - end]),
        ],
        outside: lab.pixels(bench, [
          [100 + end, 100 + far],
          [300 + far, 100 + end],
          [100, 304],
          [304, 300],
        ]),
        rects: [0, 2].map((row) => bench.renderer.spriteRect(row)),
      });
      bench.renderer.destroy();
      bench.canvas.remove();
    }
    return { result, colors: [0, 1, 2, 3].map(lab.colorOf) };
  });
  for (const { inside, outside } of seen.result) {
    inside.forEach((color, row) => {
      // JPEG's halved chroma bleeds a little into pictures one texel wide.
      near(color, seen.colors[row] as number[], 40);
    });
    for (const color of outside) near(color, [255, 255, 255], 2);
  }
  expect(seen.result[2]?.rects[0]).toEqual({ xPx: 100, yPx: 100, widthPx: 160, heightPx: (160 * 128) / 255 });
  expect(seen.result[2]?.rects[1]).toMatchObject({ widthPx: 160, heightPx: (160 * 4) / 255 });
});

it("draws in device pixels on a dense screen", async () => {
  const seen = await page.evaluate(async () => {
    const bench = lab.makeBench({ n: 4, ratio: 2, codes: [0, 1, 2, 0] });
    await lab.complete(bench);
    return {
      width: bench.canvas.width,
      colors: lab.pixels(bench, [
        [50, 50],
        [0, 100],
        [1.5, 100],
        [2.5, 100],
        [350, 350],
      ]),
      expected: [lab.colorOf(0), lab.colorOf(3)],
      cells: bench.asked.map((request) => request.cell),
    };
  });
  expect(seen.width).toBe(800);
  expect(Math.max(...seen.cells)).toBe(256);
  near(seen.colors[0], seen.expected[0] as number[]);
  near(seen.colors[1], [255, 0, 0], 2);
  near(seen.colors[2], [255, 0, 0], 2);
  near(seen.colors[3], seen.expected[0] as number[]);
  near(seen.colors[4], seen.expected[1] as number[]);
});

it.each([
  ["WebGL2", 1],
  ["WebGL2", 1.5],
  ["a 2-D canvas", 1.25],
] as const)("leaves no gap between the sprites of a grid at any zoom (%s, %d device px a px)", async (how, ratio) => {
  const seen = await page.evaluate(
    async ([canvas2d, ratio]) => {
      const n = 2500;
      // Sheets that never come: what is drawn is as large without its picture.
      const props = {
        borderWidth: 0,
        background: [1, 0, 1],
        fetchSheet: () => new Promise<never>(() => {}),
      } as const;
      const bench = lab.makeBench({ n, width: 300, height: 300, ratio, meanGray: 40, props, options: { canvas2d } });
      const { canvas, renderer } = bench;
      const context = new OffscreenCanvas(1, 1).getContext("2d", {
        willReadFrequently: true,
      }) as OffscreenCanvasRenderingContext2D;
      const other: number[] = [];
      for (let k = 0; k < 12; k++) {
        // From 4 to 74 px a sprite: points and quads, at no round number.
        const scale = 160 + 45.37 * k * (1 + 0.213 * k);
        const { frames } = renderer.stats();
        renderer.setProps({ camera: { x: 0.0137 * k, y: -0.0093 * k, scale } });
        await lab.until(() => renderer.stats().frames > frames && renderer.stats().settled, "all sprites");
        Object.assign(context.canvas, { width: canvas.width, height: canvas.height });
        context.drawImage(canvas, 0, 0);
        // The grid reaches over the canvas on all sides.
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        other.push(data.filter((channel, i) => i % 4 < 3 && Math.abs(channel - 40) > 2).length);
      }
      return other;
    },
    [how === "WebGL2" ? "" : how, ratio] as const,
  );
  expect(seen).toEqual(new Array(12).fill(0));
});

it("shows sprites that reach in over the rim", async () => {
  const seen = await page.evaluate(async () => {
    const colors: number[][] = [];
    for (const sizePx of [18, 60, 120]) {
      // Eight px of each are seen.
      const x = 1 + (sizePx / 2 - 8) / 200;
      const bench = lab.makeBench({ n: 2, positions: [-x, 0, x, 0], props: { spriteSize: sizePx / 200 } });
      await lab.complete(bench);
      colors.push(
        ...lab.pixels(bench, [
          [4, 200 + sizePx / 5],
          [396, 200 + sizePx / 5],
        ]),
      );
      bench.canvas.remove();
    }
    return { colors, expected: [0, 1, 0, 1, 0, 1].map(lab.colorOf) };
  });
  seen.colors.forEach((color, i) => {
    near(color, seen.expected[i] as number[]);
  });
});
