import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { pageForEach } from "./browser/each-page";
import type { Lab } from "./browser/lab";

declare const lab: Lab;

let page: Page;
pageForEach(new URL("./browser/lab.ts", import.meta.url), (opened) => {
  page = opened;
});

function near(actual: number[] | undefined, expected: readonly number[], tolerance = 14): void {
  expect(actual).toBeDefined();
  const worst = Math.max(...(actual as number[]).map((channel, i) => Math.abs(channel - (expected[i] as number))));
  expect(worst, `${actual} is not ${expected}`).toBeLessThanOrEqual(tolerance);
}

describe("the right picture at the right place", () => {
  it("draws every row's own thumbnail, upright, in a grid, framed in its label's colour", async () => {
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

  // 3 px: a point in the mean colour; 5 to 60 px: GL points; above: quads, then the original.
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

  it("has what a label adds stand for a mean colour that is not known yet", async () => {
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

  it("keeps the shape of wide, tall and 64:1 pictures, centred", async () => {
    const seen = await page.evaluate(async () => {
      const shapes = [255, 128, 128, 255, 255, 4, 4, 255];
      const result: { quads: boolean; inside: number[][]; outside: number[][]; rects: unknown[] }[] = [];
      for (const sizePx of [48, 160]) {
        const bench = lab.makeBench({
          n: 4,
          positions: [-0.5, 0.5, 0.5, 0.5, -0.5, -0.5, 0.5, -0.5],
          shapes,
          meanGrey: 0,
          props: { spriteSize: sizePx / 200 },
        });
        await lab.complete(bench);
        const near = sizePx / 4 - 2;
        const far = sizePx / 4 + 2;
        const end = sizePx / 2 - 2;
        result.push({
          quads: sizePx > 64,
          inside: lab.pixels(bench, [
            [100 + end, 100 + near],
            [300 + near, 100 + end],
            [100 + end, 299.5],
            [299.5, 300 - end],
          ]),
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
    expect(seen.result[1]?.rects[0]).toEqual({ xPx: 100, yPx: 100, widthPx: 160, heightPx: (160 * 128) / 255 });
    expect(seen.result[1]?.rects[1]).toMatchObject({ widthPx: 160, heightPx: (160 * 4) / 255 });
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
        const bench = lab.makeBench({ n, width: 300, height: 300, ratio, meanGrey: 40, props, options: { canvas2d } });
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
      for (const sizePx of [60, 120]) {
        const bench = lab.makeBench({ n: 2, positions: [-1.1, 0, 1.1, 0], props: { spriteSize: sizePx / 200 } });
        await lab.complete(bench);
        const reach = sizePx / 2 - 22;
        colors.push(
          ...lab.pixels(bench, [
            [reach, 200 + 12],
            [399 - reach, 200 + 12],
          ]),
        );
        bench.canvas.remove();
      }
      return { colors, expected: [0, 1, 0, 1].map(lab.colorOf) };
    });
    seen.colors.forEach((color, i) => {
      near(color, seen.expected[i] as number[]);
    });
  });
});

describe("order and marks", () => {
  it("stacks in the fair order; selected, then hits on top; filtered out below; hovered above all", async () => {
    const seen = await page.evaluate(async () => {
      const n = 12;
      const bench = lab.makeBench({ n, positions: new Array(2 * n).fill(0), props: { spriteSize: 1, borderWidth: 3 } });
      const top = async (): Promise<{ pick: number; color: number[] }> => {
        await lab.complete(bench);
        return { pick: bench.renderer.pick(230, 230), color: lab.pixels(bench, [[230, 230]])[0] as number[] };
      };
      const touch = (row: number, state: number): void => {
        bench.states[row] = state;
        bench.renderer.touchRows([row]);
      };
      const plain = await top();
      touch(7, 16);
      const hit = await top();
      touch(5, 1);
      const selected = await top();
      touch(2, 2);
      const hovered = await top();
      touch(2, 0);
      const left = await top();
      touch(5, 0);
      touch(7, 0);
      const again = await top();
      touch(plain.pick, 4);
      const dimmed = await top();
      return {
        steps: { plain, hit, selected, hovered, left, again, dimmed },
        colors: Array.from({ length: n }, (_, i) => lab.colorOf(i)),
      };
    });
    const { plain, hit, selected, hovered, left, again, dimmed } = seen.steps;
    for (const step of Object.values(seen.steps)) near(step.color, seen.colors[step.pick] as number[]);
    expect([hit.pick, selected.pick, hovered.pick, left.pick]).toEqual([7, 5, 2, 5]);
    expect(again.pick).toBe(plain.pick);
    expect(dimmed.pick).not.toBe(plain.pick);
  });

  it("frames selected and hit sprites, crosses flagged ones, marks pending edits, dims what is filtered out", async () => {
    const seen = await page.evaluate(async () => {
      const states = [0, 1, 16, 8, 32, 4, 2, 0, 0];
      const bench = lab.makeBench({
        n: 9,
        states,
        codes: [-1, 1, 2, -1, -1, -1, -1, -1, -1],
        props: { accent: [0, 0, 1], hitColor: [1, 1, 0], warningColor: [1, 0, 0], spriteSize: 0.5 },
      });
      await lab.complete(bench);
      const at = (row: number, dx: number, dy: number): number[] => [
        ((row % 3) + 0.5) * (400 / 3) + dx,
        (Math.floor(row / 3) + 0.5) * (400 / 3) + dy,
      ];
      const [frame, label, cross, corner, body, grown] = [
        lab.pixels(
          bench,
          [1, 2, 0].map((row) => at(row, -49, 0)),
        ),
        // Inside of that: a line, and the label's own frame.
        lab.pixels(bench, [at(1, -47, 0), at(1, -45, 0), at(2, -47, 0), at(2, -45, 0), at(1, -42, 0)]),
        lab.pixels(bench, [at(3, 30, 30), at(3, -30, 30), at(3, 0, -30)]),
        lab.pixels(bench, [at(4, 48, -48), at(4, -48, -48)]),
        lab.pixels(bench, [at(5, 25, 25)]),
        lab.pixels(bench, [at(6, -55, 30), at(0, -55, 30)]),
      ];
      return { frame, label, cross, corner, body, grown, colors: Array.from({ length: 9 }, (_, i) => lab.colorOf(i)) };
    });
    const { colors } = seen;
    near(seen.frame[0], [0, 0, 255], 2);
    near(seen.frame[1], [255, 255, 0], 2);
    near(seen.frame[2], colors[0] as number[]);
    near(seen.label[0], [255, 255, 255], 2);
    near(seen.label[1], [0, 160, 0], 2);
    near(seen.label[2], [255, 255, 255], 2);
    near(seen.label[3], [0, 0, 255], 2);
    near(seen.label[4], colors[1] as number[]);
    near(seen.cross[0], [255, 0, 0], 2);
    near(seen.cross[1], [255, 0, 0], 2);
    near(
      seen.cross[2],
      (colors[3] as number[]).map((channel) => 0.55 * channel + 0.45 * 255),
    );
    near(seen.corner[0], [0, 0, 255], 2);
    near(seen.corner[1], colors[4] as number[]);
    near(
      seen.body[0],
      (colors[5] as number[]).map((channel) => 0.18 * channel + 0.82 * 255),
    );
    near(seen.grown[0], colors[6] as number[]);
    near(seen.grown[1], [255, 255, 255], 2);
  });

  it("hides what is filtered out when told to, uncovering what is below", async () => {
    const seen = await page.evaluate(async () => {
      const bench = lab.makeBench({ n: 2, positions: [0, 0, 0, 0], props: { spriteSize: 1, filtered: "hide" } });
      await lab.complete(bench);
      const first = bench.renderer.pick(230, 230);
      bench.states[first] = 4;
      bench.renderer.touchRows([first]);
      await lab.complete(bench);
      const second = bench.renderer.pick(230, 230);
      const under = lab.pixels(bench, [[230, 230]])[0];
      bench.states[second] = 4;
      bench.renderer.touchRows([second]);
      await lab.complete(bench);
      const nothing = lab.pixels(bench, [[230, 230]])[0];
      return { first, second, under, expected: lab.colorOf(second), nothing, last: bench.renderer.pick(230, 230) };
    });
    expect(seen.second).toBe(1 - seen.first);
    near(seen.under, seen.expected);
    near(seen.nothing, [255, 255, 255], 1);
    expect(seen.last).toBe(-1);
  });

  it("recolours a frame when its code changes, and nothing else", async () => {
    const seen = await page.evaluate(async () => {
      const bench = lab.makeBench({ n: 4, codes: [0, 0, 0, -1] });
      await lab.complete(bench);
      bench.codes[1] = 2;
      bench.codes[3] = 1;
      bench.renderer.touchRows([1, 3]);
      await lab.complete(bench);
      return lab.pixels(bench, [
        [0, 100],
        [201, 100],
        [0, 300],
        [201, 300],
      ]);
    });
    near(seen[0], [255, 0, 0], 2);
    near(seen[1], [0, 0, 255], 2);
    near(seen[2], [255, 0, 0], 2);
    near(seen[3], [0, 160, 0], 2);
  });

  it("draws points in mean or label colour, as discs in points mode", async () => {
    const seen = await page.evaluate(async () => {
      const bench = lab.makeBench({
        n: 4,
        codes: [0, 1, 2, -1],
        meanGrey: 40,
        props: { mode: "points", pointColor: "label", spriteSize: 0.2 },
      });
      await lab.complete(bench);
      const label = lab.pixels(bench, [
        [100, 100],
        [300, 100],
        [105, 105],
      ]);
      bench.renderer.setProps({ pointColor: "mean" });
      await lab.complete(bench);
      return {
        label,
        mean: lab.pixels(bench, [[100, 100]])[0],
        asked: bench.asked.length,
        pick: bench.renderer.pick(101, 101),
      };
    });
    near(seen.label[0], [255, 0, 0], 2);
    near(seen.label[1], [0, 160, 0], 2);
    near(seen.label[2], [255, 255, 255], 2);
    near(seen.mean, [40, 40, 40], 2);
    expect(seen.asked).toBe(0);
    expect(seen.pick).toBe(0);
  });
});

describe("moving", () => {
  it("eases to a new layout, can be interrupted, and ends exactly there", async () => {
    const seen = await page.evaluate(async () => {
      const bench = lab.makeBench({ n: 1, positions: [-0.5, 0], props: { spriteSize: 0.2, transitionMs: 300 } });
      await lab.complete(bench);
      const xPx = (): number => (bench.renderer.spriteRect(0) as { xPx: number }).xPx;
      const trace: number[] = [xPx()];
      bench.renderer.setProps({ positions: Float32Array.of(0.5, 0) });
      const half = performance.now() + 150;
      await lab.until(() => {
        trace.push(xPx());
        return performance.now() > half;
      }, "half of the way");
      const before = xPx();
      bench.renderer.setProps({ positions: Float32Array.of(0, 0.5) });
      const after = xPx();
      const drawnMidway = lab.pixels(bench, [[100, 200]])[0];
      await lab.complete(bench);
      return {
        trace,
        before,
        after,
        drawnMidway,
        end: lab.pixels(bench, [
          [208, 108],
          [300, 200],
          [100, 200],
        ]),
        pick: bench.renderer.pick(200, 100),
        color: lab.colorOf(0),
      };
    });
    expect(seen.trace[0]).toBe(100);
    expect(seen.trace.every((x, i) => i === 0 || x >= (seen.trace[i - 1] as number))).toBe(true);
    expect(seen.before).toBeGreaterThan(110);
    expect(seen.before).toBeLessThan(290);
    expect(Math.abs(seen.after - seen.before)).toBeLessThan(12);
    near(seen.drawnMidway, [255, 255, 255], 2);
    near(seen.end[0], seen.color);
    near(seen.end[1], [255, 255, 255], 1);
    near(seen.end[2], [255, 255, 255], 1);
    expect(seen.pick).toBe(0);
  });

  it("does not draw unplaced rows, and shows them when they get a place", async () => {
    const seen = await page.evaluate(async () => {
      const bench = lab.makeBench({ n: 2, positions: [0, 0, Number.NaN, Number.NaN], props: { spriteSize: 0.2 } });
      await lab.complete(bench);
      const listed = bench.renderer.stats().listed;
      const rect = bench.renderer.spriteRect(1);
      bench.renderer.setProps({ positions: Float32Array.of(Number.NaN, Number.NaN, 0.5, 0.5), transitionMs: 100 });
      await lab.complete(bench);
      return {
        listed,
        rect,
        colors: lab.pixels(bench, [
          [208, 208],
          [308, 108],
        ]),
        expected: lab.colorOf(1),
      };
    });
    expect(seen.listed).toBe(1);
    expect(seen.rect).toBeNull();
    near(seen.colors[0], [255, 255, 255], 1);
    near(seen.colors[1], seen.expected);
  });

  it("draws nothing while nothing changes, and nothing while it is out of sight", async () => {
    const seen = await page.evaluate(async () => {
      const bench = lab.makeBench({ n: 9 });
      await lab.complete(bench);
      const frames = bench.renderer.stats().frames;
      for (let i = 0; i < 20; i++) await new Promise(requestAnimationFrame);
      const idle = bench.renderer.stats().frames - frames;
      const spacer = document.createElement("div");
      spacer.style.height = "5000px";
      document.body.prepend(spacer);
      await new Promise((resolve) => setTimeout(resolve, 200));
      bench.renderer.setProps({ camera: { x: 0.1, y: 0, scale: 100 } });
      for (let i = 0; i < 20; i++) await new Promise(requestAnimationFrame);
      const hidden = bench.renderer.stats().frames - frames;
      spacer.remove();
      await lab.complete(bench);
      const shown = bench.renderer.stats().frames - frames;
      const tab = (isHidden: boolean): void => {
        Object.defineProperty(document, "hidden", { configurable: true, value: isHidden });
        document.dispatchEvent(new Event("visibilitychange"));
      };
      tab(true);
      bench.renderer.setProps({ camera: { x: 0, y: 0, scale: 200 } });
      for (let i = 0; i < 20; i++) await new Promise(requestAnimationFrame);
      const behind = bench.renderer.stats().frames - frames - shown;
      tab(false);
      await lab.complete(bench);
      return { idle, hidden, shown, behind, color: lab.pixels(bench, [[20, 20]])[0], expected: lab.colorOf(0) };
    });
    expect(seen.idle).toBe(0);
    expect(seen.hidden).toBe(0);
    expect(seen.behind).toBe(0);
    near(seen.color, seen.expected);
    expect(seen.shown).toBeGreaterThan(0);
  });
});

describe("many", () => {
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

  it("keeps the whole picture in sight while it moves, every sprite in its place", async () => {
    const seen = await page.evaluate(async () => {
      const n = 90_000;
      const bench = lab.makeBench({ n, width: 600, height: 600, props: { mode: "sprites" } });
      const { colors } = bench.props as { colors: Uint8Array };
      for (let row = 0; row < n; row++) colors.set(lab.colorOf(row), 3 * row);
      bench.renderer.setProps({ colors: colors.slice(), camera: { x: 0, y: 0, scale: 300 } });
      await lab.complete(bench);
      const results: { wrong: number; share: number }[] = [];
      let camera = { x: 0, y: 0, scale: 300 };
      const steps = [
        { dx: 3, dy: 2, factor: 1 },
        { dx: 7, dy: -4, factor: 1 },
        { dx: 6, dy: 8, factor: 1 },
        { dx: 0, dy: 0, factor: 1.5 },
        { dx: 5, dy: 0, factor: 1 },
      ];
      for (const { dx, dy, factor } of steps) {
        camera = { x: camera.x + dx / camera.scale, y: camera.y + dy / camera.scale, scale: camera.scale * factor };
        const frames = bench.renderer.stats().frames;
        bench.renderer.setProps({ camera });
        await lab.until(() => bench.renderer.stats().frames > frames, "a frame");
        const { drawn, listed } = bench.renderer.stats();
        const points = Array.from({ length: 150 }, (_, i) => [60.5 + ((i * 37) % 480), 60.5 + ((i * 91) % 480)]);
        const white = lab.pixels(bench, points).filter((color) => Math.min(...color) > 250).length;
        results.push({ wrong: white, share: drawn / listed });
      }
      await lab.complete(bench);
      const points = Array.from({ length: 50 }, (_, i) => [60.5 + ((i * 37) % 480), 60.5 + ((i * 91) % 480)]);
      const rows = points.map(([x, y]) => bench.renderer.pick(x as number, y as number));
      return { results, rows, colors: lab.pixels(bench, points), expected: rows.map((row) => lab.colorOf(row)) };
    });
    // Each of these frames held only a part of the sprites, and yet no hole.
    expect(Math.min(...seen.results.map((one) => one.share))).toBeLessThan(0.9);
    for (const { wrong } of seen.results) expect(wrong).toBe(0);
    const right = seen.colors.filter((color, i) =>
      color.every((channel, j) => Math.abs(channel - ((seen.expected[i] as number[])[j] as number)) < 4),
    );
    expect(right.length).toBeGreaterThanOrEqual(49);
  });

  it("takes along what changed while the picture moves", async () => {
    const seen = await page.evaluate(async () => {
      const n = 2500;
      const bench = lab.makeBench({ n, width: 600, height: 600, props: { accent: [0, 0, 1] } });
      await lab.complete(bench);
      const row = 1225;
      const frame = (): number[] => {
        const { xPx, yPx } = bench.renderer.spriteRect(row) as { xPx: number; yPx: number };
        return lab.pixels(bench, [[xPx - 5, yPx]])[0] as number[];
      };
      const colors = [frame()];
      for (let step = 1; step <= 4; step++) {
        const frames = bench.renderer.stats().frames;
        bench.renderer.setProps({ camera: { x: step / 300, y: 0, scale: 300 } });
        if (step === 2) {
          bench.states[row] = 1;
          bench.renderer.touchRows([row]);
        }
        await lab.until(() => bench.renderer.stats().frames > frames, "a frame");
        colors.push(frame());
      }
      const { drawn, listed } = bench.renderer.stats();
      await lab.complete(bench);
      colors.push(frame());
      return { colors, own: lab.colorOf(row), carried: drawn < listed };
    });
    // The picture was moved rather than drawn again: or this would test nothing.
    expect(seen.carried).toBe(true);
    // At the rim, where JPEG's halved chroma bleeds a little.
    near(seen.colors[0], seen.own, 40);
    near(seen.colors[1], seen.own, 40);
    for (const color of seen.colors.slice(2)) near(color, [0, 0, 255], 2);
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
});

describe("thumbnails", () => {
  it("takes pushed sheets without asking, and asks again for dropped rows", async () => {
    const seen = await page.evaluate(async () => {
      const bench = lab.makeBench({ n: 16, width: 120, height: 120 });
      bench.renderer.addSheet({
        cell: 32,
        columns: 16,
        rows: Int32Array.from({ length: 16 }, (_, i) => i),
        jpeg: await lab.sheetOf(
          32,
          Int32Array.from({ length: 16 }, (_, i) => i),
          new Uint8Array(32).fill(255),
        ),
      });
      await lab.until(() => bench.renderer.stats().slots === 16, "the pushed sheet");
      const before = bench.asked.length;
      await lab.complete(bench);
      const color = lab.pixels(bench, [[22, 22]])[0];
      const asked = bench.asked.length;
      bench.renderer.dropRows([3]);
      await lab.complete(bench);
      return {
        before,
        color,
        asked,
        again: bench.asked.slice(asked).map((request) => request.rows),
        expected: lab.colorOf(0),
      };
    });
    near(seen.color, seen.expected);
    expect(seen.again).toEqual([[3]]);
  });

  it("gives up requests the camera has left behind, and asks again after a failure", async () => {
    const seen = await page.evaluate(async () => {
      const bench = lab.makeBench({ n: 400 });
      let open = (): void => undefined;
      bench.gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      bench.renderer.setProps({ camera: { x: -0.9, y: 0.9, scale: 2000 } });
      await lab.until(() => bench.asked.length > 0, "a request");
      await new Promise((resolve) => setTimeout(resolve, 250));
      const first = bench.asked[0];
      bench.renderer.setProps({ camera: { x: 0.9, y: -0.9, scale: 2000 } });
      await lab.until(() => first?.signal.aborted === true, "the request to be given up");
      let failures = 1;
      const { fetchSheet } = bench.props;
      bench.renderer.setProps({
        fetchSheet: (cell, rows, signal) =>
          failures-- > 0
            ? Promise.reject(new Error("the kernel is busy"))
            : (fetchSheet as NonNullable<typeof fetchSheet>)(cell, rows, signal),
      });
      open();
      await lab.complete(bench);
      bench.renderer.setProps({ camera: { x: -0.9, y: -0.9, scale: 2000 } });
      await lab.complete(bench);
      await lab.until(() => {
        const color = lab.pixels(bench, [[215, 215]])[0] as number[];
        return color[0] !== 128 || color[1] !== 128;
      }, "a second try");
      return { aborted: bench.renderer.stats().aborted };
    });
    expect(seen.aborted).toBeGreaterThan(0);
  });

  it("shows the original above 256 px, and the finest thumbnail as a preview", async () => {
    const seen = await page.evaluate(async () => {
      const files: number[] = [];
      const bench = lab.makeBench({
        n: 2,
        shapes: [255, 128, 255, 255],
        positions: [0, 0, 9, 9],
        props: {
          spriteSize: 1.6,
          fetchImage: async (row) => {
            files.push(row);
            const canvas = new OffscreenCanvas(900, 450);
            const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
            context.fillStyle = "rgb(10 200 90)";
            context.fillRect(0, 0, 900, 450);
            return canvas.convertToBlob({ type: "image/png" });
          },
        },
      });
      await lab.complete(bench);
      const preview = document.createElement("canvas");
      const shown = bench.renderer.thumbnail(0, preview);
      const color = [...(preview.getContext("2d") as CanvasRenderingContext2D).getImageData(5, 5, 1, 1).data];
      return {
        files,
        finest: [bench.renderer.finest(0), bench.renderer.finest(1)],
        screen: lab.pixels(bench, [
          [260, 200],
          [260, 115],
        ]),
        shown,
        color,
        size: [preview.width, preview.height],
        none: bench.renderer.thumbnail(1, preview),
      };
    });
    expect(seen.files).toEqual([0]);
    expect(seen.finest).toEqual([512, 0]);
    near(seen.screen[0], [10, 200, 90], 2);
    near(seen.screen[1], [255, 255, 255], 1);
    expect(seen.shown).toBe(true);
    expect(seen.size).toEqual([512, 257]);
    near(seen.color.slice(0, 3), [10, 200, 90], 2);
    expect(seen.none).toBe(false);
  });
});

describe("trouble", () => {
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
});
