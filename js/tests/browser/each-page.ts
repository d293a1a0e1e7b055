/** A fresh page for each test of a file. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { bundle, openPage, startBrowser } from "./chromium";

/** Open it before each test, with the script of `entry` on it; an error on the page fails the test. */
export function pageForEach(
  entry: URL,
  take: (page: Page) => void,
  size: { width?: number; height?: number } = {},
): void {
  let browser: Browser;
  let script: string;
  let page: Page;
  let problems: string[];
  beforeAll(async () => {
    browser = await startBrowser();
    script = await bundle(entry);
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    ({ page, problems } = await openPage(browser, script, size));
    take(page);
  });
  afterEach(async () => {
    await page.context().close();
    expect(problems).toEqual([]);
  });
}
