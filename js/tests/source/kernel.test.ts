import { describe, expect, it } from "vitest";
import { kernelSource } from "../../src/source/kernel";

/** A model as anywidget hands it over, whose kernel is the test. */
function fakeModel() {
  let hear: (content: unknown, buffers: DataView[]) => void = () => {};
  const sent: Record<string, unknown>[] = [];
  const model = {
    on: (name: string, listener: typeof hear) => {
      if (name === "msg:custom") hear = listener;
    },
    off: () => {},
    get: () => undefined,
    set: () => {},
    save_changes: () => {},
    send: (content: { type: string; fields?: Record<string, unknown> }) => {
      sent.push({ type: content.type, ...content.fields });
    },
  };
  let count = 0;
  const say = (type: string, fields: Record<string, unknown>, part = "") => {
    count += 1;
    hear({ type, message: `k${count}`, frame: 0, frames: 1, fields, arrays: [], bytes: 0, part }, []);
  };
  return { model, sent, say };
}

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
});
