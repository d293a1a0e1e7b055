/** Sprites that change are painted again in place: what is seen is what a picture drawn from nothing shows. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { labForEach } from "../browser/drawing";
import type { Lab } from "../browser/lab";

declare const lab: Lab;

let page: Page;
labForEach((opened) => {
  page = opened;
});

it("shows, after any changes to sprites that overlap, what drawing all anew shows", async () => {
  const begun = process.env.CI ? 1 : Math.floor(2 ** 31 * Math.random());
  const seen = await page.evaluate(async (begun) => {
    const { imul } = Math;
    let seed = begun;
    const chance = (below: number): number => {
      seed = (imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const n = 300;
    const positions = Array.from({ length: 2 * n }, () => chance(2000) / 1000 - 1);
    const codes = Array.from({ length: n }, () => chance(4) - 1);
    const bench = lab.makeBench({ n, positions, codes, props: { spriteSize: 0.3, warningColor: [0.8, 0, 0] } });
    await lab.complete(bench);
    const differing: number[] = [];
    let changed = 0;
    for (let round = 0; round < 5; round++) {
      const before = lab.picture(bench);
      const rows = Array.from({ length: [1, 40, 250][round % 3] as number }, () => chance(n));
      for (const row of rows) {
        bench.codes[row] = chance(4) - 1;
        // Selected, hit, flagged, pending, filtered out, or nothing of that any more.
        if (round % 2 === 1) bench.states[row] = [0, 1, 16, 8, 32, 4, 33, 9][chance(8)] as number;
      }
      bench.renderer.touchRows(rows);
      await lab.complete(bench);
      const inPlace = lab.picture(bench);
      // The same color, given anew: all is drawn from nothing.
      bench.renderer.setProps({ warningColor: [0.8, 0, 0] });
      await lab.complete(bench);
      differing.push(lab.difference(inPlace, lab.picture(bench)));
      changed += lab.difference(before, inPlace);
    }
    return { differing, changed };
  }, begun);
  expect(seen.changed).toBeGreaterThan(10_000);
  expect(seen.differing, `seed ${begun}`).toEqual(new Array(5).fill(0));
});

it("shows the changed sprites in the first frame, all of them, before the rest is drawn again", async () => {
  const seen = await page.evaluate(async () => {
    // So few that all of them would be drawn in one frame, were there nothing new to show.
    const n = 1764;
    const chosen = Array.from({ length: 176 }, (_, k) => 10 * k);
    const states = Array.from({ length: n }, (_, row) => (row % 10 === 0 && row < 1760 ? 1 : 0));
    const bench = lab.makeBench({ n, states, codes: new Array(n).fill(0) });
    await lab.complete(bench);
    // Some that nobody chose were outlined, and are not any more: they sink, and all is drawn again.
    const outlined = chosen.map((row) => row + 1).slice(0, 12);
    for (const row of outlined) bench.states[row] = 16;
    bench.renderer.touchRows(outlined);
    await lab.complete(bench);
    const before = lab.picture(bench);
    for (const row of outlined) bench.states[row] = 0;
    for (const row of chosen) {
      bench.codes[row] = 2;
      bench.states[row] = 33;
    }
    const frames: { first: Uint32Array; drawn: number; listed: number }[] = [];
    // In the frame itself: the next one may come before anybody else looks.
    const stop = bench.renderer.onFrame(() => {
      stop();
      frames.push({ first: lab.picture(bench), ...bench.renderer.stats() });
    });
    bench.renderer.touchRows([...outlined, ...chosen]);
    await lab.complete(bench);
    const [{ first, drawn, listed } = { first: before, drawn: -1, listed: -1 }] = frames;
    const end = lab.picture(bench);
    return {
      drawn,
      listed,
      changed: lab.difference(before, end),
      late: lab.difference(first, end),
    };
  });
  expect(seen.listed).toBe(1764);
  expect(seen.drawn).toBe(0);
  expect(seen.changed).toBeGreaterThan(1000);
  // Where sprites touch, the rim of one that sank may lie over its neighbor's until that is drawn again.
  expect(seen.late).toBeLessThan(0.05 * seen.changed);
});
