import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bounds, grow, visibleBounds } from "../../src/geometry/camera";
import { insidePolygon } from "../../src/geometry/lasso";
import { DrawLists } from "../../src/render/draw-list";
import { pickRow, rowsInside } from "../../src/render/picking";
import { Scene } from "../../src/render/scene";
import { FILTERED_OUT, HIT, HOVERED, SELECTED } from "../../src/render/types";

const viewport = { widthPx: 400, heightPx: 300 };
const float = fc.float({ min: -1, max: 1, noNaN: true });
const sprite = fc.record({
  place: fc.oneof(fc.tuple(float, float), fc.constant([Number.NaN, Number.NaN] as [number, number])),
  shape: fc.constantFrom([255, 255], [255, 100], [40, 255], [255, 4]),
  state: fc.constantFrom(0, 0, 0, SELECTED, HIT, FILTERED_OUT, SELECTED | FILTERED_OUT, HIT | FILTERED_OUT),
});
const sprites = fc.array(sprite, { minLength: 1, maxLength: 120 });
const cameras = fc.record({ x: float, y: float, scale: fc.double({ min: 30, max: 3000, noNaN: true }) });
type Sprite = { place: readonly number[]; shape: readonly number[]; state: number };

function sceneOf(list: Sprite[]): Scene {
  const scene = new Scene();
  scene.reset(
    list.length,
    Uint8Array.from(list.flatMap((one) => one.shape)),
    Uint8Array.from(list.map((one) => one.state)),
  );
  scene.setPositions(Float32Array.from(list.flatMap((one) => one.place)), 0, 0);
  return scene;
}

describe("draw list", () => {
  it("holds all that may show, once, from the top of the stack down", () => {
    fc.assert(
      fc.property(sprites, cameras, fc.boolean(), (list, camera, hide) => {
        const scene = sceneOf(list);
        const view: Bounds = grow(visibleBounds(camera, viewport), 0.05);
        const ranks = new DrawLists(scene).visible(view, hide);
        expect(new Set(ranks).size).toBe(ranks.length);
        for (let i = 1; i < ranks.length; i++) {
          expect(scene.above(ranks[i - 1] as number, ranks[i] as number)).toBe(true);
        }
        const listed = new Set([...ranks].map((rank) => scene.order[rank] as number));
        list.forEach(({ place: [x, y], state }, row) => {
          const placed = !Number.isNaN(x);
          const hidden = hide && state === FILTERED_OUT;
          if (!placed || hidden) expect(listed.has(row)).toBe(false);
          else if (
            (x as number) >= view.x0 &&
            (x as number) <= view.x1 &&
            (y as number) >= view.y0 &&
            (y as number) <= view.y1
          )
            expect(listed.has(row)).toBe(true);
        });
      }),
      { numRuns: 300 },
    );
  });

  it("is the same whether gathered from the index or walked through", () => {
    fc.assert(
      fc.property(fc.array(sprite, { minLength: 40, maxLength: 200 }), cameras, (list, camera) => {
        const view = visibleBounds(camera, viewport);
        const indexed = sceneOf(list);
        const walked = sceneOf(list);
        walked.index = null;
        const inView = (scene: Scene): number[] =>
          [...new DrawLists(scene).visible(view, false)].filter((rank) => {
            const row = scene.order[rank] as number;
            const [x, y] = [scene.xOf(row), scene.yOf(row)];
            return x >= view.x0 && x <= view.x1 && y >= view.y0 && y <= view.y1;
          });
        expect(inView(indexed)).toEqual(inView(walked));
      }),
      { numRuns: 200 },
    );
  });

  it("follows changes of state, and is kept while nothing changes", () => {
    const scene = sceneOf(Array.from({ length: 50 }, (_, i) => ({ place: [i / 50, 0], shape: [255, 255], state: 0 })));
    const lists = new DrawLists(scene);
    const all = { x0: -2, y0: -2, x1: 2, y1: 2 };
    const before = lists.visible(all, true);
    expect(lists.visible(all, true)).toBe(before);
    scene.states[17] = SELECTED;
    scene.states[18] = FILTERED_OUT;
    expect(scene.touchStates([17, 18])).toBe(true);
    const after = lists.visible(all, true);
    expect(scene.order[after[0] as number]).toBe(17);
    expect(after.length).toBe(49);
  });
});

describe("picking", () => {
  it("takes the sprite on top of those that cover the pixel, by looking at every one", () => {
    const px = fc.double({ min: 0, max: 300, noNaN: true });
    fc.assert(
      fc.property(sprites, cameras, px, px, (list, camera, xPx, yPx) => {
        const scene = sceneOf(list);
        const sizePx = 60;
        const view = { camera, viewport, sizePx, discs: false, hoverScale: 1, hideFiltered: false };
        let expected = -1;
        list.forEach(({ place: [x, y], shape: [width, height] }, row) => {
          const dx = Math.abs(200 + (Math.fround(x as number) - camera.x) * camera.scale - xPx);
          const dy = Math.abs(150 - (Math.fround(y as number) - camera.y) * camera.scale - yPx);
          const covers =
            dx <= (sizePx / 2) * ((width as number) / 255) && dy <= (sizePx / 2) * ((height as number) / 255);
          if (!covers) return;
          const rank = scene.ranks[row] as number;
          if (expected < 0 || scene.above(rank, scene.ranks[expected] as number)) expected = row;
        });
        expect(pickRow(scene, view, xPx, yPx)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("reaches for the nearest of tiny sprites, and prefers the hovered one", () => {
    const scene = sceneOf([
      { place: [0, 0], shape: [255, 255], state: 0 },
      { place: [0.02, 0], shape: [255, 255], state: 0 },
    ]);
    const view = {
      camera: { x: 0, y: 0, scale: 100 },
      viewport,
      sizePx: 2,
      discs: false,
      hoverScale: 1,
      hideFiltered: false,
    };
    expect(pickRow(scene, view, 203.5, 150)).toBe(1);
    expect(pickRow(scene, view, 198, 150)).toBe(0);
    expect(pickRow(scene, view, 190, 150)).toBe(-1);
    scene.states[0] = HOVERED;
    scene.touchStates([0]);
    expect(pickRow(scene, { ...view, sizePx: 20, hoverScale: 1.2 }, 211, 150)).toBe(0);
  });

  it("takes the rows of any lasso by their centers, leaving filtered ones out", () => {
    const corner = fc.tuple(fc.integer({ min: -20, max: 420 }), fc.integer({ min: -20, max: 320 }));
    fc.assert(
      fc.property(sprites, cameras, fc.array(corner, { minLength: 3, maxLength: 9 }), (list, camera, corners) => {
        const scene = sceneOf(list);
        const polygon = corners.flat();
        const expected = list.flatMap(({ place: [x, y], state }, row) => {
          const xPx = 200 + (Math.fround(x as number) - camera.x) * camera.scale;
          const yPx = 150 - (Math.fround(y as number) - camera.y) * camera.scale;
          return !(state & FILTERED_OUT) && insidePolygon(polygon, xPx, yPx) ? [row] : [];
        });
        expect([...rowsInside(scene, camera, viewport, polygon)]).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe("transition", () => {
  it("starts where the sprites are, also from the middle of another, and ends exactly there", () => {
    fc.assert(
      fc.property(
        fc.array(float, { minLength: 6, maxLength: 6 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        (values, t) => {
          const [xa, ya, xb, yb, xc, yc] = values as [number, number, number, number, number, number];
          const scene = sceneOf([{ place: [xa, ya], shape: [255, 255], state: 0 }]);
          expect(scene.setPositions(Float32Array.of(xb, yb), 800, 1000)).toBe(true);
          expect(scene.xOf(0)).toBeCloseTo(xa, 6);
          scene.advance(1000 + 800 * t);
          const [x, y] = [scene.xOf(0), scene.yOf(0)];
          expect(x).toBeGreaterThanOrEqual(Math.min(xa, xb) - 1e-6);
          expect(x).toBeLessThanOrEqual(Math.max(xa, xb) + 1e-6);
          scene.setPositions(Float32Array.of(xc, yc), 800, 1000 + 800 * t);
          expect(scene.xOf(0)).toBeCloseTo(x, 5);
          expect(scene.yOf(0)).toBeCloseTo(y, 5);
          expect(scene.advance(1000 + 800 * t + 801)).toBe(false);
          expect([scene.xOf(0), scene.yOf(0)]).toEqual([Math.fround(xc), Math.fround(yc)]);
        },
      ),
    );
  });

  it("jumps when it may not take time", () => {
    const scene = sceneOf([{ place: [0, 0], shape: [255, 255], state: 0 }]);
    expect(scene.setPositions(Float32Array.of(1, 1), 0, 0)).toBe(false);
    expect(scene.xOf(0)).toBe(1);
  });
});

describe("more rows", () => {
  it("let the others glide from where they were, and appear where they belong", () => {
    const scene = sceneOf([{ place: [0, 0], shape: [255, 255], state: SELECTED }]);
    scene.extend(2, Uint8Array.of(255, 255, 255, 100), Uint8Array.of(SELECTED, 0));
    expect(scene.setPositions(Float32Array.of(1, 0, 0.5, 0.5), 100, 0)).toBe(true);
    scene.advance(50);
    expect([scene.xOf(0), scene.xOf(1)]).toEqual([0.5, 0.5]);
    expect([scene.n, ...scene.bandCounts]).toEqual([2, 1, 0, 1, 0]);
  });
});
