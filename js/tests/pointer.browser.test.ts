import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { type Camera, pxToData } from "../src/geometry/camera";
import { pageForEach } from "./browser/each-page";
import type { PointerLab } from "./browser/pointer-lab";

declare const hand: PointerLab;

const viewport = { widthPx: 400, heightPx: 300 };
/** The canvas starts here on the page, px. */
const [LEFT, TOP] = [40, 20];

let page: Page;
pageForEach(
  new URL("./browser/pointer-lab.ts", import.meta.url),
  (opened) => {
    page = opened;
  },
  { width: 500, height: 400 },
);

const camera = (): Promise<Camera> => page.evaluate(() => hand.state.camera);
const calls = async (name: string): Promise<unknown[][]> =>
  (await page.evaluate(() => hand.state.calls)).filter(([kind]) => kind === name).map(([, ...rest]) => rest);
const useTool = (tool: "pan" | "lasso" | "rectangle"): Promise<void> =>
  page.evaluate((name) => {
    hand.state.tool = name;
  }, tool);

async function drag(points: [number, number][]): Promise<void> {
  const [first, ...rest] = points as [[number, number], ...[number, number][]];
  await page.mouse.move(LEFT + first[0], TOP + first[1]);
  await page.mouse.down();
  for (const [x, y] of rest) await page.mouse.move(LEFT + x, TOP + y, { steps: 4 });
  await page.mouse.up();
}

/** Of a wheel event. */
interface Turn {
  deltaY: number;
  deltaMode?: number;
  ctrlKey?: boolean;
}

describe("camera", () => {
  it("pans by what the hand moves, and takes no click from it", async () => {
    await drag([
      [100, 100],
      [150, 130],
    ]);
    expect(await camera()).toEqual({ x: -0.5, y: 0.3, scale: 100 });
    expect(await calls("click")).toEqual([]);
  });

  it("zooms about the pointer with the wheel", async () => {
    const before = pxToData(await camera(), viewport, 300, 60);
    await page.mouse.move(LEFT + 300, TOP + 60);
    await page.mouse.wheel(0, -200);
    await expect.poll(async () => (await camera()).scale).toBeGreaterThan(120);
    const after = pxToData(await camera(), viewport, 300, 60);
    expect(after[0]).toBeCloseTo(before[0], 6);
    expect(after[1]).toBeCloseTo(before[1], 6);
  });

  it("zooms with a trackpad's pinch and with a wheel that counts lines, and keeps both from the page", async () => {
    const turn = (init: Turn): Promise<{ factor: number; kept: boolean }> =>
      page.evaluate((given) => {
        const { scale } = hand.state.camera;
        const event = new WheelEvent("wheel", {
          ...given,
          clientX: 240,
          clientY: 170,
          bubbles: true,
          cancelable: true,
        });
        hand.canvas.dispatchEvent(event);
        return { factor: hand.state.camera.scale / scale, kept: event.defaultPrevented };
      }, init);
    // 2 to the power of what is turned: a pinch counts ten times, a line as much as 25 px.
    const pinched = await turn({ deltaY: -12, ctrlKey: true });
    expect(pinched.factor).toBeCloseTo(2 ** (12 * 0.02), 6);
    const lines = await turn({ deltaY: 3, deltaMode: 1 });
    expect(lines.factor).toBeCloseTo(2 ** (-3 * 0.05), 6);
    expect([pinched.kept, lines.kept]).toEqual([true, true]);
    // About the pointer, which is in the middle.
    expect(await camera()).toMatchObject({ x: expect.closeTo(0, 6), y: expect.closeTo(0, 6) });
  });

  it("zooms in where it is double-clicked", async () => {
    await page.mouse.dblclick(LEFT + 200, TOP + 150);
    await expect.poll(async () => (await camera()).scale).toBeCloseTo(200, 3);
    expect((await camera()).x).toBeCloseTo(0, 6);
  });

  it("starts from where the view has put the camera meanwhile", async () => {
    await page.evaluate(() => {
      hand.state.camera = { x: 5, y: -5, scale: 50 };
    });
    await drag([
      [100, 100],
      [150, 100],
    ]);
    expect(await camera()).toEqual({ x: 4, y: -5, scale: 50 });
  });

  it("flies there in 0.6 s, and stops for a hand", async () => {
    const flown = await page.evaluate(async () => {
      const startMs = performance.now();
      hand.pointer.flyTo({ x: 1, y: 1, scale: 1000 }, 5000);
      while (hand.state.camera.scale !== 1000) await new Promise(requestAnimationFrame);
      return { ms: performance.now() - startMs, camera: hand.state.camera, steps: hand.state.calls.length };
    });
    expect(flown.camera).toEqual({ x: 1, y: 1, scale: 1000 });
    expect(flown.ms).toBeLessThan(1500);
    expect(flown.steps).toBeGreaterThan(3);
    await page.mouse.move(LEFT + 10, TOP + 10);
    await page.evaluate(() => hand.pointer.flyTo({ x: -1, y: -1, scale: 100 }));
    await page.mouse.down();
    const stopped = await camera();
    await page.waitForTimeout(200);
    expect(await camera()).toEqual(stopped);
    await page.mouse.up();
  });

  it("goes where keys say: as far as they were pressed, at an even pace while one is held, to the last scale", async () => {
    const flown = await page.evaluate(async () => {
      const { pointer, state } = hand;
      const rest = async (): Promise<Camera> => {
        while (pointer.bound) await new Promise(requestAnimationFrame);
        return state.camera;
      };
      for (const key of ["+", "+", "+", "ArrowRight", "ArrowRight"]) pointer.pressKey(key, false);
      const tapped = await rest();
      const other = pointer.pressKey("a", false);
      const from = state.camera.y;
      for (let i = 0; i < 8; i++) {
        pointer.pressKey("ArrowUp", i > 0);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const left = state.camera.y;
      const after = ((await rest()).y - left) * state.camera.scale;
      for (let i = 0; i < 40; i++) pointer.pressKey("-", false);
      return { tapped, other, moved: left > from, after, least: (await rest()).scale };
    });
    const scale = 100 * 1.5 ** 3;
    expect(flown.tapped).toMatchObject({
      x: expect.closeTo((2 * 0.15 * 400) / scale, 6),
      scale: expect.closeTo(scale, 3),
    });
    expect(flown.other).toBe(false);
    expect(flown.moved).toBe(true);
    // Once the key is let go, no more than one step of 45 px is left, however often it was repeated.
    expect(flown.after).toBeLessThan(45.01);
    expect(flown.least).toBe(20);
  });

  it("jumps where motion is unwelcome", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.evaluate(() => hand.pointer.flyTo({ x: 1, y: 1, scale: 300 }));
    expect(await camera()).toEqual({ x: 1, y: 1, scale: 300 });
    expect((await calls("camera")).length).toBe(1);
    // Also where that was wished for after the view was made.
    await page.mouse.dblclick(LEFT + 200, TOP + 150);
    expect((await camera()).scale).toBeCloseTo(600, 6);
    expect((await calls("camera")).length).toBe(2);
  });
});

describe("touch", () => {
  let touch: (
    type: "touchStart" | "touchMove" | "touchEnd" | "touchCancel",
    ...points: [number, number][]
  ) => Promise<unknown>;
  beforeEach(async () => {
    const session = await page.context().newCDPSession(page);
    touch = (type, ...points) =>
      session.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: points.map(([x, y], id) => ({ x: LEFT + x, y: TOP + y, id })),
      });
    // On a busy machine half a second may pass between two events of a quick finger: nothing is held unless meant.
    await page.evaluate(() => {
      const { setTimeout: real } = globalThis;
      const patient = (call: () => void, ms = 0): unknown => real(call, hand.holding || ms < 500 ? ms : 1e6);
      Object.assign(globalThis, { setTimeout: patient });
    });
  });

  it("pinches with two fingers about their middle", async () => {
    await useTool("lasso");
    const before = pxToData(await camera(), viewport, 200, 150);
    await touch("touchStart", [150, 150]);
    await touch("touchStart", [150, 150], [250, 150]);
    for (const spread of [60, 80, 100]) await touch("touchMove", [200 - spread, 150], [200 + spread, 150]);
    await touch("touchEnd");
    await expect.poll(async () => (await camera()).scale).toBeCloseTo(200, 0);
    const after = pxToData(await camera(), viewport, 200, 150);
    expect(after[0]).toBeCloseTo(before[0], 2);
    expect(await calls("choose")).toEqual([]);
    expect(await calls("click")).toEqual([]);
  });

  it("pans with one finger", async () => {
    await touch("touchStart", [100, 100]);
    for (const by of [20, 40, 60]) await touch("touchMove", [100 + by, 100 + by / 2]);
    await touch("touchEnd");
    await expect.poll(camera).toEqual({ x: -0.6, y: 0.3, scale: 100 });
    expect(await calls("click")).toEqual([]);
  });

  it("clicks with a tap, and with Shift where the finger is held", async () => {
    await touch("touchStart", [60, 70]);
    await touch("touchMove", [64, 73]);
    await touch("touchEnd");
    await expect.poll(() => calls("click")).toEqual([[60, 70, { shift: false, alt: false, ctrl: false }]]);
    await page.evaluate(() => {
      hand.holding = true;
    });
    await touch("touchStart", [160, 170]);
    const held = [160, 170, { shift: true, alt: false, ctrl: false }];
    await expect.poll(async () => (await calls("click")).slice(1)).toEqual([held]);
    await touch("touchEnd");
    expect((await calls("click")).length).toBe(2);
  });

  it("draws a lasso with one finger in that tool", async () => {
    await useTool("lasso");
    await touch("touchStart", [100, 100]);
    await touch("touchMove", [200, 100]);
    await touch("touchMove", [200, 200]);
    await touch("touchMove", [100, 200]);
    await touch("touchEnd");
    await expect.poll(async () => (await calls("choose")).length).toBe(1);
    const [[path, mode]] = (await calls("choose")) as [[number[], string]];
    expect(mode).toBe("replace");
    expect([path.slice(0, 2), path.slice(-2)]).toEqual([
      [100, 100],
      [100, 200],
    ]);
    expect(await calls("camera")).toEqual([]);
  });

  it("chooses nothing when the finger is taken away in the middle of a lasso", async () => {
    await useTool("lasso");
    await touch("touchStart", [100, 100]);
    await touch("touchMove", [200, 100]);
    await touch("touchMove", [200, 200]);
    await expect.poll(async () => (await calls("gesture")).length).toBeGreaterThan(0);
    await touch("touchCancel");
    await expect.poll(async () => (await calls("gesture")).at(-1)).toEqual([[]]);
    expect(await calls("choose")).toEqual([]);
    expect(await calls("click")).toEqual([]);
    // And the next finger begins anew.
    await touch("touchStart", [60, 70]);
    await touch("touchEnd");
    await expect.poll(async () => (await calls("click")).length).toBe(1);
  });
});

describe("hover and click", () => {
  it.each(["pan", "lasso"] as const)("notices a button that is let go elsewhere, in the %s tool", async (tool) => {
    await useTool(tool);
    await page.mouse.move(LEFT + 100, TOP + 100);
    await page.mouse.down();
    await page.mouse.move(5, 5, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(LEFT + 60, TOP + 70, { steps: 2 });
    await expect.poll(() => calls("hover")).toContainEqual([60, 70]);
    // One that was pressed elsewhere and is let go here is no click of ours.
    await page.mouse.move(5, 5);
    await page.mouse.down();
    await page.mouse.move(LEFT + 100, TOP + 100);
    await page.mouse.up();
    expect(await calls("click")).toEqual([]);
  });

  it("tells where the pointer is, and that it left", async () => {
    await page.mouse.move(LEFT + 30, TOP + 40);
    await expect.poll(() => calls("hover")).toContainEqual([30, 40]);
    await page.mouse.move(5, 5);
    await expect.poll(async () => (await calls("leave")).length).toBe(1);
  });

  it("clicks with a little slip, in every tool, with its modifiers", async () => {
    for (const tool of ["pan", "lasso", "rectangle"] as const) {
      await useTool(tool);
      await page.keyboard.down("Shift");
      await drag([
        [60, 60],
        [62, 61],
      ]);
      await page.keyboard.up("Shift");
    }
    const expected = [60, 60, { shift: true, alt: false, ctrl: false }];
    expect(await calls("click")).toEqual([expected, expected, expected]);
    expect(await calls("choose")).toEqual([]);
    expect(await calls("camera")).toEqual([]);
  });
});

describe("choosing", () => {
  it("follows the hand with a lasso of any shape, also outside of the canvas", async () => {
    await useTool("lasso");
    await drag([
      [100, 100],
      [200, 100],
      [200, 200],
      [-30, 200],
    ]);
    const [[path, mode]] = (await calls("choose")) as [[number[], string]];
    expect(mode).toBe("replace");
    expect(path.slice(0, 2)).toEqual([100, 100]);
    expect(path.slice(-2)).toEqual([-30, 200]);
    const gestures = await calls("gesture");
    expect(gestures.length).toBeGreaterThan(3);
    expect(gestures.at(-1)).toEqual([[]]);
    expect(await calls("camera")).toEqual([]);
  });

  it.each([
    ["lasso", "Control", "replace"],
    ["pan", "Shift", "add"],
    ["pan", "Alt", "subtract"],
    ["rectangle", "Shift", "add"],
    ["rectangle", "Alt", "subtract"],
  ] as const)("draws a rectangle in the %s tool with %s: %s", async (tool, key, mode) => {
    await useTool(tool);
    await page.keyboard.down(key);
    await drag([
      [200, 180],
      [120, 90],
    ]);
    await page.keyboard.up(key);
    expect(await calls("choose")).toEqual([[{ x0: 120, y0: 90, x1: 200, y1: 180 }, mode]]);
    expect(await calls("camera")).toEqual([]);
  });

  it.each([
    ["Shift", "add"],
    ["Alt", "subtract"],
  ] as const)("draws a lasso with %s: %s", async (key, mode) => {
    await useTool("lasso");
    await page.keyboard.down(key);
    await drag([
      [100, 100],
      [200, 100],
      [150, 200],
    ]);
    await page.keyboard.up(key);
    const [[path, how]] = (await calls("choose")) as [[number[], string]];
    expect(how).toBe(mode);
    expect(path.length).toBeGreaterThan(6);
  });

  it("gives up at Escape, and the key goes no further", async () => {
    await useTool("lasso");
    await page.evaluate(() => {
      document.body.addEventListener("keydown", () => hand.state.calls.push(["key"]));
    });
    await page.mouse.move(LEFT + 100, TOP + 100);
    await page.mouse.down();
    await page.mouse.move(LEFT + 200, TOP + 200, { steps: 5 });
    await page.keyboard.press("Escape");
    await page.mouse.move(LEFT + 250, TOP + 100, { steps: 3 });
    await page.mouse.up();
    expect(await calls("choose")).toEqual([]);
    expect(await calls("key")).toEqual([]);
    await page.keyboard.press("Escape");
    expect(await calls("key")).toEqual([[]]);
  });

  it("hears nothing once it is destroyed", async () => {
    await page.evaluate(() => hand.pointer.destroy());
    await drag([
      [100, 100],
      [200, 200],
    ]);
    await page.mouse.wheel(0, -300);
    await page.waitForTimeout(100);
    expect(await page.evaluate(() => hand.state.calls)).toEqual([]);
  });
});
