/** What the tests share that look at drawn pixels. */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { pageForEach } from "./each-page";

/** A fresh page with the lab on it for each test. */
export function labForEach(take: (page: Page) => void): void {
  pageForEach(new URL("./lab.ts", import.meta.url), take);
}

/** Whether a color is `expected`, but for what JPEG does to it. */
export function near(actual: number[] | undefined, expected: readonly number[], tolerance = 14): void {
  expect(actual).toBeDefined();
  const worst = Math.max(...(actual as number[]).map((channel, i) => Math.abs(channel - (expected[i] as number))));
  expect(worst, `${actual} is not ${expected}`).toBeLessThanOrEqual(tolerance);
}
