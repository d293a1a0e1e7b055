import { describe, expect, it } from "vitest";
import factory from "../../src/entry/widget";
import type { FromKernel } from "../../src/protocol";
import { kernelSource } from "../../src/transport/kernel";
import { fakeModel } from "./fake-model";

describe("a page and its kernel", () => {
  it("greets with what it has, and again when it is called", () => {
    const { model, sent, say } = fakeModel();
    const heard: string[] = [];
    const source = kernelSource(model as never, "page", new AbortController().signal);
    source.listen(({ type }) => heard.push(type));
    source.hello();
    expect(sent).toEqual([{ type: "hello", client: "page", have: [], called: false }]);
    say("progress", { stage: "" }, "progress@3");
    say("review-at", { at: 1, client: "" }, "review-at@1");
    say("roll-call", {});
    expect(sent.slice(1)).toEqual([
      { type: "hello", client: "page", have: ["progress@3", "review-at@1"], called: true },
    ]);
    expect(heard).toEqual(["progress", "review-at"]);
  });

  it("drops a part that it has", () => {
    const { model, say } = fakeModel();
    const heard: string[] = [];
    const source = kernelSource(model as never, "page", new AbortController().signal);
    source.listen(({ type }) => heard.push(type));
    for (const version of [1, 1, 2]) say("review-at", { at: 1, client: "" }, `review-at@${version}`);
    expect(heard).toEqual(["review-at", "review-at"]);
  });

  it.each([
    ["views of larger buffers", (bytes: Uint8Array) => new DataView(Uint8Array.of(0, ...bytes, 0).buffer, 1, 8)],
    ["arrays of bytes", (bytes: Uint8Array) => bytes],
    ["bare buffers", (bytes: Uint8Array) => bytes.buffer],
  ])("reads bytes that come as %s", (_, wrap) => {
    const { model, say } = fakeModel();
    const heard: FromKernel[] = [];
    kernelSource(model as never, "page", new AbortController().signal).listen((message) => heard.push(message));
    const bytes = new Uint8Array(Int32Array.of(7, -1).buffer);
    const arrays = [{ name: "rows", dtype: "int32", length: 2, offset: 0 }];
    say("selection", { client: "" }, "", { arrays, bytes: 8, buffers: [wrap(bytes)] });
    expect(heard).toEqual([{ type: "selection", client: "", rows: Int32Array.of(7, -1) }]);
  });
});

describe("a session that its host ends", () => {
  const signals = { "with a signal": () => new AbortController(), "without one": () => null };

  it.each(Object.entries(signals))("%s, by what it was given back, hears no more", (_, make) => {
    const { model, listening } = fakeModel();
    const end = factory().initialize({ model, signal: make()?.signal } as never) as () => void;
    expect(listening()).toBeGreaterThan(0);
    end();
    end();
    expect(listening()).toBe(0);
  });

  it("by its signal, hears no more either", () => {
    const { model, listening } = fakeModel();
    const stop = new AbortController();
    factory().initialize({ model, signal: stop.signal } as never);
    stop.abort();
    expect(listening()).toBe(0);
  });
});
