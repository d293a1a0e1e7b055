import { describe, expect, it } from "vitest";
import type { WidgetLab } from "../browser/widget-lab";
import { WidgetPage } from "../browser/widget-page";

declare const lab: WidgetLab;

const widget = new WidgetPage();

const ENDLESS = "long".repeat(2000);
const TURNED = "cat \u202e reversed";
const NAMES = [
  TURNED,
  "half \ud800 left",
  ENDLESS,
  "a b ".repeat(800),
  "line\nbreak\u2028tab\t",
  "<img src=x onerror=alert(1)>",
  "z\u0301\u0302\u0303\u0304\u0305".repeat(60),
  "\u200f\u2067 אבג",
];

/** Elements that stick out of the widget and that nothing within it cuts off. */
const sticksOut = () =>
  widget.region.evaluate((region) => {
    const all = region.getBoundingClientRect();
    const cut = (element: Element): boolean => {
      const parent = element.parentElement;
      if (!parent || parent === region || parent.matches(".pp-frame")) return false;
      return getComputedStyle(parent).overflowX !== "visible" || cut(parent);
    };
    return [...region.querySelectorAll("*")]
      .filter((element) => {
        const { left, right, bottom, width } = element.getBoundingClientRect();
        const out = right > all.right + 1 || left < all.left - 1 || bottom > all.bottom + 1;
        return width > 0 && out && !cut(element);
      })
      .map((element) => `${element.tagName} ${element.className}`);
  });

const heightOf = (css: string) =>
  widget.page.evaluate((name) => document.querySelector(name)?.getBoundingClientRect().height, css);

/** Everything that can say a text of the data says one of these. */
async function openWithAll(): Promise<void> {
  await widget.open(16, {
    names: NAMES,
    manifest: {
      colorings: NAMES,
      facets: NAMES.map((name, k) => [name, k % 2 ? "text" : "numbers"]),
      label_column: ENDLESS,
      problems: [[0, ENDLESS]],
      problem_count: 1,
    },
  });
  await widget.page.evaluate(
    ([names, endless, turned]) => {
      const none = new Float32Array(0);
      lab.say({
        type: "layout",
        name: "umap",
        xy: Float32Array.from({ length: 32 }, (_, k) => Math.sin(k * 7)),
        cell: null,
        captions: names.map((text, k) => ({ text, x: Math.sin(k * 5), y: Math.cos(k * 3), width: 0.5, count: k })),
        extra: {},
        outline: none,
        overlay: none,
      });
      lab.say({
        type: "hotspots",
        revision: 0,
        ids: ["1", "2"],
        names: [endless, turned],
        covers: Int32Array.of(0, 1),
        starts: Int32Array.of(0, 1, 2),
        rows: Int32Array.of(0, 1),
      });
      lab.say({ type: "trouble", id: -1, text: `${endless} and ${turned}` });
      lab.say({ type: "review", rows: Int32Array.of(1, 2), title: endless, place: 0 });
      const state = { done: 1, total: 2, seconds_left: 3, rate: 0, running: true, stopped: false };
      lab.say({ type: "progress", stage: `Reading ${endless}`, error: endless, ...state });
      const conditions = [{ column: endless, any: [endless, turned] }];
      const bytes = new Uint8Array(0);
      lab.say({ type: "filter", conditions, mask: bytes, fixed: bytes, client: "", seq: 0 });
    },
    [NAMES, ENDLESS, TURNED] as const,
  );
  await widget.select([0, 4, 2]);
  await widget.page.getByRole("button", { name: "Stop preparing" }).waitFor();
}

describe("texts of any length and script", () => {
  it.each([1200, 400])("stay within the widget at %d px, and leave room for the picture", async (width) => {
    const { page } = widget;
    await page.setViewportSize({ width, height: 700 });
    await openWithAll();
    await widget.fly(2);
    await page.getByRole("complementary", { name: "Inspector" }).waitFor();
    await expect.poll(sticksOut).toEqual([]);
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await widget.region.focus();
    await page.keyboard.press("n");
    await page.getByRole("searchbox", { name: "Relabel to" }).waitFor();
    await expect.poll(sticksOut).toEqual([]);
    await page.keyboard.press("3");
    await page.getByRole("searchbox", { name: "Relabel to" }).waitFor({ state: "hidden" });
    await page.keyboard.press("z");
    await widget.status("undone: relabel 3 images");
    await expect.poll(sticksOut).toEqual([]);
    expect(await heightOf(".pp-status")).toBeLessThan(140);
    expect(await heightOf(".pp-notices")).toBeLessThan(260);
    expect(await heightOf(".pp-map")).toBeGreaterThan(300);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  it("that run the other way turn nothing round but themselves", async () => {
    await widget.open(4, { names: [TURNED, "dog"] });
    await widget.select([1]);
    await widget.page.keyboard.press("1");
    await widget.page.keyboard.press("z");
    await widget.status("undone: relabel 1 image");
    const ways = widget.page.getByRole("status").locator("bdi");
    expect(await ways.count()).toBeGreaterThan(2);
    for (const way of await ways.all())
      expect(await way.evaluate((part) => getComputedStyle(part).unicodeBidi)).toBe("isolate");
  });
});

describe("how long preparing images takes", () => {
  const tell = (done: number, rate: number) =>
    widget.page.evaluate(
      ([many, each]) => {
        const state = {
          total: 100_000,
          seconds_left: (100_000 - many) / each,
          error: "",
          running: true,
          stopped: false,
        };
        lab.say({ type: "progress", stage: "Reading images", done: many, rate: each, ...state });
      },
      [done, rate] as const,
    );

  it("is said once there is something to go by", async () => {
    await widget.open(9);
    const line = widget.page.locator(".pp-progress");
    await tell(1, 0.1);
    await expect.poll(() => line.textContent()).toContain("Reading images 0 %");
    expect(await line.textContent()).not.toContain("left");
    await tell(20_000, 2);
    await expect.poll(() => line.textContent()).toContain("11 h left");
  });
});
