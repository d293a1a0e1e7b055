import { expect, test } from "vitest";
import type { SheetSent } from "../../src/protocol";
import { Store } from "../../src/store/store";
import { FakeSource, labels, manifest } from "./fake-source";

const sheet: SheetSent = {
  type: "sheet",
  id: -1,
  cell: 32,
  columns: 1,
  rows: Int32Array.of(0),
  jpeg: new Uint8Array(1),
};

test("pushed sheets are kept for views to come, but not once the last view has gone", () => {
  const source = new FakeSource();
  const store = new Store(source, null, new AbortController().signal);
  source.say(manifest(1));
  source.say(labels([0]));
  source.say(sheet);
  expect(store.data.sheets).toEqual([sheet]);
  store.releaseSheets();
  // Under way when the cell was run again.
  source.say(sheet);
  expect(store.data.sheets).toEqual([]);
  // Or the kernel would hear that this page has them.
  expect(source.forgotten).toEqual(["sheet/", "sheet/"]);
  store.fetchSheetsAgain();
  source.say(sheet);
  expect(store.data.sheets).toEqual([sheet]);
});
