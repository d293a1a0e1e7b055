import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HotspotsSent } from "../../src/protocol";
import { hotspotCaptions } from "../../src/store/hotspots";
import { Store } from "../../src/store/store";
import { FakeSource } from "./fake-source";

const SENT: HotspotsSent = {
  type: "hotspots",
  ids: [7, 8, 9],
  names: ["cat", "dog", "owl"],
  covers: Int32Array.of(0, 3, 5),
  starts: Int32Array.of(0, 2, 4, 6),
  rows: Int32Array.of(0, 1, 3, 4, 5, 6),
};

function opened(): { store: Store; source: FakeSource } {
  const source = new FakeSource();
  const store = new Store(source, null, new AbortController().signal);
  source.say(SENT);
  return { store, source };
}

const names = ({ hotspots }: Store) => hotspots.list.value.map(({ name }) => name);

describe("hotspots", () => {
  it("are what the kernel says", () => {
    const { store } = opened();
    expect(store.hotspots.list.value[1]).toEqual({ id: 8, name: "dog", cover: 3, rows: Int32Array.of(3, 4) });
  });

  it("change at once, and the kernel is told", () => {
    const { store, source } = opened();
    store.hotspots.rename(8, " hound ");
    store.hotspots.cover(8, 4);
    store.hotspots.move(9, 0);
    store.hotspots.remove(7);
    store.hotspots.add(Int32Array.of(2, 5));
    expect(names(store)).toEqual(["…", "owl", "hound"]);
    expect(store.hotspots.list.value[2]?.cover).toBe(4);
    const told = source.sent.map((message) => (message.type === "edit-hotspot" ? message.kind : message.type));
    expect(told).toEqual(["rename", "cover", "move", "remove", "add"]);
    source.say(SENT);
    expect(names(store)).toEqual(["cat", "dog", "owl"]);
  });

  it("say nothing where nothing changes", () => {
    const { store, source } = opened();
    store.hotspots.rename(8, "dog");
    store.hotspots.rename(8, "  ");
    store.hotspots.move(9, 5);
    store.hotspots.add(new Int32Array(0));
    expect(source.sent).toEqual([]);
    expect(names(store)).toEqual(["cat", "dog", "owl"]);
  });

  it("keep all in the list, wherever one is moved", () => {
    fc.assert(
      fc.property(fc.constantFrom(7, 8, 9), fc.integer({ min: -2, max: 5 }), (id, to) => {
        const { store } = opened();
        store.hotspots.move(id, to);
        const ids = store.hotspots.list.value.map((spot) => spot.id);
        expect([...ids].sort()).toEqual([7, 8, 9]);
        expect(ids.indexOf(id)).toBe(Math.max(0, Math.min(to, 2)));
      }),
    );
  });

  it("are named in the middle of most of their images", () => {
    const xy = Float32Array.of(0, 0, 2, 2, 4, 4, 100, 100, Number.NaN, Number.NaN);
    const spot = { id: 1, name: "crowd", cover: 0, rows: Int32Array.of(0, 1, 2, 3, 4) };
    const [caption] = hotspotCaptions([spot, { ...spot, rows: Int32Array.of(4) }], xy);
    expect(caption).toMatchObject({ text: "crowd", x: 2, y: 2, count: 5 });
  });
});
