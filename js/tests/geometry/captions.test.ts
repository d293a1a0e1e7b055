import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Manner, placeCaptions, type ToPlace } from "../../src/geometry/caption-places";
import { broken, cut, shortened, wordings } from "../../src/geometry/wording";

/** Every letter is 6 px wide. */
const measure = (text: string) => 6 * Array.from(text).length;
const inks = { name: measure, count: measure, gapPx: 4 };
const manner: Manner = { inks, linePx: 16, gapPx: 6, mostPx: ({ roomPx }) => roomPx * 1.6 + 28, grow: -1 };

describe("a name", () => {
  test("breaks at a joint, so that its longer part is as short as can be", () => {
    expect(broken("wrong class and box", measure)).toEqual(["wrong class", "and box"]);
    expect(broken("person-activity", measure)).toEqual(["person-", "activity"]);
    expect(broken("camelCase", measure)).toEqual(["camel", "Case"]);
    expect(broken("whole", measure)).toBeNull();
  });

  test("is cut to what fits, and its count never", () => {
    expect(shortened("true positive", 48, measure)).toBe("true po…");
    expect(shortened("true positive", 12, measure)).toBe("");
    expect(cut("true positive", "1,234", 70, inks)).toMatchObject({ lines: ["true…"], whole: false });
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(99_999), fc.nat(300), (name, count, mostPx) => {
        const made = cut(name, String(count), mostPx, inks);
        if (made) expect(made.widthPx).toBeLessThanOrEqual(mostPx);
        for (const { lines, widthPx, rows } of wordings(name, String(count), inks)) {
          expect(lines.join("").replace(/\s/g, "")).toBe(name.replace(/\s/g, ""));
          expect(widthPx).toBeGreaterThanOrEqual(Math.max(...lines.map(measure)));
          expect(rows).toBeLessThanOrEqual(3);
        }
      }),
    );
  });
});

describe("captions", () => {
  const at = (name: string, xPx: number, roomPx: number, more: Partial<ToPlace> = {}): ToPlace => ({
    name,
    count: "12",
    xPx,
    yPx: 50,
    roomPx,
    ...more,
  });
  const written = (...all: Parameters<typeof placeCaptions>) =>
    Object.fromEntries(placeCaptions(...all).map(({ index, wording }) => [all[0][index]?.name, wording.lines]));

  test("are whole where they find room, over two lines, over their sides, or cut", () => {
    expect(written([at("longsleeve", 100, 90)], [], manner)).toEqual({ longsleeve: ["longsleeve"] });
    expect(written([at("face-smiling", 100, 66)], [], manner)).toEqual({ "face-smiling": ["face-", "smiling"] });
    expect(written([at("longsleeve", 100, 50)], [], manner)).toEqual({ longsleeve: ["longsleeve"] });
    const crowded = [at("longsleeve", 100, 50), at("outwear", 153, 50), at("trousers", 47, 50)];
    expect(written(crowded, [], manner)).toMatchObject({ outwear: ["outwear"], longsleeve: ["long…"] });
  });

  test("of a row of time all have their counts below", () => {
    const [first] = placeCaptions([at("2010", 100, 80, { stacked: true })], [], manner);
    expect(first?.wording).toMatchObject({ lines: ["2010"], below: true, rows: 2 });
  });

  test("cover neither each other nor, where they stand out, what else is there", () => {
    const some = fc.record({
      name: fc.stringMatching(/^[a-z]{1,9}(-[a-z]{1,9})?$/),
      count: fc.nat(5000).map(String),
      xPx: fc.integer({ min: 0, max: 600 }),
      yPx: fc.integer({ min: 0, max: 300 }),
      roomPx: fc.integer({ min: 5, max: 200 }),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 40 }), fc.integer({ min: 0, max: 500 }), (captions, left) => {
        const wall = [left, -100, left + 60, 500] as const;
        const placed = placeCaptions(captions, [wall], manner).map(({ index, wording, xPx, yPx }) => ({
          x0: xPx - wording.widthPx / 2,
          x1: xPx + wording.widthPx / 2,
          y0: yPx - 8 * wording.rows,
          y1: yPx + 8 * wording.rows,
          out: wording.widthPx > (captions[index] as ToPlace).roomPx,
        }));
        for (const [k, a] of placed.entries()) {
          if (a.out) expect(a.x1 < wall[0] + 2 || a.x0 > wall[2] - 2).toBe(true);
          for (const b of placed.slice(k + 1))
            expect(a.x1 <= b.x0 || b.x1 <= a.x0 || a.y1 <= b.y0 || b.y1 <= a.y0).toBe(true);
        }
      }),
    );
  });

  test("are moved in from the rim and out from under panels, as far as there is room", () => {
    const sight = { seen: [0, 0, 336, 500], panels: [[8, 8, 44, 104]] } as const;
    const xs = (captions: ToPlace[]) =>
      placeCaptions(captions, [], { ...manner, sight }).map(({ index, xPx }) => [index, xPx]);
    // "Smileys 12" is 58 px wide, and 6 px are left between any two.
    expect(xs([at("Smileys", 50, 180)])).toEqual([[0, 44 + 32]]);
    expect(xs([at("Smileys", 20, 180, { yPx: 300 })])).toEqual([[0, 32]]);
    expect(xs([at("Smileys", 30, 180)])).toEqual([]);
    expect(xs([at("Smileys", 330, 180)])).toEqual([[0, 336 - 32]]);
    expect(xs([at("Smileys", 340, 180)])).toEqual([[0, 340]]);
    // Too wide for what is left beside a panel.
    const open = { ...sight, panels: [[8, 8, 235, 400]] } as const;
    const placed = placeCaptions([at("whatstandsherenow", 290, 180)], [], { ...manner, sight: open });
    expect(placed).toEqual([]);
  });
});
