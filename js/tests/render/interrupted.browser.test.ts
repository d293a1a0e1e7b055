/** One thing in the middle of another: what is seen in the end is what would have been seen without. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { labForEach, near } from "../browser/drawing";
import type { Lab } from "../browser/lab";

declare const lab: Lab;

let page: Page;
labForEach((opened) => {
  page = opened;
});

it("loses and gets back its context while sprites are on their way, and they arrive", async () => {
  const seen = await page.evaluate(async () => {
    const props = { spriteSize: 0.2, transitionMs: 600 };
    const bench = lab.makeBench({ n: 2, positions: [-0.5, 0, 0.5, 0], props });
    await lab.complete(bench);
    const gl = bench.canvas.getContext("webgl2") as WebGL2RenderingContext;
    const lose = gl.getExtension("WEBGL_lose_context") as WEBGL_lose_context;
    bench.renderer.setProps({ positions: Float32Array.of(-0.5, 0.5, 0.5, -0.5) });
    const { frames } = bench.renderer.stats();
    await lab.until(() => bench.renderer.stats().frames > frames + 2, "some frames on the way");
    const midway = bench.renderer.spriteRect(0)?.yPx ?? 0;
    lose.loseContext();
    await lab.until(() => bench.renderer.stats().contextLost, "the loss");
    lose.restoreContext();
    await lab.until(() => !bench.renderer.stats().contextLost, "the restoration");
    await lab.complete(bench);
    const points = [
      [108, 108],
      [308, 308],
      [108, 208],
      [308, 208],
    ];
    return { midway, colors: lab.pixels(bench, points), expected: [0, 1].map(lab.colorOf), error: gl.getError() };
  });
  expect(seen.midway).toBeGreaterThan(100);
  expect(seen.midway).toBeLessThan(200);
  near(seen.colors[0], seen.expected[0] as number[]);
  near(seen.colors[1], seen.expected[1] as number[]);
  near(seen.colors[2], [255, 255, 255], 1);
  near(seen.colors[3], [255, 255, 255], 1);
  expect(seen.error).toBe(0);
});

it("keeps sheets that had come and were not in the cache yet when it lost its context", async () => {
  const seen = await page.evaluate(async () => {
    const n = 64;
    // Nobody answers: the kernel is busy.
    const bench = lab.makeBench({ n, props: { fetchSheet: () => new Promise<never>(() => {}) } });
    const shapes = new Uint8Array(2 * n).fill(255);
    const pushed = Array.from({ length: 8 }, (_, k) => Int32Array.from({ length: 8 }, (_, i) => 8 * k + i));
    const jpegs = await Promise.all(pushed.map((rows) => lab.sheetOf(64, rows, shapes)));
    const gl = bench.canvas.getContext("webgl2") as WebGL2RenderingContext;
    const lose = gl.getExtension("WEBGL_lose_context") as WEBGL_lose_context;
    await lab.until(() => bench.renderer.stats().frames > 0, "a frame");
    pushed.forEach((rows, k) => {
      bench.renderer.addSheet({ cell: 64, columns: 8, rows, jpeg: jpegs[k] as Uint8Array });
    });
    lose.loseContext();
    await lab.until(() => bench.renderer.stats().contextLost, "the loss");
    lose.restoreContext();
    await lab.until(() => bench.renderer.stats().slots === n, "all pushed thumbnails");
    await lab.until(() => bench.renderer.stats().settled, "all sprites");
    const middles = [0, 31, 63].map((row) => [(row % 8) * 50 + 12, Math.floor(row / 8) * 50 + 12]);
    return { colors: lab.pixels(bench, middles), expected: [0, 31, 63].map(lab.colorOf) };
  });
  seen.colors.forEach((color, i) => {
    near(color, seen.expected[i] as number[]);
  });
});

it.each(["appended", "other rows altogether"])("takes rows that come while it has no context: %s", async (how) => {
  const seen = await page.evaluate(async (how) => {
    // As in other browsers: without a context nothing is made.
    const { createTexture } = WebGL2RenderingContext.prototype;
    WebGL2RenderingContext.prototype.createTexture = function () {
      return this.isContextLost() ? (null as unknown as WebGLTexture) : createTexture.call(this);
    };
    const unable: string[] = [];
    const options = { onUnable: (reason: string) => unable.push(reason) };
    // More than a row of the data textures: they are made anew for the longer arrays.
    const [n, more] = [100, 5000];
    const bench = lab.makeBench({ n, options });
    await lab.complete(bench);
    const gl = bench.canvas.getContext("webgl2") as WebGL2RenderingContext;
    const lose = gl.getExtension("WEBGL_lose_context") as WEBGL_lose_context;
    lose.loseContext();
    await lab.until(() => bench.renderer.stats().contextLost, "the loss");
    const longer = {
      shapes: new Uint8Array(2 * more).fill(255),
      colors: new Uint8Array(3 * more).fill(128),
      codes: new Int32Array(more).fill(-1),
      states: new Uint8Array(more),
      positions: lab.gridPositions(more),
      spriteSize: 2 / Math.ceil(Math.sqrt(more)),
      camera: { x: -0.9, y: 0.9, scale: 2000 },
    };
    if (how === "appended") bench.renderer.extend(longer);
    else bench.renderer.setProps(longer);
    bench.renderer.resize(400, 400, 1.5);
    await new Promise((resolve) => setTimeout(resolve, 50));
    lose.restoreContext();
    await lab.until(() => !bench.renderer.stats().contextLost, "the restoration");
    await lab.complete(bench);
    const row = bench.renderer.pick(210, 210);
    const { xPx, yPx } = bench.renderer.spriteRect(row) as { xPx: number; yPx: number };
    const color = lab.pixels(bench, [[xPx + 12, yPx + 12]])[0];
    return { unable, row, color, expected: lab.colorOf(row), width: bench.canvas.width, error: gl.getError() };
  }, how);
  expect(seen.unable).toEqual([]);
  expect(seen.row).toBeGreaterThan(100);
  near(seen.color, seen.expected);
  expect(seen.width).toBe(600);
  expect(seen.error).toBe(0);
});

it("goes on easing when rows are added on the way, and has them in their places", async () => {
  const seen = await page.evaluate(async () => {
    const bench = lab.makeBench({ n: 1, positions: [-0.5, 0], props: { spriteSize: 0.2, transitionMs: 600 } });
    await lab.complete(bench);
    const xPx = (): number => bench.renderer.spriteRect(0)?.xPx ?? Number.NaN;
    bench.renderer.setProps({ positions: Float32Array.of(0.5, 0) });
    await lab.until(() => xPx() > 150, "a part of the way");
    const before = xPx();
    bench.renderer.extend({
      shapes: new Uint8Array(4).fill(255),
      colors: new Uint8Array(6).fill(128),
      codes: Int32Array.of(-1, -1),
      states: new Uint8Array(2),
      positions: Float32Array.of(0.5, 0, 0, 0.5),
    });
    const after = xPx();
    await lab.complete(bench);
    const points = [
      [308, 208],
      [208, 108],
      [108, 208],
    ];
    return { before, after, colors: lab.pixels(bench, points), expected: [0, 1].map(lab.colorOf) };
  });
  expect(seen.before).toBeLessThan(290);
  expect(Math.abs(seen.after - seen.before)).toBeLessThan(20);
  near(seen.colors[0], seen.expected[0] as number[]);
  near(seen.colors[1], seen.expected[1] as number[]);
  near(seen.colors[2], [255, 255, 255], 1);
});

it("looks the same after any way there: resized, zoomed, hidden and rearranged on the way", async () => {
  const seen = await page.evaluate(async () => {
    const n = 200;
    const { random } = Math;
    const scattered = (): Float32Array => new Float32Array(2 * n).map(() => 1.8 * random() - 0.9);
    const camera = { x: 0.1, y: -0.05, scale: 180 };
    const given = { n, codes: Array.from({ length: n }, (_, row) => (row % 4) - 1), ratio: 1 };
    const bench = lab.makeBench({ ...given, props: { spriteSize: 0.15, transitionMs: 250, camera } });
    await lab.complete(bench);
    const { renderer, states } = bench;
    const end = scattered();
    const tab = (hidden: boolean): void => {
      Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    };
    const meanwhile = [
      () => renderer.setProps({ positions: scattered() }),
      () => renderer.resize(300, 350, 2),
      () => renderer.setProps({ camera: { x: 0.4, y: 0, scale: 700 } }),
      () => tab(true),
      () => renderer.setProps({ positions: scattered(), spriteSize: 0.4 }),
      () => {
        states[7] = 1;
        renderer.touchRows([7]);
      },
      () => tab(false),
      () => renderer.setProps({ camera: { x: 0.4, y: 0.1, scale: 40 }, mode: "points" }),
      () => renderer.resize(400, 400, 0.67),
      () => renderer.setProps({ camera, mode: "sprites", spriteSize: 0.15, positions: end }),
      () => renderer.resize(400, 400, 1),
    ];
    for (const act of meanwhile) {
      act();
      for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
    }
    await lab.complete(bench);
    const came = lab.picture(bench);
    const props = { spriteSize: 0.15, camera, positions: end };
    const fresh = lab.makeBench({ ...given, states: [...states], props });
    await lab.complete(fresh);
    const { drawn, listed } = renderer.stats();
    // Thumbnails may have come at another size on the way, which makes a little difference and no other color.
    const channels = [came, lab.picture(fresh)].map((picture) => new Uint8Array(picture.buffer));
    const [one, other] = channels as [Uint8Array, Uint8Array];
    const off = one.filter((channel, i) => Math.abs(channel - (other[i] as number)) > 60).length;
    const white = one.filter((channel) => channel === 255).length;
    return { drawn, listed, off, white, of: one.length };
  });
  expect(seen.drawn).toBe(seen.listed);
  // Where one sprite ends and another begins, and around the dots in their middles.
  expect(seen.off).toBeLessThan(0.003 * seen.of);
  expect(seen.white).toBeLessThan(0.8 * seen.of);
});

it.each([0, 1, 2])("draws %d images, and the same after there were many", async (n) => {
  const seen = await page.evaluate(async (n) => {
    const bench = lab.makeBench({ n: 50 });
    await lab.complete(bench);
    const positions = Float32Array.from([-0.5, 0, 0.5, 0].slice(0, 2 * n));
    bench.renderer.setProps({
      shapes: new Uint8Array(2 * n).fill(255),
      colors: new Uint8Array(3 * n).fill(128),
      codes: new Int32Array(n).fill(-1),
      states: new Uint8Array(n),
      positions,
      spriteSize: 0.4,
    });
    await lab.complete(bench);
    const [left, right] = [
      [110, 210],
      [310, 210],
    ] as [[number, number], [number, number]];
    const picks = [bench.renderer.pick(...left), bench.renderer.pick(...right)];
    const inside = [...bench.renderer.rowsIn({ x0: 0, y0: 0, x1: 400, y1: 400 })];
    const { complete, lastError } = bench.renderer.stats();
    return { colors: lab.pixels(bench, [left, right]), picks, inside, complete, lastError };
  }, n);
  const rows = [0, 1].slice(0, n);
  expect(seen.complete).toBe(true);
  expect(seen.lastError).toBeNull();
  expect(seen.inside).toEqual(rows);
  expect(seen.picks).toEqual([0, 1].map((row) => (row < n ? row : -1)));
  const expected = await page.evaluate(() => [0, 1].map(lab.colorOf));
  seen.colors.forEach((color, row) => {
    near(color, row < n ? (expected[row] as number[]) : [255, 255, 255]);
  });
});

it.each([
  ["WebGL2", 1e-7],
  ["WebGL2", 4000],
  ["a 2-D canvas", 1e-7],
  ["a 2-D canvas", 4000],
] as const)("draws sprites beyond any sensible size (%s, %d units)", async (how, spriteSize) => {
  const seen = await page.evaluate(
    async ([canvas2d, spriteSize]) => {
      // Of a large one, beside the dot in its middle.
      const camera = { x: spriteSize / 5, y: spriteSize / 5, scale: 200 };
      const positions = [0.002, 0.002, 0.5, 0.5];
      const props = { spriteSize, borderWidth: 0, camera };
      const bench = lab.makeBench({ n: 2, positions, meanGray: 90, props, options: { canvas2d } });
      await lab.complete(bench);
      const top = bench.renderer.pick(200, 200);
      bench.states[top] = 2; // hovered: what lies below is to be put back
      bench.renderer.touchRows([top]);
      await lab.complete(bench);
      bench.states[top] = 0;
      bench.renderer.touchRows([top]);
      await lab.complete(bench);
      const around = [198, 199, 200, 201].flatMap((x) => [198, 199, 200, 201].map((y) => [x, y]));
      const near = lab.pixels(bench, around).filter(([red]) => Math.abs((red as number) - 90) < 3).length;
      const corner = lab.pixels(bench, [[40, 360]])[0];
      return { top, near, corner, expected: lab.colorOf(top), error: bench.renderer.stats().lastError };
    },
    [how === "WebGL2" ? "" : how, spriteSize] as const,
  );
  expect(seen.error).toBeNull();
  // As small as can be it is a pixel, and can be hovered; as large as the view it fills it.
  if (spriteSize < 1) expect([seen.top, seen.near]).toEqual([0, 1]);
  else near(seen.corner, seen.expected, 20);
});
