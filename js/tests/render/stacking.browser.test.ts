/** Which sprite lies on top, and what marks say of it. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { labForEach, near } from "../browser/drawing";
import type { Lab } from "../browser/lab";

declare const lab: Lab;

let page: Page;
labForEach((opened) => {
  page = opened;
});

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

it("recolors a frame when its code changes, and nothing else", async () => {
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

it("draws points in mean or label color, as discs in points mode", async () => {
  const seen = await page.evaluate(async () => {
    const bench = lab.makeBench({
      n: 4,
      codes: [0, 1, 2, -1],
      meanGray: 40,
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
