import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FromKernel } from "../../src/protocol";
import { Store } from "../../src/store/store";
import { FakeSource, labels, manifest } from "./fake-source";

const looks = (rows: number[]): FromKernel => ({
  type: "looks",
  rows: Int32Array.from(rows),
  shapes: Uint8Array.from(rows.flatMap((row) => [row + 1, row + 2])),
  colors: Uint8Array.from(rows.flatMap((row) => [row, 20, 30])),
});
const sheet = (rows: number[]): FromKernel => ({
  type: "sheet",
  id: -1,
  cell: 32,
  columns: 2,
  rows: Int32Array.from(rows),
  jpeg: new Uint8Array(1),
});
const filter: FromKernel = {
  type: "filter",
  conditions: [{ is: "flagged" }],
  mask: Uint8Array.of(1, 0, 0),
  fixed: new Uint8Array(0),
  client: "",
  seq: 0,
};

function held(parts: FromKernel[]) {
  const source = new FakeSource();
  const store = new Store(source, null, new AbortController().signal);
  for (const part of parts) source.say(part);
  const { shapes, colors, known, sheets } = store.data;
  const { counts, flagged } = store.labels.info.value;
  return {
    looks: [shapes, colors, known].map((each) => [...each]),
    sheets: sheets.map(({ rows }) => [...rows]).sort(),
    labels: [[...store.labels.codes], counts, flagged],
    shown: [...store.shownRows()],
  };
}

describe("parts that come to a page which is just being made", () => {
  const parts = [
    labels([0, 1, 1], { flags: Uint8Array.of(1, 0, 0) }),
    looks([0, 2]),
    looks([1]),
    sheet([0, 1]),
    sheet([2]),
    filter,
  ];

  test("count the same in whatever order they come", () => {
    const told = manifest(3);
    const wanted = held([told, ...parts]);
    expect(wanted.looks[2]).toEqual([1, 1, 1]);
    fc.assert(
      fc.property(fc.shuffledSubarray([told, ...parts], { minLength: parts.length + 1 }), (order) => {
        expect(held(order)).toEqual(wanted);
      }),
    );
  });

  test("of rows that are being added wait to be told of them", () => {
    const before = [manifest(1), labels([0]), looks([0])];
    const grown = [manifest(3), labels([0, 1, 1])];
    const late = [looks([1, 2]), sheet([1, 2])];
    expect(held([...before, ...late, ...grown])).toEqual(held([...before, ...grown, ...late]));
  });
});
