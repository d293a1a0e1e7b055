import { describe, expect, it } from "vitest";
import type { WidgetLab } from "../browser/widget-lab";
import { WidgetPage } from "../browser/widget-page";

declare const lab: WidgetLab;

const widget = new WidgetPage();

describe("a host without signals", () => {
  it("closes a view by what it was given for that", async () => {
    await widget.open(9, { signals: false });
    await widget.page.evaluate(() => {
      for (const end of lab.ends) end();
    });
    expect(await widget.page.getByRole("region", { name: "PixPlot" }).count()).toBe(0);
  });
});

describe("a host with shadow roots", () => {
  it("leaves open what is pressed inside, and closes it when something else is", async () => {
    await widget.page.evaluate((style) => {
      const shadow = document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
      shadow.appendChild(document.createElement("style")).textContent = style;
      lab.start();
      lab.view(shadow);
      lab.tell(9);
    }, widget.css);
    await widget.status("9 images");
    await widget.select([1, 2]);
    const list = widget.page.getByRole("listbox", { name: "Labels" });
    await widget.page.getByRole("button", { name: "Relabel" }).click();
    await list.getByRole("option", { name: "cat" }).click();
    expect(await widget.edits()).toEqual([["label", "cat"]]);
    await widget.page.getByRole("button", { name: "Relabel" }).click();
    await list.waitFor();
    await widget.page.getByRole("img", { name: "Image map" }).click({ position: { x: 600, y: 20 } });
    await list.waitFor({ state: "hidden" });
  });
});

describe("the theme", () => {
  /** Of a widget in a shadow root within another; what is around them, as CSS has it. */
  const themeWithin = async (css: string, system: "light" | "dark") => {
    await widget.page.emulateMedia({ colorScheme: system });
    await widget.page.addStyleTag({ content: css });
    await widget.page.evaluate(() => {
      const outer = document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
      const inner = outer.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
      lab.start();
      lab.view(inner);
      lab.tell(4);
    });
    const { region } = widget;
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
    await widget.page.evaluate(() => document.body.classList.add("night"));
    await expect.poll(now).toBe("dark");
  });
});

describe("a page without a kernel", () => {
  it("says so in words, takes no more room than those, and shows the images if one comes after all", async () => {
    await widget.page.evaluate(() => {
      lab.start();
      lab.view();
    });
    const { region } = widget;
    await widget.status("No kernel is connected. Run the cell to see the images.");
    expect((await region.boundingBox())?.height).toBeLessThan(100);
    expect(await region.getByText("Waiting for the kernel").count()).toBe(0);
    await widget.page.evaluate(() => lab.tell(9));
    await widget.status("9 images");
    await widget.page.getByRole("img", { name: "Image map" }).waitFor();
    expect((await region.boundingBox())?.height).toBeGreaterThan(500);
  });

  it("shows the still picture that the widget holds, beneath the words, until a kernel comes", async () => {
    const drawn = await widget.page.evaluate(() => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 90, height: 60 });
      const still = canvas.toDataURL("image/jpeg").split(",")[1] ?? "";
      lab.start({ still });
      lab.view();
      return still;
    });
    const { region } = widget;
    await widget.status("This is a still picture: no kernel is connected.");
    const picture = region.getByRole("img", { name: "All images, as they were" });
    expect(await picture.getAttribute("src")).toBe(`data:image/jpeg;base64,${drawn}`);
    const [words, box] = [await region.getByRole("status").boundingBox(), await picture.boundingBox()];
    expect([box?.width, box?.height]).toEqual([90, 60]);
    expect(box?.y).toBeGreaterThanOrEqual((words?.y ?? 0) + (words?.height ?? 0));
    await widget.page.evaluate(() => lab.tell(9));
    await widget.status("9 images");
    expect(await picture.count()).toBe(0);
  });
});
