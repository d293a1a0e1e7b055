import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Edit, type Numbered, Outbox, type Storage } from "../../src/store/outbox";

function memory(): Storage & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    keys: () => [...kept.keys()],
  };
}

const EDIT: Edit = { type: "edit", kind: "label", rows: Int32Array.of(1, 2), value: "dog", how: "manual", reason: "" };

let sent: Numbered[];
let storage: ReturnType<typeof memory>;

function page(client: string, store: Storage | null = storage, trouble = (_: string) => {}): Outbox {
  return new Outbox(client, (edit) => sent.push(edit), store, trouble);
}

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  storage = memory();
});
afterEach(() => vi.useRealTimers());

describe("outbox", () => {
  test("numbers edits from 1 and drops those that are settled", () => {
    const box = page("a");
    box.push(EDIT);
    box.push(EDIT);
    expect(sent.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(box.acknowledge("a", 1).map(({ seq }) => seq)).toEqual([1]);
    expect(box.pending.map(({ seq }) => seq)).toEqual([2]);
    expect(box.acknowledge("b", 2)).toEqual([]);
  });

  test("edits of hotspots have their place in the same numbering, also for the page that takes them over", () => {
    const spot: Edit = { type: "edit-hotspot", kind: "add", key: "k", name: "", at: 0, rows: Int32Array.of(3) };
    const before = page("a");
    before.open("dataset");
    for (const edit of [EDIT, spot, EDIT]) before.push(edit);
    before.stop();
    sent = [];
    page("b").open("dataset");
    const told = sent.map(({ type, client, seq, oldest }) => [type, client, seq, oldest]);
    expect(told).toEqual([1, 2, 3].map((seq) => [seq === 2 ? "edit-hotspot" : "edit", "a", seq, 1]));
    expect(sent[1]).toEqual({ ...spot, client: "a", seq: 2, oldest: 1 });
  });

  test("sends again, ever more rarely, until all is settled", () => {
    const box = page("a");
    box.push(EDIT);
    vi.advanceTimersByTime(5_000);
    expect(sent.length).toBe(2);
    vi.advanceTimersByTime(9_999);
    expect(sent.length).toBe(2);
    vi.advanceTimersByTime(1);
    expect(sent.length).toBe(3);
    box.acknowledge("a", 1);
    vi.advanceTimersByTime(1e6);
    expect(sent.length).toBe(3);
  });

  test("what a page left behind is sent again by the next, under its old number", () => {
    const before = page("a");
    before.open("dataset");
    before.push(EDIT);
    before.stop();
    sent = [];
    const after = page("b");
    expect(after.open("dataset").length).toBe(1);
    expect(sent).toMatchObject([{ client: "a", seq: 1, value: "dog", rows: Int32Array.of(1, 2) }]);
    after.acknowledge("a", 1);
    expect(storage.kept.size).toBe(0);
  });

  test("another dataset's edits are left alone", () => {
    const before = page("a");
    before.open("dataset");
    before.push(EDIT);
    before.stop();
    expect(page("b").open("other")).toEqual([]);
    expect(storage.kept.size).toBe(1);
    vi.setSystemTime(Date.now() + 61 * 24 * 3_600_000); // until nobody will ask for them
    page("c").open("other");
    expect(storage.kept.size).toBe(0);
  });

  test("what cannot be read is told, and keeps nothing else from being sent", () => {
    const before = page("a");
    before.open("dataset");
    before.push(EDIT);
    before.stop();
    storage.setItem("pixplot-widget/outbox/dataset/torn", '[{"type":');
    const reasons: string[] = [];
    expect(page("b", storage, (reason) => reasons.push(reason)).open("dataset").length).toBe(1);
    expect(reasons[0]).toMatch(/cannot be read/);
  });

  test("what is pending goes with a dataset that has another name", () => {
    const box = page("a");
    box.open("four rows");
    box.push(EDIT);
    box.move("six rows");
    box.stop();
    expect(storage.kept.size).toBe(1);
    expect(page("b").open("four rows")).toEqual([]);
    expect(page("c").open("six rows")).toMatchObject([{ client: "a", seq: 1 }]);
  });

  test("what is pending goes with a dataset that has another name", () => {
    const box = page("a");
    box.open("four rows");
    box.push(EDIT);
    box.move("six rows");
    box.stop();
    expect(storage.kept.size).toBe(1);
    expect(page("b").open("four rows")).toEqual([]);
    expect(page("c").open("six rows")).toMatchObject([{ client: "a", seq: 1 }]);
  });

  test("what was taken over is done with also where the dataset has another name by then", () => {
    const before = page("a");
    before.open("four rows");
    before.push(EDIT);
    before.stop();
    const after = page("b");
    after.open("four rows");
    after.move("six rows");
    after.acknowledge("a", 1);
    expect(storage.kept.size).toBe(0);
  });

  test("edits made before the dataset was known are kept too", () => {
    const box = page("a");
    box.push(EDIT);
    box.open("dataset");
    expect(storage.kept.size).toBe(1);
  });

  test("a full storage is told and loses nothing", () => {
    const reasons: string[] = [];
    const full = {
      ...storage,
      setItem: () => {
        throw new Error("quota");
      },
    };
    const box = page("a", full, (reason) => reasons.push(reason));
    box.open("dataset");
    box.push(EDIT);
    expect(reasons[0]).toMatch(/storage is full/);
    expect(sent.length).toBe(1);
    expect(box.pending.length).toBe(1);
  });
});

describe("two pages of one browser", () => {
  const kept = (client: string) => {
    const text = storage.kept.get(`pixplot-widget/outbox/dataset/${client}`);
    return text === undefined ? [] : (JSON.parse(text) as { edits: { seq: number }[] }).edits.map(({ seq }) => seq);
  };
  let taken: number;
  let reachable: boolean;
  const open = (client: string) => {
    const made = new Outbox(
      client,
      (edit) => sent.push(edit),
      storage,
      () => {},
      () => client !== "first" || reachable,
      (edits) => {
        taken += edits.length;
      },
    );
    taken += made.open("dataset").length;
    return made;
  };
  beforeEach(() => {
    taken = 0;
    reachable = true;
  });

  test("leave each other's edits alone while both live, however busy the kernel is", () => {
    const first = open("first");
    first.push(EDIT);
    open("second").push(EDIT);
    for (let k = 0; k < 12; k += 1) {
      vi.advanceTimersByTime(10_000);
      first.push(EDIT);
      first.acknowledge("first", k); // ever again it is heard
    }
    expect(taken).toBe(0);
    expect(kept("first")).toEqual([12, 13]);
  });

  test("what the kernel took of one page the other does not take out with what it has not", () => {
    const first = open("first");
    first.push(EDIT);
    first.stop(); // asleep, and thought to be gone
    const second = open("second");
    expect(taken).toBe(1);
    first.push(EDIT);
    second.acknowledge("first", 1);
    expect(kept("first")).toEqual([2]);
    first.acknowledge("first", 2);
    expect(kept("first")).toEqual([]);
  });

  test("the one takes over what the other leaves when it goes, or is cut off from the kernel", () => {
    const first = open("first");
    first.push(EDIT);
    open("second");
    reachable = false;
    first.leave();
    open("third");
    expect(taken).toBe(1);
  });

  test("what one leaves without a word is taken over once it has been silent for long", () => {
    const first = open("first");
    first.push(EDIT);
    vi.clearAllTimers(); // it crashed
    const second = open("second");
    expect(taken).toBe(0);
    vi.advanceTimersByTime(10 * 60_000);
    expect(taken).toBe(1);
    expect(second.pending).toMatchObject([{ client: "first", seq: 1 }]);
    second.acknowledge("first", 1);
    expect(storage.kept.size).toBe(0);
    vi.advanceTimersByTime(10 * 60_000);
    expect(taken).toBe(1);
  });
});
