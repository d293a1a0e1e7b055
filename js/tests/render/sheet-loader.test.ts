import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Camera } from "../../src/geometry/camera";
import type { Painter } from "../../src/render/painter";
import { Scene } from "../../src/render/scene";
import { cellPx } from "../../src/render/sheet-cache";
import { levelFor, SheetLoader, type Sources } from "../../src/render/sheet-loader";
import { Thumbnails } from "../../src/render/thumbnails";
import type { SheetImage } from "../../src/render/types";

const viewport = { widthPx: 1000, heightPx: 1000 };
const camera: Camera = { x: 0, y: 0, scale: 500 };

interface Asked {
  cell: number;
  rows: number[];
  signal: AbortSignal;
  answer: (rows?: number[]) => Promise<void>;
  fail: () => Promise<void>;
}

/** A loader over a grid of `n` sprites, whose requests the test answers itself. */
function setUp(n: number, layers = 8) {
  const scene = new Scene();
  scene.reset(n, new Uint8Array(2 * n).fill(255), new Uint8Array(n));
  const side = Math.ceil(Math.sqrt(n));
  const positions = new Float32Array(2 * n);
  for (let row = 0; row < n; row++) {
    positions[2 * row] = (((row % side) + 0.5) / side) * 2 - 1;
    positions[2 * row + 1] = 1 - ((Math.floor(row / side) + 0.5) / side) * 2;
  }
  scene.setPositions(positions, 0, 0);
  const painter = { layers, upload: () => true } satisfies Partial<Painter> as unknown as Painter;
  const thumbnails = new Thumbnails(n, painter, scene.shapes, () => undefined);
  const asked: Asked[] = [];
  const sources: Sources = {
    fetchSheet: (cell, rows, signal) =>
      new Promise<SheetImage>((resolve, reject) => {
        const settle = async (): Promise<void> => {
          // Reply, decoding and upload each take a few turns.
          for (let i = 0; i < 12; i++) await Promise.resolve();
          while (thumbnails.step(1e9)) await Promise.resolve();
        };
        asked.push({
          cell,
          rows: [...rows],
          signal,
          answer: (some = [...rows]) => {
            resolve({ cell, columns: 1024 / cell, rows: Int32Array.from(some), jpeg: new Uint8Array(4) });
            return settle();
          },
          fail: () => {
            reject(new Error("the kernel is gone"));
            return settle();
          },
        });
      }),
    fetchImage: null,
  };
  const retry = vi.fn();
  const loader = new SheetLoader(scene, thumbnails, () => sources, retry);
  const all = Uint32Array.from({ length: n }, (_, rank) => rank);
  const plan = (sizePx: number, seen = camera, list = all): number[] =>
    loader.plan(list, seen, viewport, sizePx, 1, performance.now());
  return { scene, thumbnails, loader, asked, sources, retry, plan };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("createImageBitmap", async () => ({ width: 1024, height: 1024, close: () => undefined }));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("sheet loader", () => {
  it("knows the level a size on screen needs", () => {
    const levels = [4, 32, 35, 36, 70, 140, 280, 900, 5000].map((sizePx) => levelFor(sizePx, 5));
    expect(levels).toEqual([0, 0, 0, 1, 1, 2, 3, 5, 5]);
    expect(levelFor(900, 3)).toBe(3);
  });

  it("asks for central rows first, a full sheet at a time, a few at once", async () => {
    const { plan, asked } = setUp(10_000);
    plan(10);
    expect(asked.map((one) => [one.cell, one.rows.length])).toEqual([
      [32, 1024],
      [32, 1024],
      [32, 1024],
    ]);
    const distance = (row: number): number => Math.hypot((row % 100) - 49.5, Math.floor(row / 100) - 49.5);
    const furthest = asked.map((one) => Math.max(...one.rows.map(distance)));
    const nearest = asked.map((one) => Math.min(...one.rows.map(distance)));
    expect(furthest[0]).toBeLessThanOrEqual((nearest[1] as number) + 1e-6);
    expect(furthest[1]).toBeLessThanOrEqual((nearest[2] as number) + 1e-6);
    await asked[0]?.answer();
    expect(asked.length).toBe(4);
  });

  it("asks for something coarse before something fine, and for nothing it has or awaits", async () => {
    const { plan, asked, thumbnails } = setUp(16);
    plan(200);
    expect(asked.map((one) => one.cell)).toEqual([64, 256]);
    await asked[0]?.answer();
    plan(200);
    expect(asked.length).toBe(2);
    await asked[1]?.answer();
    plan(200);
    expect(asked.length).toBe(2);
    expect(cellPx(thumbnails.cache.levelOf(thumbnails.shown[3] as number))).toBe(256);
    // Smaller again: the 64 px cells are still there.
    plan(40);
    expect(asked.length).toBe(2);
    expect(cellPx(thumbnails.cache.levelOf(thumbnails.shown[3] as number))).toBe(64);
  });

  it("asks for points of no thumbnail at all, and gives up what was asked for", () => {
    const { plan, asked, loader } = setUp(100);
    plan(50);
    expect(loader.pending).toBeGreaterThan(0);
    plan(3);
    expect(loader.pending).toBe(0);
    expect(asked.every((one) => one.signal.aborted)).toBe(true);
  });

  it("asks only for what is in view, and gives up what no longer is", () => {
    const { plan, asked, scene } = setUp(400);
    plan(100, { x: -0.75, y: 0.75, scale: 2000 });
    const first = asked[0] as Asked;
    for (const row of first.rows) {
      expect(scene.xOf(row)).toBeLessThan(-0.4);
      expect(scene.yOf(row)).toBeGreaterThan(0.4);
    }
    plan(100, { x: 0.75, y: -0.75, scale: 2000 });
    expect(first.signal.aborted).toBe(true);
    expect(asked.some((one) => one.rows.includes(399))).toBe(true);
  });

  it("is content with a coarser level when the finer one does not fit the cache", () => {
    const { plan, thumbnails } = setUp(4000, 4);
    plan(100);
    expect(thumbnails.level).toBe(0);
    const { plan: second, thumbnails: roomy } = setUp(100, 8);
    second(100);
    expect(roomy.level).toBe(2);
  });

  it("asks again, later and later, for rows that a reply left out or a failure cost", async () => {
    const { plan, asked, retry, loader } = setUp(4);
    plan(20);
    await asked[0]?.answer([0, 1, 2]);
    plan(20);
    expect(asked.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1100);
    expect(retry).toHaveBeenCalledTimes(1);
    plan(20);
    expect(asked[1]?.rows).toEqual([3]);
    await asked[1]?.fail();
    expect(loader.lastError).toBe("the kernel is gone");
    await vi.advanceTimersByTimeAsync(1100);
    plan(20);
    expect(asked.length).toBe(2);
    await vi.advanceTimersByTimeAsync(1100);
    plan(20);
    expect(asked.length).toBe(3);
    await asked[2]?.answer();
    expect(loader.lastError).toBeNull();
  });

  it("asks at once for rows that have changed", async () => {
    const { plan, asked, loader, thumbnails } = setUp(4);
    plan(20);
    await asked[0]?.answer([0, 1]);
    loader.forgive([2]);
    thumbnails.drop([0]);
    plan(20);
    expect(asked[1]?.rows.sort()).toEqual([0, 2]);
  });
});
