import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { ticksBetween } from "../../src/geometry/ticks";
import type { LayoutOption, LayoutSent } from "../../src/protocol";
import { joinName, splitName, withOption } from "../../src/store/arrangement";
import { Store } from "../../src/store/store";
import { FakeSource, labels, manifest } from "./fake-source";

const SAME_IN_BOTH: [string, string, Record<string, string>][] = JSON.parse(
  readFileSync(new URL("names-of-layouts.json", import.meta.url), "utf-8"),
);
const shared = { words: {}, lowest: 0.05, usual: 0.3 };
const by: LayoutOption = {
  ...shared,
  name: "by",
  title: "Group by",
  kind: "column",
  default: "label",
  values: ["label", "year"],
};
const across: LayoutOption = {
  ...shared,
  name: "across",
  title: "and across",
  kind: "column",
  default: "",
  values: ["", "year"],
};

describe("names of layouts", () => {
  it.each(SAME_IN_BOTH)("%s is written as in Python", (name, kind, chosen) => {
    expect(joinName({ kind, chosen })).toBe(name);
    expect(splitName(name)).toEqual({ kind, chosen });
  });

  it("say all there is to a choice", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
        const chosen = { by: a, across: b };
        expect(splitName(joinName({ kind: "category", chosen })).chosen).toEqual(chosen);
      }),
    );
  });

  it("write halves of characters as what is shown in their place", () => {
    expect(joinName({ kind: "category", chosen: { by: "a\ud800b\udc00 \u{1f600}" } })).toBe(
      "category?by=a%EF%BF%BDb%EF%BF%BD%20%F0%9F%98%80",
    );
  });

  it("leave out what holds anyway, and keep the order of the options", () => {
    const name = withOption(splitName("category?across=year"), [by, across], by, "year");
    expect(name).toBe("category?by=year&across=year");
    expect(withOption(splitName(name), [by, across], by, "label")).toBe("category?across=year");
    expect(withOption(splitName("category?across=year"), [by, across], across, "")).toBe("category");
  });
});

function opened(): { store: Store; source: FakeSource } {
  const source = new FakeSource();
  const store = new Store(source, null, new AbortController().signal);
  source.say(
    manifest(2, {
      layouts: [
        ["umap", "Similarity"],
        ["category", "By category"],
      ],
      options: { umap: [], category: [by, across] },
    }),
  );
  source.say(labels([0, 1]));
  return { store, source };
}

function layout(name: string): LayoutSent {
  const none = new Float32Array(0);
  return {
    type: "layout",
    name,
    xy: new Float32Array(4),
    cell: null,
    captions: [],
    extra: {},
    outline: none,
    overlay: none,
  };
}

describe("the store", () => {
  it("comes back to a layout as it was arranged; what is chosen comes of itself", () => {
    const { store, source } = opened();
    store.appearance.setKind("category");
    store.appearance.setOption(across, "year");
    expect(source.values.layout_name).toBe("category?across=year");
    store.appearance.setKind("umap");
    store.appearance.setKind("category");
    expect(source.values.layout_name).toBe("category?across=year");
    expect(source.wanted).toEqual([]);
  });

  it("asks for a layout that does not come of itself", () => {
    vi.useFakeTimers();
    const { store, source } = opened();
    store.appearance.setKind("category");
    vi.advanceTimersByTime(4_000);
    expect(source.wanted).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(source.wanted).toEqual(["layout/category"]);
    store.appearance.setKind("umap");
    source.say(layout("umap"));
    vi.advanceTimersByTime(9_000);
    expect(source.wanted).toEqual(["layout/category"]);
    vi.useRealTimers();
  });

  it("does not keep all that a slider passes, and asks for what it let go", () => {
    const { store, source } = opened();
    for (let k = 0; k < 40; k += 1) source.say(layout(`custom?fill=${k}`));
    source.say(layout("umap"));
    const kept = [...store.data.layouts.value.keys()];
    expect(kept).toContain("custom?fill=39");
    expect(kept).toContain("umap");
    expect(kept.length).toBeLessThan(20);
    expect(source.forgotten).toContain("layout/custom?fill=0");
    store.appearance.setLayout("custom?fill=39");
    store.appearance.setLayout("custom?fill=0");
    expect(source.wanted).toEqual(["layout/custom?fill=0"]);
  });
});

describe("ticks", () => {
  it("are round, ascending, and within what is seen", () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        number,
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        (low, span, most) => {
          const found = ticksBetween(low, low + span, most);
          expect(found.length).toBeLessThanOrEqual(most + 1);
          for (const [k, { value }] of found.entries()) {
            expect(value).toBeGreaterThanOrEqual(low - span * 1e-6);
            expect(value).toBeLessThanOrEqual(low + span * (1 + 1e-6));
            if (k > 0) expect(value).toBeGreaterThan(found[k - 1]?.value as number);
          }
        },
      ),
    );
  });

  it("are written as Python writes them", () => {
    expect(ticksBetween(0.03, 0.26, 4).map(({ text }) => text)).toEqual(["0.1", "0.2"]);
    expect(ticksBetween(1850, 1999, 4).map(({ text }) => text)).toEqual(["1850", "1900", "1950"]);
    expect(ticksBetween(-1, 1, 4).map(({ text }) => text)).toEqual(["-1.0", "-0.5", "0.0", "0.5", "1.0"]);
    expect(ticksBetween(3, 3, 4)).toEqual([]);
  });
});
