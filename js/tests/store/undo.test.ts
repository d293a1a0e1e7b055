/** Undo and redo on a page whose kernel is busy, and over a channel that drops, repeats and reorders. */
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EditSent, FromKernel, Labels } from "../../src/protocol";
import { Store } from "../../src/store/store";
import { FakeSource, labels, manifest } from "./fake-source";

const N = 5;
type Cell = string | boolean | null;
interface Step {
  kind: "label" | "flag";
  /** Row, value before, value after. */
  changes: [number, Cell, Cell][];
}

/** What an edit log does, and no more. */
class Log {
  label: Cell[] = ["cat", "cat", "dog", null, "dog"];
  flag: Cell[] = [false, false, true, false, false];
  readonly done: Step[] = [];
  readonly undone: Step[] = [];

  /** The rows that changed; null: it was no step. */
  act(kind: string, rows: readonly number[], value: Cell): number[] | null {
    if (kind === "undo" || kind === "redo") return this.turn(kind);
    const column = kind === "flag" ? this.flag : this.label;
    const changes = rows
      .filter((row) => column[row] !== value)
      .map((row): Step["changes"][number] => [row, column[row] as Cell, value]);
    if (changes.length === 0) return null;
    for (const [row] of changes) column[row] = value;
    this.done.push({ kind: kind as "label" | "flag", changes });
    this.undone.length = 0;
    return changes.map(([row]) => row);
  }

  private turn(kind: "undo" | "redo"): number[] | null {
    const [from, to] = kind === "undo" ? [this.done, this.undone] : [this.undone, this.done];
    const step = from.pop();
    if (!step) return null;
    to.push(step);
    const column = this[step.kind];
    for (const [row, before, after] of step.changes) column[row] = kind === "undo" ? before : after;
    return step.changes.map(([row]) => row);
  }
}

class Kernel extends Log {
  readonly names = ["cat", "dog"];
  readonly telling: FromKernel[] = [];
  private revision = 0;
  private settled = 0;
  private readonly early = new Map<number, EditSent>();

  hear(edit: EditSent): void {
    if (edit.seq <= this.settled) this.ack(edit.seq);
    else this.early.set(edit.seq, edit);
    for (let next = this.early.get(this.settled + 1); next; next = this.early.get(this.settled + 1)) {
      this.early.delete(next.seq);
      this.settled = next.seq;
      this.make(next.kind, [...next.rows], next.value, "page", next.seq);
      this.ack(next.seq);
    }
  }

  make(kind: string, rows: number[], value: Cell, client = "other", seq = 0): void {
    const changed = this.act(kind, rows, value);
    if (!changed) return;
    this.revision += 1;
    const before = this.names.length;
    if (typeof value === "string" && !this.names.includes(value)) this.names.push(value);
    const names = this.names.slice(before);
    const at = Int32Array.from(changed);
    const { codes, flags, ...facts } = this.facts();
    this.telling.push({
      ...facts,
      type: "changed",
      kind,
      note: "",
      client,
      seq,
      rows: at,
      codes: at.map((row) => codes[row] as number),
      flags: Uint8Array.from(at, (row) => flags[row] as number),
      edited: new Uint8Array(at.length),
      places: Int32Array.from(names, (_, k) => before + k),
      names,
      palette: new Uint8Array(3 * names.length),
    });
  }

  /** @param most steps of which the page is told: that undo will take back, and that redo will make again. */
  sendAll(most = Number.POSITIVE_INFINITY): void {
    const { codes, ...facts } = this.facts();
    this.telling.push(labels([...codes], { ...facts, ...this.ahead(most) }));
  }

  private ahead(most: number): Partial<Labels> {
    const [undo, redo] = [this.turning("undo", this.done, most), this.turning("redo", this.undone, most)];
    const told = [...undo, ...redo];
    return {
      steps: told.map(({ text }) => text),
      undo_steps: undo.length,
      more_undo: undo.length < this.done.length,
      more_redo: redo.length < this.undone.length,
      step_sizes: Int32Array.from(told, ({ rows }) => rows.length),
      step_rows: Int32Array.from(told.flatMap(({ rows }) => rows)),
      step_codes: Int32Array.from(told.flatMap(({ codes }) => codes)),
      step_flags: Uint8Array.from(
        told.flatMap(({ flags }) => flags),
        Number,
      ),
      step_edited: new Uint8Array(told.flatMap(({ rows }) => rows).length),
    };
  }

  private turning(kind: "undo" | "redo", steps: readonly Step[], most: number) {
    const [label, flag] = [[...this.label], [...this.flag]];
    return steps
      .toReversed()
      .slice(0, most)
      .map((step, k) => {
        const column = step.kind === "flag" ? flag : label;
        for (const [row, before, after] of step.changes) column[row] = kind === "undo" ? before : after;
        const rows = step.changes.map(([row]) => row);
        const text = `step ${this.done.length + (kind === "undo" ? -k : k + 1)}`;
        return { text, rows, codes: rows.map((row) => this.code(label[row])), flags: rows.map((row) => flag[row]) };
      });
  }

  private code(name: Cell | undefined): number {
    return typeof name === "string" ? this.names.indexOf(name) : -1;
  }

  private ack(seq: number): void {
    this.telling.push({ type: "ack", client: "page", seq, ok: true, reason: "" });
  }

  private facts() {
    return {
      revision: this.revision,
      names: [...this.names],
      palette: new Uint8Array(3 * this.names.length),
      codes: Int32Array.from(this.label, (name) => this.code(name)),
      flags: Uint8Array.from(this.flag, Number),
      edits: this.done.length,
      undo: this.done.length > 0 ? `step ${this.done.length}` : "",
      redo: this.undone.length > 0 ? `step ${this.done.length + 1}` : "",
    };
  }
}

interface World {
  store: Store;
  source: FakeSource;
  kernel: Kernel;
  /** How many of the page's messages have left it. */
  left: number;
}

let stop: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  stop?.abort();
  vi.useRealTimers();
});

/** @param before what was done before the page was there. @param most steps of which it is told. */
function begin(before: readonly Act[] = [], most?: number): World {
  stop?.abort();
  stop = new AbortController();
  const kernel = new Kernel();
  for (const each of before) kernel.make(each.kind, each.rows, wantedBy(each));
  kernel.telling.length = 0;
  const source = new FakeSource();
  const store = new Store(source, null, stop.signal);
  source.say(manifest(N));
  kernel.sendAll(most);
  source.say(kernel.telling.pop() as FromKernel);
  return { store, source, kernel, left: 0 };
}

function shown({ store }: World): { label: Cell[]; flag: Cell[] } {
  const { names } = store.labels.info.value;
  return {
    label: Array.from(store.labels.codes, (code) => names[code] ?? null),
    flag: Array.from(store.labels.flags, (flag) => flag === 1),
  };
}

/** A person's act; what is shown is what it acts on. */
function decide({ store }: World, { kind, rows, name }: Act): void {
  const chosen = Int32Array.from(rows);
  if (kind === "undo") store.undo();
  else if (kind === "redo") store.redo();
  else if (kind === "flag") store.flag(chosen, name === "dog");
  else store.relabel(chosen, name);
}

const act = fc.record({
  kind: fc.constantFrom("label", "label", "flag", "undo", "undo", "redo"),
  rows: fc.uniqueArray(fc.integer({ min: 0, max: N - 1 }), { minLength: 1 }),
  name: fc.constantFrom("cat", "dog", "whale", null),
});
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

function wantedBy({ kind, name }: Act): Cell {
  return kind.endsWith("flag") ? name === "dog" : name;
}
const travel = fc.record({
  kind: fc.constantFrom("to kernel", "to page"),
  how: fc.constantFrom("next", "next", "next", "drop", "repeat", "late"),
  place: fc.nat(20),
});
const other = act.map((each) => ({ ...each, kind: `other ${each.kind}` }));

test("what is shown is what the kernel will have made, however late it hears of it", () => {
  const story = fc.array(fc.oneof({ weight: 3, arbitrary: act }, { weight: 2, arbitrary: travel }), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 6 }), story, (before, events) => {
      const world = begin(before);
      const { source, kernel } = world;
      const ideal = new Log();
      for (const each of before) ideal.act(each.kind, each.rows, wantedBy(each));
      for (const event of events) {
        if ("place" in event) {
          const edits = source.edits();
          if (event.kind === "to kernel" && world.left < edits.length) kernel.hear(edits[world.left++] as EditSent);
          const [next] = event.kind === "to page" ? kernel.telling.splice(0, 1) : [];
          if (next) source.say(next);
        } else {
          decide(world, event);
          ideal.act(event.kind, event.rows, wantedBy(event));
        }
        expect(shown(world)).toEqual({ label: ideal.label, flag: ideal.flag });
        const { undo, redo, counts } = world.store.labels.info.value;
        expect([undo !== "", redo !== ""]).toEqual([ideal.done.length > 0, ideal.undone.length > 0]);
        const { names } = world.store.labels.info.value;
        expect(counts).toEqual(names.map((name) => ideal.label.filter((each) => each === name).length));
      }
    }),
    { numRuns: 400 },
  );
});

test("a label that takes the place of another, which a row had that is undone, is not shown there", () => {
  const world = begin([{ kind: "label", rows: [0], name: "dog" }]);
  world.store.undo();
  world.store.relabel(Int32Array.of(2, 4), "whale");
  expect(shown(world).label).toEqual(["cat", "cat", "whale", null, "whale"]);
});

test("both sides end up equal over a channel that drops, repeats and reorders, with others editing too", () => {
  const story = fc.array(fc.oneof(act, travel, travel, other), { maxLength: 50 });
  fc.assert(
    fc.property(story, (events) => {
      const world = begin();
      const { source, kernel } = world;
      const leaving: EditSent[] = [];
      const take = (): void => {
        leaving.push(...source.edits().slice(world.left));
        world.left = source.edits().length;
        for (const _ of source.wanted.splice(0)) kernel.sendAll();
      };
      for (const event of events) {
        if (!("place" in event)) {
          if (event.kind.startsWith("other ")) kernel.make(event.kind.slice(6), event.rows, wantedBy(event as Act));
          else decide(world, event as Act);
          take();
          continue;
        }
        const queue: unknown[] = event.kind === "to kernel" ? leaving : kernel.telling;
        if (queue.length === 0) continue;
        const at = event.how === "late" ? event.place % queue.length : 0;
        if (event.how === "repeat") queue.push(queue[at]);
        const [message] = queue.splice(at, 1);
        if (event.how !== "drop" && event.kind === "to kernel") kernel.hear(message as EditSent);
        else if (event.how !== "drop") source.say(message as FromKernel);
        take();
      }
      // The channel works from now on: the page sends again what is pending, and is told all.
      world.store.outbox.resend();
      take();
      for (const edit of leaving.splice(0)) kernel.hear(edit);
      kernel.sendAll();
      while (kernel.telling.length > 0) {
        source.say(kernel.telling.shift() as FromKernel);
        take();
      }
      expect(world.store.outbox.pending).toEqual([]);
      expect(shown(world)).toEqual({ label: kernel.label, flag: kernel.flag });
      expect([...world.store.labels.pendingRows]).toEqual(new Array(N).fill(0));
    }),
    { numRuns: 400 },
  );
});

test("a step from before this page is undone at once, and one that it was not told of when the kernel has done it", () => {
  const step = (name: Act["name"], row: number): Act => ({ kind: "label", rows: [row], name });
  const world = begin([step("whale", 0), step("dog", 1), step("dog", 0)], 2);
  const { store, source, kernel } = world;
  const hear = (): void => {
    for (const edit of source.edits().slice(world.left)) kernel.hear(edit);
    world.left = source.edits().length;
    for (const message of kernel.telling.splice(0)) source.say(message);
  };
  expect(store.labels.info.value.undo).toBe("step 3");
  store.undo();
  store.undo();
  expect(shown(world).label.slice(0, 2)).toEqual(["whale", "cat"]);
  expect(store.labels.info.value.undo).toBe("an earlier edit");
  store.redo();
  expect(shown(world).label.slice(0, 2)).toEqual(["whale", "dog"]);
  store.undo();
  hear();
  expect(store.labels.info.value.undo).toBe("step 1");
  store.undo();
  expect(shown(world).label[0]).toBe("whale");
  expect(store.turned.said.value).toBe("being undone: step 1");
  hear();
  expect(shown(world).label[0]).toBe("cat");
  expect(store.turned.said.value).toBe("undone: step 1");
  store.redo();
  expect(shown(world).label[0]).toBe("whale");
  expect(store.labels.info.value.undo).toBe("step 1");
});

test("a step that was undone before this page is made again at once, and one not told of when the kernel has", () => {
  const step = (kind: Act["kind"], name: Act["name"], row: number): Act => ({ kind, rows: [row], name });
  const undo = step("undo", null, 0);
  const past = [step("label", "whale", 0), step("flag", "dog", 1), step("label", "dog", 1), undo, undo, undo];
  const world = begin(past, 2);
  const { store, source, kernel } = world;
  expect(store.labels.info.value.redo).toBe("step 1");
  store.redo();
  expect(shown(world).label.slice(0, 2)).toEqual(["whale", "cat"]);
  store.redo();
  expect(shown(world).flag[1]).toBe(true);
  expect(store.labels.info.value).toMatchObject({ undo: "step 2", redo: "an earlier edit", edits: 2, unseen: 0 });
  expect(store.turned.said.value).toBe("redone: step 2");
  store.undo();
  expect(shown(world).flag[1]).toBe(false);
  store.redo();
  store.redo();
  expect(shown(world).label[1]).toBe("cat");
  expect(store.turned.said.value).toBe("being redone: an earlier edit");
  for (const edit of source.edits()) kernel.hear(edit);
  for (const message of kernel.telling.splice(0)) source.say(message);
  expect(shown(world)).toEqual({ label: kernel.label, flag: kernel.flag });
  expect(store.labels.info.value).toMatchObject({ undo: "step 3", redo: "" });
});
