import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Condition, FacetSent, FilterSent, FilterWanted } from "../../src/protocol";
import { STATE } from "../../src/store/row-states";
import { searchHere } from "../../src/store/search";
import { Store } from "../../src/store/store";
import { FakeSource, labels, manifest } from "./fake-source";

const N = 6;
const CODES = [0, 0, 1, -1, 1, 0];
const NUMBERS = [0, 1, 2, 3, Number.NaN, 5];
const TAGS = [["red"], ["red", "blue"], [], ["blue"], ["wool"], ["red", "blue", "wool"]];
const TAG_NAMES = ["red", "blue", "wool"];
const NOTHING = {
  type: "facet",
  names: [],
  counts: new Int32Array(0),
  rows: new Int32Array(0),
  codes: new Int32Array(0),
  values: new Float32Array(0),
  offsets: new Uint32Array(0),
  text: new Uint8Array(0),
  low: 0,
  high: 0,
  missing: 0,
  whole: true,
  complete: true,
} as const;

let source: FakeSource;
let store: Store;

function facet(changes: Partial<FacetSent> & Pick<FacetSent, "name" | "kind">): FacetSent {
  return { ...NOTHING, names: [], ...changes };
}

function answer(conditions: Condition[], mask: number[], changes: Partial<FilterSent> = {}): FilterSent {
  const bytes = Uint8Array.from(mask);
  return { type: "filter", conditions, mask: bytes, fixed: new Uint8Array(0), client: "", seq: 0, ...changes };
}

function shown(): number[] {
  return [...store.shownRows()];
}

beforeEach(() => {
  source = new FakeSource();
  store = new Store(source, null, new AbortController().signal);
  source.say(manifest(N));
  source.say(labels(CODES));
  source.say(facet({ name: "year", kind: "numbers", values: Float32Array.from(NUMBERS, (v) => v), high: 5 }));
  const pairs = TAGS.flatMap((tags, row) => tags.map((tag) => [row, TAG_NAMES.indexOf(tag)] as const));
  source.say(
    facet({
      name: "tags",
      kind: "tags",
      names: TAG_NAMES,
      rows: Int32Array.from(pairs, ([row]) => row),
      codes: Int32Array.from(pairs, ([, code]) => code),
    }),
  );
});

describe("what this page can judge", () => {
  const names = fc.array(fc.constantFrom<string | null>("cat", "dog", null), { maxLength: 3 });
  const tags = fc.array(fc.constantFrom<string | null>(...TAG_NAMES, null), { maxLength: 3 });
  const bound = fc.option(fc.integer({ min: -1, max: 6 }), { nil: undefined });
  const condition: fc.Arbitrary<Condition> = fc.oneof(
    names.map((any) => ({ column: "category", any })),
    tags.map((any) => ({ column: "tags", any })),
    tags.map((all) => ({ column: "tags", all })),
    fc.record({ min: bound, max: bound }).map(({ min, max }) => ({ column: "year", min, max }) as Condition),
    fc.constantFrom("flagged", "not flagged", "edited", "not edited", "unreadable", "readable").map((is) => ({ is })),
  );

  function holds(each: Condition, row: number): boolean {
    if ("is" in each) {
      const flagged = row === 1;
      const edited = row === 2;
      const is = { flagged, edited, unreadable: false };
      return (
        each.is === "readable" ||
        (each.is.startsWith("not ") ? !is[each.is.slice(4) as "flagged"] : is[each.is as "flagged"])
      );
    }
    if (!("column" in each)) return false;
    const borne =
      each.column === "tags"
        ? (TAGS[row] ?? [])
        : [["cat", "dog"][CODES[row] as number]].filter((x) => x !== undefined);
    const bears = (name: string | null) => (name === null ? borne.length === 0 : borne.includes(name));
    if ("any" in each) return each.any.some(bears);
    if ("all" in each) return each.all.every(bears);
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = each as { min?: number; max?: number };
    const value = NUMBERS[row] as number;
    return value >= min && value <= max;
  }

  test("it judges as the words say, all conditions together", () => {
    const flags = new Uint8Array(N);
    flags[1] = 1;
    const edited = new Uint8Array(N);
    edited[2] = 1;
    source.say(labels(CODES, { flags, edited, revision: 1 }));
    fc.assert(
      fc.property(fc.array(condition, { maxLength: 3 }), (conditions) => {
        store.filter.set(conditions);
        const expected = CODES.flatMap((_, row) => (conditions.every((each) => holds(each, row)) ? [row] : []));
        expect(shown()).toEqual(expected);
        expect(source.sent.at(-1)).toMatchObject({ type: "set-filter", conditions });
      }),
    );
  });

  test("an isolated label follows the edits, and is a filter like another", () => {
    store.coloring.isolate(new Set([1]));
    expect(store.filter.conditions.value).toEqual([{ column: "category", any: ["dog"] }]);
    expect(shown()).toEqual([2, 4]);
    store.relabel(Int32Array.of(0), "dog");
    expect(store.filter.isShown(0)).toBe(true);
    expect((store.rows.bits[0] as number) & STATE.filteredOut).toBe(0);
    store.coloring.isolate(new Set([-1]));
    expect(shown()).toEqual([3]);
    store.coloring.isolate(new Set());
    expect(store.filter.conditions.value).toEqual([]);
  });

  test("text is looked in, for filters and for the search, with no kernel", () => {
    const words = ["a red hat", "", "two hats", "", "", "a cap"];
    const offsets = Uint32Array.from([0, ...words.map((_, k) => words.slice(0, k + 1).join("").length)]);
    source.say(facet({ name: "note", kind: "text", offsets, text: new TextEncoder().encode(words.join("")) }));
    store.filter.set([{ column: "note", contains: "HAT" }]);
    expect(shown()).toEqual([0, 2]);
    store.filter.set([
      { column: "note", contains: "hat" },
      { column: "category", any: ["dog"] },
    ]);
    expect(shown()).toEqual([2]);
    expect([...searchHere(store, " Cap ")]).toEqual([5]);
    expect([...searchHere(store, "dog")]).toEqual([2, 4]);
    expect([...searchHere(store, "wool")]).toEqual([4, 5]);
    expect([...searchHere(store, " ")]).toEqual([]);
  });

  test("an image that is called what is asked for is found first", () => {
    const names = ["a-1.png", "1.png", "b-1.png", "c.png", "", ""];
    const offsets = Uint32Array.from([0, ...names.map((_, k) => names.slice(0, k + 1).join("").length)]);
    source.say({ type: "names", start: 0, offsets, text: new TextEncoder().encode(names.join("")) });
    expect([...searchHere(store, " 1.PNG")]).toEqual([1, 0, 2]);
    expect([...searchHere(store, "png")]).toEqual([0, 1, 2, 3]);
  });

  test("a column that comes late is judged by when it is there", () => {
    store.filter.set([{ column: "late", min: 1 }]);
    expect(source.wanted).toContain("facet/late");
    expect(shown()).toHaveLength(N);
    source.say(facet({ name: "late", kind: "numbers", values: Float32Array.of(0, 1, 0, 1, 0, 1), high: 1 }));
    expect(shown()).toEqual([1, 3, 5]);
  });
});

describe("what the kernel judges", () => {
  const query: Condition = { query: "year > 1", rows: 3, count: 5 };

  test("combines with what this page adds to it", () => {
    source.say(answer([query], [0, 1, 1, 1, 1, 1], { fixed: Uint8Array.of(0, 1, 1, 1, 1, 1) }));
    expect(shown()).toEqual([1, 2, 3, 4, 5]);
    store.filter.set([query, { column: "category", any: ["cat"] }]);
    expect(shown()).toEqual([1, 5]);
    // It goes back with its number: the kernel runs no text of a page.
    expect((source.sent.at(-1) as FilterWanted).conditions[0]).toEqual(query);
    store.filter.set([{ column: "category", any: ["cat"] }]);
    expect(shown()).toEqual([0, 1, 5]);
  });

  test("a condition that is not exact here goes back by its number, one that was changed here does not", () => {
    const exact: Condition = { column: "year", min: 2 ** 53, known: 4 };
    source.say(answer([exact], [0, 0, 0, 0, 0, 1]));
    store.filter.set([...store.filter.conditions.value, { is: "not flagged" }]);
    expect((source.sent.at(-1) as FilterWanted).conditions).toEqual([exact, { is: "not flagged" }]);
    store.filter.replace(exact, { column: "year", min: 2 });
    expect((source.sent.at(-1) as FilterWanted).conditions[0]).toEqual({ column: "year", min: 2 });
  });

  test("an answer to an older question is left aside, a newer filter from elsewhere is taken", () => {
    store.filter.set([{ column: "year", min: 2 }]);
    store.filter.set([{ column: "year", min: 3 }]);
    source.say(answer([{ column: "year", min: 2 }], [0, 0, 1, 1, 0, 1], { client: "page", seq: 1 }));
    expect(shown()).toEqual([3, 5]);
    source.say(answer([{ column: "year", min: 3 }], [0, 0, 0, 1, 0, 1], { client: "page", seq: 2 }));
    source.say(answer([], [], { client: "page", seq: 2 }));
    expect(store.filter.conditions.value).toEqual([]);
    expect(shown()).toHaveLength(N);
  });

  test("a condition is replaced by what it says, though an object of the kernel's stands there by now", () => {
    const red: Condition = { column: "tags", any: ["red"] };
    store.filter.set([{ is: "not flagged" }, red]);
    const { client } = source;
    source.say(
      answer([{ is: "not flagged" }, { column: "tags", any: ["red"] }], [1, 1, 0, 0, 0, 1], { client, seq: 1 }),
    );
    expect(store.filter.on("tags")).not.toBe(red);
    const more: Condition = { column: "tags", any: ["red", "wool"] };
    store.filter.replace(red, more);
    expect(store.filter.conditions.value).toEqual([{ is: "not flagged" }, more]);
    store.filter.replace(more, null);
    expect(store.filter.conditions.value).toEqual([{ is: "not flagged" }]);
  });

  test("of columns too large for the page its answer counts", () => {
    source.say(facet({ name: "large", kind: "numbers", complete: false }));
    store.filter.set([{ column: "large", min: 1 }]);
    expect(shown()).toHaveLength(N);
    source.say(answer([{ column: "large", min: 1 }], [1, 0, 0, 0, 0, 1], { client: "page", seq: 1 }));
    expect(shown()).toEqual([0, 5]);
  });
});

test("a label is renamed in one edit, without asking for more like it", () => {
  store.renameLabel("cat", "feline");
  expect(source.edits().map(({ kind, value, rows }) => [kind, value, [...rows]])).toEqual([
    ["label", "feline", [0, 1, 5]],
  ]);
  expect(store.propagation.current.value).toBeNull();
});
