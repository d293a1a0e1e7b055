import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EditSent, FromKernel, HotspotEdit, HotspotsSent } from "../../src/protocol";
import type { Hotspot } from "../../src/store/hotspot";
import { hotspotCaptions } from "../../src/store/hotspots";
import { Store } from "../../src/store/store";
import { FakeSource, labels, manifest } from "./fake-source";

const N = 7;
const SENT: HotspotsSent = {
  type: "hotspots",
  revision: 0,
  ids: ["7", "8", "9"],
  names: ["cat", "dog", "owl"],
  covers: Int32Array.of(0, 3, 5),
  starts: Int32Array.of(0, 2, 4, 6),
  rows: Int32Array.of(0, 1, 3, 4, 5, 6),
};

let stop: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

function opened(): { store: Store; source: FakeSource } {
  stop.abort();
  stop = new AbortController();
  const source = new FakeSource();
  const store = new Store(source, null, stop.signal);
  source.say(manifest(N));
  source.say(SENT);
  source.say(labels(new Array(N).fill(0)));
  return { store, source };
}

const names = ({ hotspots }: Store) => hotspots.list.value.map(({ name }) => name);

/** What the kernel does with edits, over a channel that is not to be trusted. */
class Kernel {
  list: Hotspot[] = SENT.ids.map((id, k) => ({
    id,
    name: SENT.names[k] as string,
    cover: SENT.covers[k] as number,
    rows: SENT.rows.slice(SENT.starts[k], SENT.starts[k + 1]),
  }));
  label = "cat";
  revision = 0;
  readonly telling: FromKernel[] = [];
  private done: [Hotspot[], string][] = [];
  private undone: [Hotspot[], string][] = [];
  private settled = 0;
  private readonly early = new Map<number, EditSent | HotspotEdit>();
  private readonly answers = new Map<number, boolean>();

  hear(edit: EditSent | HotspotEdit): void {
    if (edit.seq <= this.settled) this.ack(edit.seq);
    else this.early.set(edit.seq, edit);
    for (let next = this.early.get(this.settled + 1); next; next = this.early.get(this.settled + 1)) {
      this.early.delete(next.seq);
      this.settled = next.seq;
      this.answers.set(next.seq, this.make(next));
      this.ack(next.seq);
    }
  }

  /** Whether it was not refused. */
  make(edit: EditSent | HotspotEdit, client = "page"): boolean {
    const state: [Hotspot[], string] = [this.list, this.label];
    if (edit.kind === "undo" || edit.kind === "redo") {
      const [from, to] = edit.kind === "undo" ? [this.done, this.undone] : [this.undone, this.done];
      const step = from.pop();
      if (!step) return true;
      to.push(state);
      [this.list, this.label] = step;
    } else {
      if (edit.type === "edit") {
        if (this.label === edit.value) return true;
        this.label = String(edit.value);
      } else {
        const list = this.edited(edit);
        if (!list) return false;
        this.list = list;
      }
      this.done.push(state);
      this.undone = [];
    }
    this.revision += 1;
    if (this.list !== state[0]) this.tellList();
    const rows = Int32Array.from(this.label === state[1] ? [] : [0]);
    this.telling.push({
      ...this.facts(),
      type: "changed",
      kind: edit.type === "edit" ? edit.kind : "hotspots",
      note: "",
      client,
      seq: client === "page" ? edit.seq : 0,
      rows,
      codes: rows.map(() => ["cat", "dog"].indexOf(this.label)),
      flags: Uint8Array.from(rows, () => 0),
      edited: Uint8Array.from(rows, () => 1),
      places: new Int32Array(0),
      names: [],
      palette: new Uint8Array(0),
    });
    return true;
  }

  private edited({ kind, key, name, at, rows }: HotspotEdit): Hotspot[] | null {
    const from = this.list.findIndex(({ id }) => id === key);
    const spot = this.list[from];
    if (kind === "add")
      return spot ? null : [{ id: key, name: name || "made", cover: rows[0] as number, rows }, ...this.list];
    if (!spot || (kind === "cover" && !spot.rows.includes(at))) return null;
    const others = this.list.filter((each) => each !== spot);
    if (kind === "move") others.splice(Math.min(at, others.length), 0, spot);
    const changed = kind === "rename" ? { ...spot, name } : { ...spot, cover: at };
    return kind === "move" || kind === "remove" ? others : this.list.map((each) => (each === spot ? changed : each));
  }

  tellList(): void {
    const starts = [0];
    for (const { rows } of this.list) starts.push((starts.at(-1) as number) + rows.length);
    this.telling.push({
      type: "hotspots",
      revision: this.revision,
      ids: this.list.map(({ id }) => id),
      names: this.list.map(({ name }) => name),
      covers: Int32Array.from(this.list, ({ cover }) => cover),
      starts: Int32Array.from(starts),
      rows: Int32Array.from(this.list.flatMap(({ rows }) => [...rows])),
    });
  }

  tellLabels(): void {
    const codes = [["cat", "dog"].indexOf(this.label), ...new Array(N - 1).fill(0)];
    const more = { more_undo: this.done.length > 0, more_redo: this.undone.length > 0 };
    this.telling.push(labels(codes, { ...this.facts(), ...more }));
  }

  private facts() {
    const { revision, done, undone } = this;
    return { revision, edits: 0, undo: done.length > 0 ? "a step" : "", redo: undone.length > 0 ? "a step" : "" };
  }

  private ack(seq: number): void {
    const ok = this.answers.get(seq) as boolean;
    this.telling.push({ type: "ack", client: "page", seq, ok, reason: ok ? "" : "that hotspot is gone" });
  }
}

const act = fc.record({
  act: fc.constantFrom("add", "add", "rename", "cover", "move", "remove", "remove", "label", "undo", "undo", "redo"),
  which: fc.nat(5),
  to: fc.nat(6),
});
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;
const travel = fc.record({
  kind: fc.constantFrom("to kernel", "to page"),
  how: fc.constantFrom("next", "next", "next", "drop", "repeat", "late"),
  place: fc.nat(20),
});

/** A person's act; what is shown is what it acts on. */
function decide(store: Store, { act, which, to }: Act): void {
  const { hotspots } = store;
  const shown = hotspots.list.value;
  const id = shown[which % Math.max(1, shown.length)]?.id ?? "";
  if (act === "undo") store.undo();
  else if (act === "redo") store.redo();
  else if (act === "label") store.relabel(Int32Array.of(0), to % 2 ? "cat" : "dog");
  else if (act === "add") hotspots.add(Int32Array.of(which, 6));
  else if (act === "rename") hotspots.rename(id, `name ${to}`);
  else if (act === "cover") hotspots.cover(id, shown.find((each) => each.id === id)?.rows.at(-1) ?? 0);
  else if (act === "move") hotspots.move(id, to);
  else hotspots.remove(id);
}

/** A list as one compares it: what only the kernel names is named as it will. */
const seen = (list: readonly Hotspot[]) =>
  list.map(({ id, name, cover, rows }) => [id, name || "made", cover, [...rows]].join());

describe("hotspots", () => {
  it("are what the kernel says", () => {
    const { store } = opened();
    expect(store.hotspots.list.value[1]).toEqual({ id: "8", name: "dog", cover: 3, rows: Int32Array.of(3, 4) });
  });

  it("change at once, and the kernel is told", () => {
    const { store, source } = opened();
    store.hotspots.rename("8", " hound ");
    store.hotspots.cover("8", 4);
    store.hotspots.move("9", 0);
    store.hotspots.remove("7");
    store.hotspots.add(Int32Array.of(2, 5));
    expect(names(store)).toEqual(["", "owl", "hound"]);
    expect(store.hotspots.list.value[2]?.cover).toBe(4);
    const told = source.numbered().map(({ type, kind, seq }) => [type, kind, seq]);
    const kinds = ["rename", "cover", "move", "remove", "add"];
    expect(told).toEqual(kinds.map((kind, k) => ["edit-hotspot", kind, k + 1]));
    source.say(SENT); // what the kernel says meanwhile takes nothing back
    expect(names(store)).toEqual(["", "owl", "hound"]);
  });

  it("go back to what the kernel has where it refuses, with its words", () => {
    const { store, source } = opened();
    store.hotspots.remove("7");
    store.hotspots.rename("8", "hound");
    source.say({ type: "ack", client: "page", seq: 1, ok: false, reason: "no room" });
    expect(names(store)).toEqual(["cat", "hound", "owl"]);
    expect(store.notices.value).toEqual([{ text: "No room.", kind: "error" }]);
  });

  it("that are made are renamed and taken out at once, and undo goes through all edits in their order", () => {
    const { store, source } = opened();
    const id = store.hotspots.add(Int32Array.of(2, 5));
    store.hotspots.rename(id, "pair");
    store.relabel(Int32Array.of(0), "dog");
    store.hotspots.remove(id);
    expect(names(store)).toEqual(["cat", "dog", "owl"]);
    expect(store.labels.info.value.undo).toBe("delete hotspot 'pair'");
    store.undo();
    expect(names(store)).toEqual(["pair", "cat", "dog", "owl"]);
    store.undo();
    expect([store.labels.codes[0], names(store)[0]]).toEqual([0, "pair"]);
    expect(source.numbered().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    const { edits, hotspots } = store.labels.inForce();
    expect([edits.length, hotspots]).toEqual([0, 2]);
  });

  it("that the kernel deleted come back at once while it is busy", () => {
    const { store, source } = opened();
    const kernel = new Kernel();
    store.hotspots.remove("8");
    for (const edit of source.numbered()) kernel.hear(edit);
    for (const message of kernel.telling.splice(0)) source.say(message);
    expect([store.outbox.pending.length, names(store)]).toEqual([0, ["cat", "owl"]]);
    store.undo();
    expect(names(store)).toEqual(["cat", "dog", "owl"]);
    expect(store.labels.info.value.unseen).toBe(0);
    store.redo();
    expect(names(store)).toEqual(["cat", "owl"]);
  });

  it("show what the kernel will have made, however late it hears of it", () => {
    const story = fc.array(fc.oneof({ weight: 3, arbitrary: act }, { weight: 2, arbitrary: travel }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(story, (events) => {
        const { store, source } = opened();
        const kernel = new Kernel();
        const ideal = new Kernel();
        let [left, ahead] = [0, 0];
        for (const event of events) {
          if ("act" in event) decide(store, event);
          else if (event.kind === "to page") source.say(kernel.telling.shift() ?? SENT);
          else if (left < source.numbered().length) kernel.hear(source.numbered()[left++] as HotspotEdit);
          for (; ahead < source.numbered().length; ahead += 1) ideal.hear(source.numbered()[ahead] as HotspotEdit);
          // Between the list and the word of its step the kernel has said half.
          if (kernel.telling[0]?.type === "changed" || kernel.telling[0]?.type === "ack") continue;
          expect(seen(store.hotspots.list.value)).toEqual(seen(ideal.list));
          expect(store.labels.codes[0]).toBe(["cat", "dog"].indexOf(ideal.label));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("are the same on both sides in the end, over a channel that drops, repeats and reorders, with others at it too", () => {
    const other = act.map((each) => ({ ...each, other: true }));
    fc.assert(
      fc.property(fc.array(fc.oneof(act, travel, travel, other), { maxLength: 50 }), (events) => {
        const { store, source } = opened();
        const kernel = new Kernel();
        const leaving: (EditSent | HotspotEdit)[] = [];
        let left = 0;
        const take = (): void => {
          leaving.push(...source.numbered().slice(left));
          left = source.numbered().length;
          for (const part of source.wanted.splice(0)) part === "labels" ? kernel.tellLabels() : kernel.tellList();
        };
        for (const event of events) {
          if ("other" in event) {
            const key = kernel.list[event.which]?.id ?? "";
            const edit = {
              type: "edit-hotspot",
              client: "other",
              seq: 0,
              oldest: 1,
              key,
              name: "theirs",
              at: 0,
            } as const;
            kernel.make({ ...edit, kind: event.to % 2 ? "rename" : "remove", rows: new Int32Array(0) }, "other");
          } else if ("act" in event) decide(store, event);
          else {
            const queue: unknown[] = event.kind === "to kernel" ? leaving : kernel.telling;
            if (queue.length === 0) continue;
            const at = event.how === "late" ? event.place % queue.length : 0;
            if (event.how === "repeat") queue.push(queue[at]);
            const [message] = queue.splice(at, 1);
            if (event.how !== "drop" && event.kind === "to kernel") kernel.hear(message as HotspotEdit);
            else if (event.how !== "drop") source.say(message as FromKernel);
          }
          take();
        }
        // The channel works from now on: the page sends again what is pending, and is told all.
        store.outbox.resend();
        take();
        for (const edit of leaving.splice(0)) kernel.hear(edit);
        kernel.tellLabels();
        kernel.tellList();
        while (kernel.telling.length > 0) {
          source.say(kernel.telling.shift() as FromKernel);
          take();
        }
        expect(store.outbox.pending).toEqual([]);
        expect(seen(store.hotspots.list.value)).toEqual(seen(kernel.list));
        expect(names(store)).toEqual(kernel.list.map(({ name }) => name));
      }),
      { numRuns: 300 },
    );
  });

  it("say nothing where nothing changes", () => {
    const { store, source } = opened();
    store.hotspots.rename("8", "dog");
    store.hotspots.rename("8", "  ");
    store.hotspots.move("9", 5);
    store.hotspots.add(new Int32Array(0));
    expect(source.numbered()).toEqual([]);
    expect(names(store)).toEqual(["cat", "dog", "owl"]);
  });

  it("keep all in the list, wherever one is moved", () => {
    fc.assert(
      fc.property(fc.constantFrom("7", "8", "9"), fc.integer({ min: -2, max: 5 }), (id, to) => {
        const { store } = opened();
        store.hotspots.move(id, to);
        const ids = store.hotspots.list.value.map((spot) => spot.id);
        expect([...ids].sort()).toEqual(["7", "8", "9"]);
        expect(ids.indexOf(id)).toBe(Math.max(0, Math.min(to, 2)));
      }),
    );
  });

  it("are named in the middle of most of their images", () => {
    const xy = Float32Array.of(0, 0, 2, 2, 4, 4, 100, 100, Number.NaN, Number.NaN);
    const spot = { id: "1", name: "crowd", cover: 0, rows: Int32Array.of(0, 1, 2, 3, 4) };
    const [caption] = hotspotCaptions([spot, { ...spot, rows: Int32Array.of(4) }], xy);
    expect(caption).toMatchObject({ text: "crowd", x: 2, y: 2, count: 5 });
  });
});
