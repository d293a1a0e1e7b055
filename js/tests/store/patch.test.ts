import { expect, test } from "vitest";
import type { RowEdit } from "../../src/store/outbox";
import { patchCsv } from "../../src/store/patch";

const edit = (changes: Partial<RowEdit>): RowEdit => ({
  type: "edit",
  kind: "label",
  rows: Int32Array.of(0),
  value: "dog",
  how: "manual",
  reason: "",
  ...changes,
});

test("pending edits become a table that merge reads", () => {
  const edits = [
    edit({ rows: Int32Array.of(0, 1), value: 'a "b", c\nd' }),
    edit({ value: null }),
    edit({ kind: "flag", value: true }),
    edit({ kind: "class", value: "fox" }),
    edit({ kind: "undo", rows: new Int32Array(0), value: null }),
  ];
  const text = patchCsv(edits, (row) => `${row},x.jpg`, { label: "outcome", flag: "remove" });
  expect(text).toBe(
    'file,column,new\n"0,x.jpg","outcome","a ""b"", c\nd"\n"1,x.jpg","outcome","a ""b"", c\nd"\n' +
      '"0,x.jpg","outcome",\n"0,x.jpg","remove","True"\n"0,x.jpg","category","fox"\n',
  );
});
