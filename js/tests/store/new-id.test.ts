import { afterEach, describe, expect, it, vi } from "vitest";
import { newId } from "../../src/store/new-id";

describe("names of pages and views", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("are made also where the page is no secure context", () => {
    const { crypto } = globalThis;
    vi.stubGlobal("crypto", {
      getRandomValues: <T extends ArrayBufferView<ArrayBuffer>>(a: T) => crypto.getRandomValues(a),
    });
    const names = Array.from({ length: 200 }, newId);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{8}$/);
    expect(new Set(names).size).toBe(200);
  });
});
