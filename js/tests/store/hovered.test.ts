import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Store } from "../../src/store/store";
import { FakeSource } from "./fake-source";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the kernel hears of the last row under the pointer, at most twenty times a second and never twice", () => {
  const source = new FakeSource();
  const { hovered } = new Store(source, null, new AbortController().signal);
  const heard = () => source.sent.flatMap((message) => (message.type === "hover" ? [message.row] : []));
  for (let ms = 0; ms < 1000; ms += 5) {
    hovered.tell(ms);
    vi.advanceTimersByTime(5);
  }
  vi.advanceTimersByTime(100);
  expect(heard().length).toBeLessThanOrEqual(20);
  expect(heard().length).toBeGreaterThan(10);
  expect(heard().at(-1)).toBe(995);
  expect(source.sent[0]).toMatchObject({ type: "hover", client: source.client });
  const { length } = heard();
  hovered.tell(3);
  hovered.tell(995);
  vi.advanceTimersByTime(1000);
  expect(heard().length).toBe(length);
  hovered.tell(-1);
  vi.advanceTimersByTime(100);
  expect(heard().at(-1)).toBe(-1);
});
