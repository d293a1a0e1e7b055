import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NameTable } from "../../src/store/dataset";
import { composed, folded } from "../../src/store/folded";

const text = fc.string({ unit: fc.constantFrom(..."aEéÅßẞςΣıİﬁ가", "\u0301", "\u030a", "\u1112") });

describe("text as it is compared", () => {
  test("is the same in both ways to encode accents, and in capitals", () => {
    expect(folded("CAFE\u0301")).toBe(folded("caf\u00e9"));
    expect(folded("STRASSE")).toBe(folded("straße"));
    expect(folded("ΟΔΟΣ")).toBe(folded("οδος"));
    expect(folded("ı")).not.toBe(folded("i"));
    fc.assert(
      fc.property(text, (word) => {
        expect(folded(word.normalize("NFD"))).toBe(folded(word.normalize("NFC")));
        expect(folded(folded(word))).toBe(folded(word));
        expect(composed(word.normalize("NFD"))).toBe(composed(word));
      }),
    );
  });

  test("is searched so in file names", () => {
    const names = ["caf\u00e9.png", "cafe\u0301.png", "cafe.png"].map((name) => new TextEncoder().encode(name));
    const offsets = Uint32Array.from([0, ...names.map((_, i) => names.slice(0, i + 1).flatMap((b) => [...b]).length)]);
    const table = new NameTable();
    table.add({ type: "names", start: 0, offsets, text: Uint8Array.from(names.flatMap((b) => [...b])) } as never);
    expect(table.search("FE\u0301")).toEqual([0, 1]);
    expect(table.search("F\u00c9")).toEqual([0, 1]);
    expect(table.named("Caf\u00e9.PNG")).toEqual([0, 1]);
    expect(table.named("CAFE.png")).toEqual([2]);
  });
});
