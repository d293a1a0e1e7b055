/** Sprites on their way, a camera on its way, and nothing drawn where nothing moves. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { labForEach, near } from "../browser/drawing";
import type { Lab } from "../browser/lab";

declare const lab: Lab;

let page: Page;
labForEach((opened) => {
  page = opened;
});

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
