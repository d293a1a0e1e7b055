/** A fresh page with the whole widget for each test of a file, and what tests do with it. */
import type { Page } from "playwright-core";
import { beforeAll, beforeEach, expect } from "vitest";
import { bundle } from "./chromium";
import { pageForEach } from "./each-page";
import type { WidgetLab } from "./widget-lab";

declare const lab: WidgetLab;

export class WidgetPage {
  page!: Page;
  css = "";

  constructor() {
    beforeAll(async () => {
      this.css = await bundle(new URL("../../src/entry/widget.css", import.meta.url));
    });
    const size = { width: 1200, height: 700 };
    pageForEach(
      new URL("./widget-lab.ts", import.meta.url),
      (page) => {
        this.page = page;
      },
      size,
    );
    beforeEach(() => this.page.addStyleTag({ content: this.css }));
  }

  get region() {
    return this.page.getByRole("region", { name: "PixPlot" });
  }

  status(text: string): Promise<void> {
    return this.page.getByRole("status").filter({ hasText: text }).waitFor();
  }

  /** Opens a view of so many images, with the keys in it. */
  async open(n: number, given: Parameters<WidgetLab["tell"]>[1] = {}): Promise<void> {
    await this.page.evaluate(
      ([count, what]) => {
        lab.start(what);
        lab.view();
        lab.tell(count, what);
      },
      [n, given] as const,
    );
    await this.status(`${n} images`);
    await this.region.focus();
  }

  /** What the widget said of a kind. */
  sent(type: string): Promise<Record<string, unknown>[]> {
    return this.page.evaluate((name) => lab.sent(name).map((each) => ({ ...each })), type);
  }

  async edits(): Promise<unknown[]> {
    return (await this.sent("edit")).map(({ kind, value }) => [kind, value]);
  }

  /** Selects some, as another page would. */
  select(rows: number[]): Promise<void> {
    return this.page.evaluate((some) => lab.say({ type: "selection", client: "", rows: Int32Array.from(some) }), rows);
  }

  fly(row: number): Promise<void> {
    return this.page.evaluate((to) => lab.say({ type: "fly", row: to, open: true }), row);
  }

  /** How much of the picture's width is seen once all rests, as the kernel hears it, data units. */
  async seen(): Promise<number> {
    let width = Number.NaN;
    const rests = async () => {
      const before = width;
      const last = (await this.sent("camera-moved")).at(-1)?.width;
      width = typeof last === "number" ? last : Number.NaN;
      return width === before;
    };
    await expect.poll(rests, { interval: 900 }).toBe(true);
    return width;
  }
}
