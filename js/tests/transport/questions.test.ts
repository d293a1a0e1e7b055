import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { kernelSource } from "../../src/transport/kernel";
import { fakeModel } from "./fake-model";

const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

describe("a question whose answer does not come", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const start = () => {
    const made = fakeModel();
    const stop = new AbortController();
    const source = kernelSource(made.model as never, "page", stop.signal);
    source.listen(() => {});
    return { ...made, source, stop };
  };
  const found = (id: unknown) => ({ id, rows: [], distances: [] });

  it("is asked again under its number, and the first answer counts", async () => {
    const { source, sent, say } = start();
    const answer = source.search("cat", never);
    expect(sent.length).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent.length).toBeGreaterThan(1);
    expect(new Set(sent.map(({ id, text }) => `${id} ${text}`)).size).toBe(1);
    for (let k = 0; k < sent.length; k += 1) say("found", found(sent[k]?.id));
    expect((await answer).type).toBe("found");
    const asked = sent.length;
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(sent.length).toBe(asked);
  });

  it("of a busy kernel is asked a few times and waits on, until that has time for it", async () => {
    const { source, sent, say } = start();
    const settled = vi.fn();
    const answer = source.search("cat", never).then(settled, settled);
    await vi.advanceTimersByTimeAsync(10 * HOUR_MS);
    expect(sent.length).toBeLessThanOrEqual(5);
    expect(settled).not.toHaveBeenCalled();
    say("found", found(sent[0]?.id));
    await answer;
    expect(settled.mock.calls[0]?.[0]).toMatchObject({ type: "found" });
  });

  it("while others are answered is given up in the end, in words", async () => {
    const { source, say } = start();
    const settled = vi.fn();
    void source.search("cat", never).then(settled, settled);
    for (let minute = 0; minute < 60; minute += 1) {
      say("ack", { client: "other", seq: minute, ok: true, reason: "" });
      await vi.advanceTimersByTimeAsync(60_000);
    }
    expect(settled).toHaveBeenCalledOnce();
    expect(settled.mock.calls[0]?.[0]).toBeInstanceOf(Error);
  });

  it("is not asked again once it was taken back or the widget closed", async () => {
    const { source, sent, stop } = start();
    const asking = new AbortController();
    const first = source.search("cat", asking.signal).catch(() => "taken back");
    const second = source.search("dog", never).catch(() => "closed");
    asking.abort();
    stop.abort();
    expect(await Promise.all([first, second])).toEqual(["taken back", "closed"]);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(sent.length).toBe(2);
  });
});
