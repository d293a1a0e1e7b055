/** Thumbnails that are pushed, asked for, given up and asked for again. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { labForEach, near } from "../browser/drawing";
import type { Lab } from "../browser/lab";

declare const lab: Lab;

let page: Page;
labForEach((opened) => {
  page = opened;
});

it("takes pushed sheets without asking", async () => {
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
    return { before, color, asked: bench.asked.length, expected: lab.colorOf(0) };
  });
  near(seen.color, seen.expected);
  expect(seen.asked).toBe(seen.before);
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
