/** Devices with less graphics memory than was hoped for: played by a WebGL that gives only so much. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { labForEach } from "../browser/drawing";
import type { Lab } from "../browser/lab";

declare const lab: Lab;

let page: Page;
labForEach((opened) => {
  page = opened;
});

/**
 * Give thumbnails so many layers of 4 MB, and data textures so many texels. "error": what is beyond is refused; "loss":
 * it is granted, and the context taken away and given back a moment later, as when a driver crashes.
 */
async function limit(layers: number, how: "error" | "loss" = "error", dataTexels = 1e9): Promise<void> {
  await page.evaluate(
    ([most, lossy, texels]) => {
      const { prototype } = WebGL2RenderingContext;
      const { getError, texStorage2D, texStorage3D } = prototype;
      let held = 0;
      let full = false;
      prototype.texStorage3D = function (target, levels, format, width, height, depth) {
        const asked = width > 1 ? depth : 0;
        const beyond = held + asked > most;
        if (beyond && !lossy) {
          full = true;
          return;
        }
        held += asked;
        texStorage3D.call(this, target, levels, format, width, height, depth);
        if (!beyond) return;
        const losing = this.getExtension("WEBGL_lose_context") as WEBGL_lose_context;
        this.canvas.addEventListener("webglcontextlost", () => setTimeout(() => losing.restoreContext()), {
          once: true,
        });
        held = 0;
        setTimeout(() => losing.loseContext());
      };
      prototype.texStorage2D = function (target, levels, format, width, height) {
        if (width * height > texels) full = true;
        else texStorage2D.call(this, target, levels, format, width, height);
      };
      prototype.getError = function () {
        if (!full) return getError.call(this);
        full = false;
        return this.OUT_OF_MEMORY;
      };
    },
    [layers, how === "loss", dataTexels] as const,
  );
}

/** Look at several places of 4,096 images closely, and tell whether each shows what lies there. */
function lookAround(): Promise<{ wrong: number[]; layers: number; gpuBytes: number; error: string | null }> {
  return page.evaluate(async () => {
    const bench = lab.makeBench({ n: 4096 });
    const wrong: number[] = [];
    for (const [x, y, sizePx] of [
      [-0.6, 0.6, 30],
      [0.6, -0.6, 60],
      [-0.6, 0.6, 200],
      [0, 0, 30],
    ] as const) {
      bench.renderer.setProps({ camera: { x, y, scale: 32 * sizePx } });
      await lab.complete(bench);
      const row = bench.renderer.pick(205, 205);
      const at = bench.renderer.spriteRect(row) as { xPx: number; yPx: number };
      // Aside of the white dot in its middle.
      const [color] = lab.pixels(bench, [[at.xPx + 0.3 * sizePx, at.yPx + 0.3 * sizePx]]);
      if (lab.colorOf(row).some((channel, i) => Math.abs(channel - (color?.[i] as number)) > 14)) wrong.push(row);
    }
    const { layers, gpuBytes, lastError } = bench.renderer.stats();
    return { wrong, layers, gpuBytes, error: lastError };
  });
}

// 64 layers are asked for, 8 of them at first and 8 for what is looked at closely.
it.each([3, 10])("goes on with %d layers where a device has no more", async (layers) => {
  await limit(layers);
  const seen = await lookAround();
  expect(seen.wrong).toEqual([]);
  expect(seen.error).toBeNull();
  expect(seen.layers).toBeGreaterThan(0);
  expect(seen.layers).toBeLessThanOrEqual(layers);
  // Two data textures of 2,048 x 2 texels of 16 bytes are held beside the layers, and a picture kept for moving.
  expect(seen.gpuBytes).toBeGreaterThan(4 * 2 ** 20 + 2 * 2 * 2048 * 16);
  expect(seen.gpuBytes).toBeLessThan((layers + 1) * 4 * 2 ** 20);
});

it("takes less when the context is lost right after memory was taken, until it is not", async () => {
  await limit(3, "loss");
  const seen = await lookAround();
  expect(seen.wrong).toEqual([]);
  expect(seen.layers).toBeLessThanOrEqual(3);
});

it.each([
  ["thumbnails", 0, 1e9],
  ["places", 64, 100],
] as const)("draws on a 2-D canvas where there is no memory at all for %s", async (_, layers, texels) => {
  await limit(layers, "error", texels);
  const seen = await page.evaluate(async () => {
    let reason = "";
    const onUnable = (why: string): void => {
      reason = why;
    };
    const first = lab.makeBench({ n: 16, options: { onUnable } });
    await lab.until(() => reason !== "", "a word");
    first.renderer.destroy();
    first.canvas.remove();
    const second = lab.makeBench({ n: 16, options: { canvas2d: reason } });
    await lab.complete(second);
    return {
      degraded: second.renderer.degraded,
      color: lab.pixels(second, [[25, 25]])[0] as number[],
      expected: lab.colorOf(0),
    };
  });
  expect(seen.degraded).toMatch(/too little graphics memory/);
  const off = seen.color.map((channel, i) => Math.abs(channel - (seen.expected[i] as number)));
  expect(Math.max(...off)).toBeLessThan(14);
});

it("does without what only makes moving and hovering smoother", async () => {
  await limit(64, "error", 10_000);
  const seen = await page.evaluate(async () => {
    const bench = lab.makeBench({ n: 16 });
    await lab.complete(bench);
    bench.states[5] = 2;
    bench.renderer.touchRows([5]);
    bench.renderer.setProps({ camera: { x: 0.1, y: 0, scale: 200 } });
    await lab.complete(bench);
    return { color: lab.pixels(bench, [[5, 25]])[0] as number[], expected: lab.colorOf(0) };
  });
  const off = seen.color.map((channel, i) => Math.abs(channel - (seen.expected[i] as number)));
  expect(Math.max(...off)).toBeLessThan(14);
});

it("says so when a context that was lost does not come back", async () => {
  const reason = await page.evaluate(async () => {
    let said = "";
    const onUnable = (why: string): void => {
      said = why;
    };
    const bench = lab.makeBench({ n: 16, options: { onUnable } });
    await lab.complete(bench);
    // Seconds pass quickly here.
    const { setTimeout: slow } = globalThis;
    Object.assign(globalThis, { setTimeout: (call: () => void, ms = 0) => slow(call, ms / 20) });
    const gl = bench.canvas.getContext("webgl2") as WebGL2RenderingContext;
    gl.getExtension("WEBGL_lose_context")?.loseContext();
    await lab.until(() => said !== "", "a word");
    return said;
  });
  expect(reason).toMatch(/took the graphics context away/);
});
