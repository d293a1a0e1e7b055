import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Changed } from "../../src/protocol";
import { combine } from "../../src/store/row-sets";
import { STATE } from "../../src/store/row-states";
import { Store } from "../../src/store/store";
import { FakeSource, labels, manifest } from "./fake-source";

const NO_STOP = new AbortController().signal;

let source: FakeSource;
let store: Store;

function open(codes: number[]): void {
  source = new FakeSource();
  store = new Store(source, null, NO_STOP);
  source.say(manifest(codes.length));
  source.say(labels(codes));
}

function changed(rows: number[], codes: number[], changes: Partial<Changed> = {}): Changed {
  return {
    type: "changed",
    revision: 1,
    kind: "label",
    note: "",
    client: "page",
    seq: 1,
    rows: Int32Array.from(rows),
    codes: Int32Array.from(codes),
    flags: new Uint8Array(rows.length),
    edited: new Uint8Array(rows.length).fill(1),
    places: new Int32Array(0),
    names: [],
    palette: new Uint8Array(0),
    edits: 1,
    undo: "relabel",
    redo: "",
    ...changes,
  };
}

/** What a change says of labels that are new or called otherwise. */
function called(labels: Record<number, string>): Pick<Changed, "places" | "names" | "palette"> {
  const names = Object.values(labels);
  const palette = Uint8Array.from({ length: names.length * 3 }, (_, k) => 200 + k);
  return { places: Int32Array.from(Object.keys(labels), Number), names, palette };
}

beforeEach(() => open([0, 0, 1, -1]));

describe("edits", () => {
  test("show at once, are pending until the kernel has dealt with them, and count", () => {
    store.relabel(Int32Array.of(0, 3), "dog");
    expect([...store.labels.codes]).toEqual([1, 0, 1, 1]);
    expect(store.labels.info.value.counts).toEqual([1, 3]);
    expect(store.labels.info.value.unlabeled).toBe(0);
    expect((store.rows.bits[0] as number) & STATE.pending).toBeTruthy();
    expect(store.pendingCount.value).toBe(1);
    source.say(changed([0, 3], [1, 1]));
    expect(store.pendingCount.value).toBe(0);
    expect((store.rows.bits[0] as number) & STATE.pending).toBe(0);
    expect([...store.labels.codes]).toEqual([1, 0, 1, 1]);
  });

  test("of a box's class wait for the kernel as others do, and leave its label alone", () => {
    store.setClass(Int32Array.of(2), "lynx");
    expect(source.edits()[0]).toMatchObject({ kind: "class", value: "lynx", rows: Int32Array.of(2) });
    expect([...store.labels.codes]).toEqual([0, 0, 1, -1]);
    expect(store.pendingCount.value).toBe(1);
    source.say(changed([2], [1]));
    expect(store.pendingCount.value).toBe(0);
  });

  test("that are refused are rolled back, with the reason in words", () => {
    store.relabel(Int32Array.of(0), "whale");
    expect(store.labels.info.value.names).toEqual(["cat", "dog", "whale"]);
    source.say({ type: "ack", client: "page", seq: 1, ok: false, reason: "'whale' is not allowed" });
    expect([...store.labels.codes]).toEqual([0, 0, 1, -1]);
    expect(store.labels.info.value.names).toEqual(["cat", "dog"]);
    expect(store.labels.info.value.counts).toEqual([2, 1]);
    expect(store.notices.value.map(({ text }) => text)).toEqual(["'whale' is not allowed."]);
  });

  test("made after one that is refused still stand", () => {
    store.relabel(Int32Array.of(0), "whale");
    store.relabel(Int32Array.of(1), "dog");
    source.say({ type: "ack", client: "page", seq: 1, ok: false, reason: "no" });
    expect([...store.labels.codes]).toEqual([0, 1, 1, -1]);
  });

  test("can be undone before the kernel has heard of them", () => {
    store.relabel(Int32Array.of(0), "dog");
    store.undo();
    expect([...store.labels.codes]).toEqual([0, 0, 1, -1]);
    expect(source.edits().map(({ kind, seq }) => [kind, seq])).toEqual([
      ["label", 1],
      ["undo", 2],
    ]);
  });

  test("an undo can be redone before the kernel has heard of either", () => {
    store.relabel(Int32Array.of(0), "dog");
    store.undo();
    store.redo();
    expect([...store.labels.codes]).toEqual([1, 0, 1, -1]);
    expect(source.edits().map(({ kind }) => kind)).toEqual(["label", "undo", "redo"]);
    expect(store.labels.info.value.redo).toBe("");
  });

  test("of others arrive under pending ones, which stay on top", () => {
    store.relabel(Int32Array.of(0), "dog");
    source.say(changed([0, 1], [-1, 1], { client: "kernel", seq: 9 }));
    expect([...store.labels.codes]).toEqual([1, 1, 1, -1]);
  });

  test("a new label of another client does not take a pending new label's place", () => {
    store.relabel(Int32Array.of(0), "whale");
    source.say(changed([1], [2], { client: "kernel", seq: 9, ...called({ 2: "lynx" }) }));
    const shown = store.labels.info.value.names;
    expect(shown[store.labels.codes[0] as number]).toBe("whale");
    expect(shown[store.labels.codes[1] as number]).toBe("lynx");
    expect(store.labels.info.value.counts).toEqual([1, 1, 1, 0]); // no cat is left: the whale is in its place
  });

  test("a renamed label keeps its place, before the kernel knows of it, then, and when it is undone", () => {
    const shown = () => [store.labels.info.value.names, [...store.labels.codes], store.labels.info.value.counts];
    store.renameLabel("cat", "lion");
    expect(shown()).toEqual([
      ["lion", "dog", "cat"],
      [0, 0, 1, -1],
      [2, 1, 0],
    ]);
    source.say(changed([0, 1], [0, 0], called({ 0: "lion", 2: "cat" })));
    expect(shown()).toEqual([
      ["lion", "dog", "cat"],
      [0, 0, 1, -1],
      [2, 1, 0],
    ]);
    store.undo();
    source.say(changed([0, 1], [0, 0], { revision: 2, seq: 2, ...called({ 0: "cat", 2: "lion" }) }));
    expect(shown()).toEqual([
      ["cat", "dog", "lion"],
      [0, 0, 1, -1],
      [2, 1, 0],
    ]);
    store.relabel(Int32Array.of(0), "puma");
    expect(store.labels.info.value.names).toEqual(["cat", "dog", "lion", "puma"]);
  });

  test("say only which labels are new or called otherwise; the others keep names and colors", () => {
    const before = store.labels.info.value;
    source.say(changed([0], [1]));
    expect(store.labels.info.value.names).toBe(before.names);
    expect(store.labels.info.value.palette).toBe(before.palette);
    source.say(changed([0], [2], { revision: 2, ...called({ 2: "lynx" }) }));
    expect(store.labels.info.value.names).toEqual(["cat", "dog", "lynx"]);
    expect([...store.labels.info.value.palette]).toEqual([...before.palette, 200, 201, 202]);
    source.say(changed([0], [0], { revision: 3, ...called({ 0: "puma", 2: "cat" }) }));
    expect(store.labels.info.value.names).toEqual(["puma", "dog", "cat"]);
    expect([...store.labels.info.value.palette].slice(3, 6)).toEqual([...before.palette].slice(3, 6));
  });

  test("one that was missed makes the page ask for everything", () => {
    source.say(changed([1], [1], { revision: 5, client: "kernel", seq: 9 }));
    expect(source.wanted).toContain("labels");
    expect([...store.labels.codes]).toEqual([0, 0, 1, -1]);
  });

  test("flags are told apart from labels", () => {
    store.flag(Int32Array.of(2), true);
    expect(store.labels.info.value.flagged).toBe(1);
    expect((store.rows.bits[2] as number) & STATE.flagged).toBeTruthy();
    expect([...store.labels.codes]).toEqual([0, 0, 1, -1]);
  });

  test("counts are those of the codes, whatever was done", () => {
    const step = fc.record({
      rows: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1 }),
      name: fc.constantFrom("cat", "dog", "whale"),
      answer: fc.constantFrom("none", "ok", "refused"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        open([0, 0, 1, -1]);
        let revision = 0;
        for (const { rows, name, answer } of steps) {
          store.relabel(Int32Array.from(rows), name);
          const edit = source.edits().at(-1);
          if (answer === "none" || !edit) continue;
          if (answer === "refused") source.say({ type: "ack", client: "page", seq: edit.seq, ok: false, reason: "no" });
          else {
            revision += 1;
            const names = ["cat", "dog", "whale"];
            const codes = rows.map(() => names.indexOf(name));
            source.say(changed(rows, codes, { revision, seq: edit.seq, ...called({ 2: "whale" }) }));
          }
        }
        const { counts, unlabeled } = store.labels.info.value;
        counts.forEach((count, code) => {
          expect(count).toBe(store.labels.codes.filter((each) => each === code).length);
        });
        expect(unlabeled).toBe(store.labels.codes.filter((each) => each === -1).length);
      }),
    );
  });
});

describe("selection", () => {
  test("goes by replace, add, subtract and toggle", () => {
    const before = Int32Array.of(3, 1);
    expect([...combine(before, Int32Array.of(0, 0), "replace")]).toEqual([0]);
    expect([...combine(before, Int32Array.of(0, 1), "add")]).toEqual([3, 1, 0]);
    expect([...combine(before, Int32Array.of(0, 1), "subtract")]).toEqual([3]);
    expect([...combine(before, Int32Array.of(0, 1), "toggle")]).toEqual([3, 0]);
  });

  test("is told to the kernel and marked, and what the kernel selects is marked too", () => {
    store.select(Int32Array.of(0));
    expect(source.sent.at(-1)).toMatchObject({ type: "select", rows: Int32Array.of(0) });
    expect(store.rows.bits[0]).toBe(STATE.selected);
    source.say({ type: "selection", rows: Int32Array.of(1), client: "" });
    expect([...store.rows.bits]).toEqual([0, STATE.selected, 0, 0]);
  });
});

describe("these too?", () => {
  const alike = () => store.propagation.current.value;

  test("nothing is asked for while images are read, nor when that was stopped; it is stopped by a message", () => {
    const asked = vi.spyOn(store.propagation, "ask");
    const progress = { type: "progress" as const, stage: "", done: 0, total: 0, seconds_left: -1, error: "", rate: 0 };
    for (const [row, state] of [
      { stage: "Reading images", running: true, stopped: false },
      { stage: "", running: false, stopped: true },
    ].entries()) {
      source.say({ ...progress, ...state });
      store.relabel(Int32Array.of(row), "dog");
    }
    expect(asked).not.toHaveBeenCalled();
    store.prepare(false);
    store.prepare(true);
    expect(source.sent.slice(-2)).toEqual([false, true].map((on) => ({ type: "want-preparation", on })));
    source.say({ ...progress, running: false, stopped: false });
    store.relabel(Int32Array.of(0), "cat");
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test("what is near and still carries the old label is outlined, and taken over at a word", async () => {
    source.near = [1, 0];
    store.relabel(Int32Array.of(0), "dog");
    await vi.waitFor(() => expect(alike()).not.toBeNull());
    expect(alike()).toMatchObject({ rows: [1], count: 1, from: "cat", to: "dog" });
    expect((store.rows.bits[1] as number) & STATE.hit).toBeTruthy();
    store.propagate();
    expect([...store.labels.codes]).toEqual([1, 1, 1, -1]);
    expect(source.edits().map(({ how }) => how)).toEqual(["manual", "propagated"]);
    expect(alike()).toBeNull();
  });

  test("one can be left out, and all be dismissed", async () => {
    source.near = [1, 3];
    store.relabel(Int32Array.of(0), "dog");
    await vi.waitFor(() => expect(alike()).not.toBeNull());
    expect(store.propagation.leaveOut(2)).toBe(false);
    expect(store.propagation.leaveOut(1)).toBe(true);
    expect(alike()?.rows).toEqual([3]);
    store.propagation.dismiss();
    expect(store.hits.value.length).toBe(0);
    expect(source.edits().length).toBe(1);
  });

  test("giving the same label again asks nothing", async () => {
    source.near = [1];
    store.relabel(Int32Array.of(0), "cat");
    await Promise.resolve();
    expect(alike()).toBeNull();
  });
});

test("a kernel of another version is told in words", () => {
  source.say(manifest(4, { protocol: 99 }));
  expect(store.notices.value[0]?.text).toMatch(/different versions/);
});

describe("rows that are added", () => {
  const none = new Float32Array(0);
  const layout = (name: string, xy: number[]) => ({
    ...({ type: "layout", name, cell: null, captions: [], extra: {}, outline: none, overlay: none } as const),
    captions: [],
    xy: Float32Array.from(xy),
  });

  test("leave everything as it was that was done to the others", () => {
    const looks = { rows: Int32Array.of(0), shapes: Uint8Array.of(255, 9), colors: Uint8Array.of(1, 2, 3) };
    source.say({ type: "looks", ...looks });
    source.say({ type: "sheet", id: -1, cell: 32, columns: 1, rows: Int32Array.of(0), jpeg: new Uint8Array(1) });
    source.say(layout("umap", [0, 0, 1, 1, 2, 2, 3, 3]));
    source.say(layout("grid", [0, 0, 1, 1, 2, 2, 3, 3]));
    store.relabel(Int32Array.of(0), "whale");
    store.flag(Int32Array.of(1), true);
    store.select(Int32Array.of(2));
    source.say(manifest(6, { dataset: "longer" }));
    expect(store.rows.bits.length).toBe(6);
    expect([...store.data.shapes]).toEqual([255, 9, ...new Array(10).fill(255)]);
    expect([...store.data.colors.subarray(0, 3)]).toEqual([1, 2, 3]);
    expect(store.data.sheets.length).toBe(1);
    expect([...store.coloring.codes()]).toEqual([2, 0, 1, -1, -1, -1]);
    expect(store.layout.value?.name).toBe("umap"); // of the rows there were, until the longer one is here
    expect([...store.data.layouts.value.keys()]).toEqual(["umap"]);
    expect(source.forgotten).toEqual(["layout/grid"]);
    source.say(labels([0, 0, 1, -1, 1, -1], { revision: 1 }));
    expect([...store.labels.codes]).toEqual([2, 0, 1, -1, 1, -1]);
    expect(store.labels.info.value.counts).toEqual([1, 2, 1]);
    expect(store.labels.info.value.unlabeled).toBe(2);
    expect([...store.selection.value]).toEqual([2]);
    const bits = [STATE.pending, STATE.flagged | STATE.pending, STATE.selected, 0, 0, 0];
    expect([...store.rows.bits]).toEqual(bits);
    expect(store.pendingCount.value).toBe(2);
    expect(store.rows.shown.value).toBe(6);
  });

  test("have no place on a contact sheet", () => {
    store.showAsGrid(Int32Array.of(1, 2));
    const before = [...(store.layout.value?.xy ?? [])];
    source.say(manifest(6));
    expect([...(store.layout.value?.xy ?? [])]).toEqual([...before, ...new Array(4).fill(Number.NaN)]);
  });

  test("are another dataset where the kernel is another", () => {
    source.say({ type: "sheet", id: -1, cell: 32, columns: 1, rows: Int32Array.of(0), jpeg: new Uint8Array(1) });
    source.say(manifest(6, { session: "t" }));
    expect(store.data.sheets.length).toBe(0);
  });
});

describe("what is laid side by side", () => {
  test("goes when nothing of it is selected any more", () => {
    store.select(Int32Array.of(1, 2));
    store.showAsGrid(Int32Array.of(1, 2));
    store.select(Int32Array.of(1));
    expect(store.contactSheet.value).not.toBe(null);
    store.select(new Int32Array(0));
    expect(store.contactSheet.value).toBe(null);
  });
});

describe("what was undone", () => {
  test("is said for a while", () => {
    vi.useFakeTimers();
    source.say(labels([0, 1, 0], { revision: 1, undo: "flag 1 image" }));
    store.undo();
    vi.advanceTimersByTime(10_000);
    expect(store.turned.said.value).toContain("undone: flag 1 image"); // the kernel has not done it yet
    source.say({ type: "ack", client: "page", seq: 1, ok: true, reason: "" });
    vi.advanceTimersByTime(10_000);
    expect(store.turned.said.value).toBe("");
    vi.useRealTimers();
  });
});

describe("the review", () => {
  const rows = Int32Array.of(3, 1, 0);
  const at = () => store.review.at.value;

  beforeEach(() => {
    source.say({ type: "review", rows, title: "doubt", place: 0 });
    store.reviewTo(0);
  });

  test("undo takes back what was decided last and goes back to it, also where nothing was changed", () => {
    store.relabel(Int32Array.of(3), "dog");
    store.reviewTo(1);
    store.review.did(false); // right as it is
    store.reviewTo(2);
    store.undo();
    expect(at()).toBe(1);
    expect(source.edits().length).toBe(1);
    store.undo();
    expect(at()).toBe(0);
    expect(source.edits().map(({ kind }) => kind)).toEqual(["label", "undo"]);
    expect(store.labels.codes[3]).toBe(-1);
    store.redo();
    expect(at()).toBe(1);
    expect(store.labels.codes[3]).toBe(1);
    store.redo();
    expect(at()).toBe(2);
    expect(source.edits().map(({ kind }) => kind)).toEqual(["label", "undo", "redo"]);
  });

  test("what was done before it, or is done outside, is undone without going anywhere", () => {
    store.reviewTo(2);
    store.reviewTo(-1);
    store.relabel(Int32Array.of(0), "dog");
    store.reviewTo(2);
    store.undo();
    expect(at()).toBe(2);
    expect(store.labels.codes[0]).toBe(0);
  });

  test("goes on where it was left, and another order begins at its own place", () => {
    store.reviewTo(2);
    store.reviewTo(-1);
    expect(store.review.place.value).toBe(2);
    source.say({ type: "review", rows: Int32Array.of(2, 0), title: "year", place: 1 });
    expect(store.review.place.value).toBe(1);
    expect(store.review.row()).toBe(-1);
    store.reviewTo(1);
    expect(store.review.row()).toBe(0);
    store.reviewTo(2);
    expect(store.review.row()).toBe(-1);
  });

  test("of a selection is told to the kernel, whose word of it moves nobody", () => {
    store.reviewTo(-1);
    store.reviewThese(Int32Array.of(2, 1));
    expect(source.sent).toContainEqual({ type: "want-review", rows: Int32Array.of(2, 1), by: "" });
    store.reviewTo(1);
    source.say({ type: "review", rows: Int32Array.of(2, 1), title: "chosen images", place: 0 });
    expect([at(), store.review.row()]).toEqual([1, 1]);
  });
});

describe("words", () => {
  test("that come with an answer are shown, whether the edit stands or not", () => {
    store.relabel(Int32Array.of(0, 1), "dog");
    source.say({ type: "ack", client: "page", seq: 1, ok: true, reason: "'a.jpg' holds 'fox' now; left as it is" });
    expect(store.notices.value).toEqual([{ text: "'a.jpg' holds 'fox' now; left as it is.", kind: "info" }]);
  });

  test("of what was written outside are shown to who has not just edited it", () => {
    source.say(changed([0], [1], { note: "1 image changed outside the widget", client: "" }));
    expect(store.notices.value.map(({ text }) => text)).toEqual(["1 image changed outside the widget."]);
    open([0, 0]);
    store.relabel(Int32Array.of(0), "dog");
    source.say(changed([0], [1], { note: "1 image changed outside the widget", client: "" }));
    expect(store.notices.value).toEqual([]);
  });
});

test("an edit that would change nothing is no step: the kernel only looks whether it is so", () => {
  expect(store.relabel(new Int32Array(0), "cow")).toBe(false);
  expect(store.relabel(Int32Array.of(3), "dog")).toBe(true);
  expect(store.relabel(Int32Array.of(0, 1), "cat")).toBe(false);
  expect(store.relabel(Int32Array.of(3), "dog")).toBe(false);
  expect(store.flag(Int32Array.of(0), false)).toBe(false);
  expect(source.edits().map(({ kind, rows }) => [kind, [...rows]])).toEqual([
    ["label", [3]],
    ["label", [0, 1]],
    ["label", [3]],
    ["flag", [0]],
  ]);
  expect([...store.labels.pendingRows]).toEqual([0, 0, 0, 1]);
  // What stands before them is what undo takes back.
  store.undo();
  expect([...store.labels.codes]).toEqual([0, 0, 1, -1]);
  store.redo();
  expect([...store.labels.codes]).toEqual([0, 0, 1, 1]);
  expect(store.flag(Int32Array.of(0), true)).toBe(true);
  expect(store.flag(Int32Array.of(0), true, "blurred")).toBe(true);
});

test("of a kernel that owes an answer it is told how long, until one comes", () => {
  vi.useFakeTimers();
  const silent = () => store.silence.seconds.value;
  store.relabel(Int32Array.of(0), "dog");
  vi.advanceTimersByTime(9_000);
  expect(silent()).toBe(0);
  vi.advanceTimersByTime(2_000);
  expect(silent()).toBe(10);
  store.relabel(Int32Array.of(1), "dog");
  vi.advanceTimersByTime(10_000);
  expect(silent()).toBe(20);
  source.say({ type: "ack", client: "page", seq: 1, ok: true, reason: "" }); // one is still awaited
  expect(silent()).toBe(0);
  vi.advanceTimersByTime(15_000);
  expect(silent()).toBe(10);
  source.say({ type: "ack", client: "page", seq: 2, ok: true, reason: "" });
  vi.advanceTimersByTime(60_000);
  expect(silent()).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("what the frame suggests is one of the labels, and not the one that the row has", () => {
  expect(store.suggested.known).toBe(false);
  const codes = Int32Array.of(1, 0, 2, -1);
  source.say({ type: "suggested-labels", names: ["cat", "dog", "unicorn"], codes });
  const suggested = () => [0, 1, 2, 3].map((row) => store.suggested.of(row));
  expect(suggested()).toEqual(["dog", null, null, null]);
  store.relabel(Int32Array.of(0), "dog", "suggestion");
  expect(source.edits().at(-1)).toMatchObject({ value: "dog", how: "suggestion" });
  expect(suggested()).toEqual([null, null, null, null]);
  store.undo();
  expect(suggested()).toEqual(["dog", null, null, null]);
  source.say({ type: "suggested-labels", names: [], codes: new Int32Array(0) });
  expect(store.suggested.known).toBe(false);
});
