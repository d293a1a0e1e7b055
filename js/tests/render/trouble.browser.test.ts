/** Lost contexts, many contexts, none at all; arrays that disagree, and rows that follow. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { labForEach, near } from "../browser/drawing";
import type { Lab } from "../browser/lab";

declare const lab: Lab;

let page: Page;
labForEach((opened) => {
  page = opened;
});

it("restores a lost context from what the page holds, without asking again", async () => {
  const seen = await page.evaluate(async () => {
    const bench = lab.makeBench({ n: 16, codes: new Array(16).fill(2) });
    await lab.complete(bench);
    bench.states[5] = 1;
    bench.renderer.touchRows([5]);
    await lab.complete(bench);
    const points = [
      [25, 25],
      [125, 125],
      [0, 50],
      [101, 150],
    ];
    const before = lab.pixels(bench, points);
    const asked = bench.asked.length;
    const gl = bench.canvas.getContext("webgl2") as WebGL2RenderingContext;
    const lose = gl.getExtension("WEBGL_lose_context") as WEBGL_lose_context;
    lose.loseContext();
    await lab.until(() => bench.renderer.stats().contextLost, "the loss");
    bench.codes[0] = 0;
    bench.renderer.touchRows([0]);
    lose.restoreContext();
    await lab.until(() => !bench.renderer.stats().contextLost, "the restoration");
    await lab.complete(bench);
    return { before, after: lab.pixels(bench, points), asked: bench.asked.length - asked, error: gl.getError() };
  });
  near(seen.after[0], seen.before[0] as number[], 2);
  near(seen.after[1], seen.before[1] as number[], 2);
  near(seen.after[2], [255, 0, 0], 2);
  near(seen.after[3], seen.before[3] as number[], 2);
  expect(seen.asked).toBe(0);
  expect(seen.error).toBe(0);
});

it("releases its context: 30 renderers one after the other leave the first one working", async () => {
  const seen = await page.evaluate(async () => {
    const keep = lab.makeBench({ n: 4 });
    // A page has 16 contexts; the oldest goes when there are more.
    for (let i = 0; i < 30; i++) {
      const bench = lab.makeBench({ n: 4 });
      await lab.until(() => bench.renderer.stats().frames > 0, "a frame");
      bench.renderer.destroy();
      bench.renderer.setProps({ borderWidth: 1 });
      bench.canvas.remove();
    }
    await lab.complete(keep);
    const lost = (keep.canvas.getContext("webgl2") as WebGL2RenderingContext).isContextLost();
    return { lost, color: lab.pixels(keep, [[50, 50]])[0], expected: lab.colorOf(0) };
  });
  expect(seen.lost).toBe(false);
  near(seen.color, seen.expected);
});

it("draws a contact sheet on a 2-D canvas where there is no WebGL2, and says so", async () => {
  const seen = await page.evaluate(async () => {
    const bench = lab.makeBench({ n: 16, codes: new Array(16).fill(1), options: { canvas2d: "no WebGL2" } });
    await lab.complete(bench);
    bench.states[6] = 1;
    bench.states[9] = 2;
    bench.renderer.touchRows([6, 9]);
    await lab.complete(bench);
    return {
      kind: bench.renderer.kind,
      degraded: bench.renderer.degraded,
      colors: lab.pixels(bench, [
        [25, 25],
        [1, 50],
        [201, 150],
      ]),
      pick: bench.renderer.pick(225, 125),
      expected: lab.colorOf(0),
    };
  });
  expect(seen.kind).toBe("canvas2d");
  expect(seen.degraded).toMatch(/WebGL2/);
  near(seen.colors[0], seen.expected);
  near(seen.colors[1], [0, 160, 0], 3);
  near(seen.colors[2], [33, 120, 245], 3);
  expect(seen.pick).toBe(6);
});

it("shows nothing, and says why, while the arrays disagree in length", async () => {
  const seen = await page.evaluate(async () => {
    const bench = lab.makeBench({ n: 4 });
    await lab.complete(bench);
    bench.renderer.setProps({ shapes: new Uint8Array(10).fill(255) });
    const problem = bench.renderer.stats().lastError;
    bench.renderer.setProps({
      colors: new Uint8Array(15),
      positions: new Float32Array(10),
      codes: new Int32Array(5),
      states: new Uint8Array(5),
    });
    await lab.complete(bench);
    return { problem, listed: bench.renderer.stats().listed };
  });
  expect(seen.problem).toMatch(/colors has 12 numbers; 5 rows/);
  expect(seen.listed).toBe(5);
});

it.each([false, true])(
  "takes more rows without losing thumbnails, places or states (2-D canvas: %s)",
  async (canvas2d) => {
    const seen = await page.evaluate(async (canvas2d) => {
      const n = 9;
      const bench = lab.makeBench({
        n,
        codes: new Array(n).fill(0),
        states: [0, 0, 0, 0, 1, 0, 0, 0, 0],
        options: { canvas2d: canvas2d ? "no WebGL2" : "" },
      });
      await lab.complete(bench);
      const asked = bench.asked.length;
      const { slots } = bench.renderer.stats();
      const positions = new Float32Array(2 * (n + 3)).fill(Number.NaN);
      positions.set(lab.gridPositions(n));
      const longer = {
        shapes: new Uint8Array(2 * (n + 3)).fill(255),
        colors: new Uint8Array(3 * (n + 3)).fill(128),
        codes: new Int32Array(n + 3),
        states: Uint8Array.from([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
      };
      bench.renderer.extend({ ...longer, positions });
      await lab.complete(bench);
      const still = {
        asked: bench.asked.length,
        slots: bench.renderer.stats().slots,
        pick: bench.renderer.pick(200, 200),
      };
      const colors = lab.pixels(bench, [
        [33, 33],
        [167, 167],
        [233, 233],
      ]);
      const placed = positions.slice();
      placed.set(lab.gridPositions(n).subarray(0, 6), 2 * n);
      // Over the first three: one of two sprites on one place lies on top.
      bench.renderer.setProps({ positions: placed });
      await lab.complete(bench);
      const { listed } = bench.renderer.stats();
      const rows = bench.asked.slice(asked).flatMap((request) => request.rows);
      return {
        asked,
        slots,
        still,
        colors,
        expected: [0, 4].map(lab.colorOf),
        listed,
        rows: [...new Set(rows)].sort(),
      };
    }, canvas2d);
    expect(seen.still).toEqual({ asked: seen.asked, slots: seen.slots, pick: 4 });
    near(seen.colors[0], seen.expected[0] as number[]);
    near(seen.colors[1], seen.expected[1] as number[]);
    near(seen.colors[2], seen.expected[1] as number[]);
    expect(seen.listed).toBe(12);
    expect(seen.rows).toEqual([10, 11, 9]);
  },
);
