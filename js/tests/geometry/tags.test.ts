import fc from "fast-check";
import { expect, test } from "vitest";
import { placeTags, TAG_PX, type Tag } from "../../src/geometry/tags";

const tag: fc.Arbitrary<Tag> = fc.record({
  xPx: fc.integer({ min: -50, max: 350 }),
  yPx: fc.integer({ min: -50, max: 250 }),
  heightPx: fc.integer({ min: 1, max: 300 }),
  textPx: fc.integer({ min: 10, max: 320 }),
});

test("tags lie inside of the picture and never over each other", () => {
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 20 }), (tags) => {
      const placed = placeTags(tags, 300, 200);
      const boxes = placed.map(({ index, xPx, yPx }) => ({ xPx, yPx, right: xPx + (tags[index] as Tag).textPx }));
      for (const [i, a] of boxes.entries()) {
        expect(a.xPx).toBeGreaterThanOrEqual(0);
        expect(a.right).toBeLessThanOrEqual(300);
        expect(a.yPx).toBeGreaterThanOrEqual(0);
        expect(a.yPx + TAG_PX).toBeLessThanOrEqual(200);
        for (const b of boxes.slice(i + 1)) {
          const apart = a.right <= b.xPx || b.right <= a.xPx || Math.abs(a.yPx - b.yPx) >= TAG_PX;
          expect(apart).toBe(true);
        }
      }
    }),
  );
});

test("the first one has the place above its box", () => {
  const one = { xPx: 20, yPx: 60, heightPx: 50, textPx: 40 };
  expect(placeTags([one, one, one], 300, 200)).toEqual([
    { index: 0, xPx: 20, yPx: 60 - TAG_PX },
    { index: 1, xPx: 20, yPx: 60 },
    { index: 2, xPx: 20, yPx: 110 - TAG_PX },
  ]);
});
