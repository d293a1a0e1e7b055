import type { Page } from "playwright-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundle } from "../browser/chromium";
import { pageForEach } from "../browser/each-page";
import type { WidgetLab } from "../browser/widget-lab";

declare const lab: WidgetLab;

let page: Page;
let css: string;
beforeAll(async () => {
  css = await bundle(new URL("../../src/widget.css", import.meta.url));
});
pageForEach(
  new URL("../browser/widget-lab.ts", import.meta.url),
  (opened) => {
    page = opened;
  },
  { width: 1200, height: 700 },
);
beforeEach(() => page.addStyleTag({ content: css }));

/** A widget of so many images, with the keys in it. */
async function open(n: number, given: Parameters<WidgetLab["tell"]>[1] = {}): Promise<void> {
  await page.evaluate(
    ([count, what]) => {
      lab.start(what);
      lab.view();
      lab.tell(count, what);
    },
    [n, given] as const,
  );
  await page
    .getByRole("status")
    .filter({ hasText: `${n} images` })
    .waitFor();
  await page.getByRole("region", { name: "PixPlot" }).focus();
}

const sent = (type: string) => page.evaluate((name) => lab.sent(name).map((each) => ({ ...each })), type);
const edits = () => sent("edit").then((all) => all.map(({ kind, value }) => [kind, value]));
/** Selects some, as another page would. */
const select = (rows: number[]) =>
  page.evaluate((some) => lab.say({ type: "selection", client: "", rows: Int32Array.from(some) }), rows);

/** How much of the picture's width is seen once all rests, as the kernel hears it, data units. */
const seen = async () => {
  let width = Number.NaN;
  await expect
    .poll(
      async () => {
        const before = width;
        const last = (await sent("camera-moved")).at(-1)?.width;
        width = typeof last === "number" ? last : Number.NaN;
        return width === before;
      },
      { interval: 900, timeout: 20_000 },
    )
    .toBe(true);
  return width;
};

describe("a host without signals", () => {
  it("closes a view by what it was given for that", async () => {
    await open(9, { signals: false });
    await page.evaluate(() => {
      for (const end of lab.ends) end();
    });
    expect(await page.getByRole("region", { name: "PixPlot" }).count()).toBe(0);
  });
});

describe("keys", () => {
  it("give the label whose badge they are, of digits too", async () => {
    await open(9, { names: ["0", "1", "2", "3"] });
    await select([4]);
    await page.keyboard.press("3");
    expect(await edits()).toEqual([["label", "3"]]);
    const badges = page.getByRole("list", { name: "Legend" }).locator("kbd");
    expect(await badges.allTextContents()).toEqual(["0", "1", "2", "3"]);
  });

  it("undo, redo and select all with Ctrl, and leave the rest to the notebook", async () => {
    await open(9);
    await page.evaluate(() => {
      Object.assign(globalThis, { passed: [] });
      document.addEventListener("keydown", ({ key }) =>
        (globalThis as unknown as { passed: string[] }).passed.push(key),
      );
    });
    await page.keyboard.press("Control+a");
    await page.getByRole("status").filter({ hasText: "9 selected" }).waitFor();
    await page.keyboard.press("2");
    for (const keys of ["Control+z", "Control+Shift+z", "Meta+z", "Control+y"]) await page.keyboard.press(keys);
    expect(await edits()).toEqual([
      ["label", "dog"],
      ["undo", null],
      ["redo", null],
      ["undo", null],
      ["redo", null],
    ]);
    await page.keyboard.press("Control+s");
    await page.keyboard.press("Control+Enter");
    const passed = await page.evaluate(() => (globalThis as unknown as { passed: string[] }).passed);
    expect(passed.filter((key) => !["Control", "Shift", "Meta"].includes(key))).toEqual(["s", "Enter"]);
    const box = page.getByRole("searchbox", { name: "Search images" });
    await box.fill("some text");
    await page.evaluate(() => lab.clear());
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Backspace");
    expect(await box.inputValue()).toBe("");
    await page.keyboard.press("Control+z");
    expect(await sent("edit")).toEqual([]);
    expect(await sent("select")).toEqual([]);
  });

  it("of numbers pick what is numbered so from the list to relabel by, and make no label", async () => {
    await open(9, { names: ["cat", "dog"] });
    await select([0, 4]);
    const box = page.locator(":focus").and(page.getByRole("searchbox", { name: "Relabel to" }));
    await page.keyboard.press("n");
    await box.waitFor();
    await page.keyboard.press("2");
    expect(await edits()).toEqual([["label", "dog"]]);
    await page.keyboard.press("n");
    await box.waitFor();
    await page.keyboard.type("7");
    await page.getByRole("option", { name: "Add label “7”" }).waitFor();
    expect(await edits()).toEqual([["label", "dog"]]);
    await page.keyboard.press("Enter");
    expect(await edits()).toEqual([
      ["label", "dog"],
      ["label", "7"],
    ]);
  });

  it("are the image's again once a hit of a search is chosen, and after Escape", async () => {
    await open(9, { names: ["cat", "dog"], codes: [0, 0, 0, 0, 1, 0, 0, 1, 0] });
    const box = page.getByRole("searchbox", { name: "Search images" });
    const opened = page.getByRole("complementary", { name: "Inspector" }).locator("header strong");
    await page.keyboard.press("/");
    await page.keyboard.type("dog");
    await page.keyboard.press("Enter");
    await expect.poll(() => opened.textContent()).toBe("image 4");
    await page.keyboard.press("Enter");
    await expect.poll(() => opened.textContent()).toBe("image 7");
    await page.keyboard.press("1");
    expect(await box.inputValue()).toBe("dog");
    expect(await edits()).toEqual([["label", "cat"]]);
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    expect(await box.inputValue()).toBe("");
    await page.keyboard.press("2");
    expect(await edits()).toEqual([
      ["label", "cat"],
      ["label", "dog"],
    ]);
  });

  it("on detections give classes, and never how a detection did", async () => {
    const given = {
      boxes: true,
      label_column: "outcome",
      facets: [["category", "categories"]] as [string, "categories"][],
    };
    await open(4, { names: ["background", "missed"], manifest: given });
    await page.evaluate(() => {
      const none = { rows: new Int32Array(0), values: new Float32Array(0), offsets: new Uint32Array(0) };
      lab.say({
        ...none,
        type: "facet",
        name: "category",
        kind: "categories",
        names: ["apple", "plum"],
        counts: Int32Array.of(2, 2),
        codes: Int32Array.of(0, 1, 0, 1),
        text: new Uint8Array(0),
        low: 0,
        high: 0,
        missing: 0,
        whole: true,
        complete: true,
      });
    });
    await select([0, 3]);
    await page.keyboard.press("2");
    expect(await edits()).toEqual([["class", "plum"]]);
    expect(await page.getByRole("list", { name: "Legend" }).locator("kbd").count()).toBe(0);
  });
});

describe("a cell that is made narrow and wide again", () => {
  const resize = async (width: number) => {
    await page.setViewportSize({ width, height: 700 });
    await expect.poll(() => page.locator(".pp-frame").evaluate((frame) => frame.clientWidth)).toBeCloseTo(width, -2);
  };

  it.each([false, true])("fits what was fitted again, also with an image open (%s)", async (inspected) => {
    await open(100);
    if (inspected) {
      await page.evaluate(() => lab.say({ type: "fly", row: 55, open: true }));
      await page.getByRole("complementary", { name: "Inspector" }).waitFor();
    }
    await page.keyboard.press("Home");
    const wide = await seen();
    await resize(400);
    const narrow = await seen();
    await resize(1200);
    expect((await seen()) / wide).toBeCloseTo(1, 1);
    await resize(400);
    expect((await seen()) / narrow).toBeCloseTo(1, 1);
  });
});

describe("a view that opens later", () => {
  const inspectors = () => page.getByRole("complementary", { name: "Inspector" }).count();

  it("is not sent where those before it were; one that is the first is", async () => {
    await page.evaluate(() => {
      lab.start();
      lab.tell(9);
      lab.say({ type: "fly", row: 4, open: true });
      lab.view();
    });
    await expect.poll(inspectors).toBe(1);
    await page.evaluate(() => lab.view());
    await expect.poll(() => page.getByRole("img", { name: "Image map" }).count()).toBe(2);
    await seen();
    expect(await inspectors()).toBe(1);
    await page.evaluate(() => lab.say({ type: "fly", row: 5, open: true }));
    await expect.poll(inspectors).toBe(2);
  });

  it("begins with a place that was wanted only as long as nobody went on from there", async () => {
    await open(100);
    const all = await seen();
    await page.evaluate(() => lab.say({ type: "camera", layout: "umap", x: 0.5, y: 0.5, width: 0.4 }));
    await expect.poll(seen, { timeout: 30_000 }).toBeCloseTo(0.4, 2);
    await page.evaluate(() => lab.view());
    expect(await seen()).toBeCloseTo(0.4, 2);
    await page.keyboard.press("Home");
    await expect.poll(seen, { timeout: 30_000 }).toBeCloseTo(all, 1);
    await page.evaluate(() => lab.view());
    expect(await seen()).toBeCloseTo(all, 1);
  });
});

describe("a host with shadow roots", () => {
  it("leaves open what is pressed inside, and closes it when something else is", async () => {
    await page.evaluate((style) => {
      const shadow = document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
      shadow.appendChild(document.createElement("style")).textContent = style;
      lab.start();
      lab.view(shadow);
      lab.tell(9);
    }, css);
    await page.getByRole("status").filter({ hasText: "9 images" }).waitFor();
    await select([1, 2]);
    const list = page.getByRole("listbox", { name: "Labels" });
    await page.getByRole("button", { name: "Relabel" }).click();
    await list.getByRole("option", { name: "cat" }).click();
    expect(await edits()).toEqual([["label", "cat"]]);
    await page.getByRole("button", { name: "Relabel" }).click();
    await list.waitFor();
    await page.getByRole("img", { name: "Image map" }).click({ position: { x: 600, y: 20 } });
    await list.waitFor({ state: "hidden" });
  });
});

describe("the theme", () => {
  /** Of a widget in a shadow root within another; what is around them, as CSS has it. */
  const themeWithin = async (css: string, system: "light" | "dark") => {
    await page.emulateMedia({ colorScheme: system });
    await page.addStyleTag({ content: css });
    await page.evaluate(() => {
      const outer = document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
      const inner = outer.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
      lab.start();
      lab.view(inner);
      lab.tell(4);
    });
    const region = page.getByRole("region", { name: "PixPlot" });
    const now = () => region.getAttribute("data-theme");
    await expect.poll(now).not.toBeNull();
    return now;
  };

  it.each([
    ["a dark page", "body { background: #181818 }", "light", "dark"],
    ["a light page", "body { background: white }", "dark", "light"],
    ["a dark page in a newer way to write it", "body { background: oklch(0.2 0.02 250) }", "light", "dark"],
    ["a light page in that way", "html { background: oklch(0.98 0 0) }", "dark", "light"],
    ["a veil over a dark page", "body { background: #111 } div { background: rgb(255 255 255 / 5%) }", "light", "dark"],
    ["a page that says nothing, in a dark system", "p {}", "dark", "light"],
    ["a page that follows a dark system", ":root { color-scheme: light dark }", "dark", "dark"],
    ["a page that follows a light system", ":root { color-scheme: light dark }", "light", "light"],
    ["a page that is light in every system", ":root { color-scheme: light }", "dark", "light"],
    ["a page that only writes in white", "body { color: #eee }", "light", "dark"],
  ] as const)("in shadow roots is that of %s", async (_, css, system, wanted) => {
    const now = await themeWithin(css, system);
    expect(await now()).toBe(wanted);
  });

  it("follows the page when that changes its own", async () => {
    const now = await themeWithin("body { background: white } body.night { background: black }", "light");
    expect(await now()).toBe("light");
    await page.evaluate(() => document.body.classList.add("night"));
    await expect.poll(now).toBe("dark");
  });
});

describe("a page without a kernel", () => {
  it("says so in words, takes no more room than those, and shows the images if one comes after all", async () => {
    await page.evaluate(() => {
      lab.start();
      lab.view();
    });
    const region = page.getByRole("region", { name: "PixPlot" });
    await page
      .getByRole("status")
      .filter({ hasText: "No kernel is connected. Run the cell to see the images." })
      .waitFor();
    expect((await region.boundingBox())?.height).toBeLessThan(100);
    expect(await region.getByText("Waiting for the kernel").count()).toBe(0);
    await page.evaluate(() => lab.tell(9));
    await page.getByRole("status").filter({ hasText: "9 images" }).waitFor();
    await page.getByRole("img", { name: "Image map" }).waitFor();
    expect((await region.boundingBox())?.height).toBeGreaterThan(500);
  });
});
