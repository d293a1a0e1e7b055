import { describe, expect, it } from "vitest";
import type { WidgetLab } from "../browser/widget-lab";
import { WidgetPage } from "../browser/widget-page";

declare const lab: WidgetLab;

const widget = new WidgetPage();

describe("keys", () => {
  it("give the label whose badge they are, of digits too", async () => {
    await widget.open(9, { names: ["0", "1", "2", "3"] });
    await widget.select([4]);
    await widget.page.keyboard.press("3");
    expect(await widget.edits()).toEqual([["label", "3"]]);
    const badges = widget.page.getByRole("list", { name: "Legend" }).locator("kbd");
    expect(await badges.allTextContents()).toEqual(["0", "1", "2", "3"]);
  });

  it("undo, redo and select all with Ctrl, and leave the rest to the notebook", async () => {
    await widget.open(9);
    await widget.page.evaluate(() => {
      Object.assign(globalThis, { passed: [] });
      document.addEventListener("keydown", ({ key }) =>
        (globalThis as unknown as { passed: string[] }).passed.push(key),
      );
    });
    await widget.page.keyboard.press("Control+a");
    await widget.status("9 selected");
    await widget.page.keyboard.press("2");
    for (const keys of ["Control+z", "Control+Shift+z", "Meta+z", "Control+y"]) await widget.page.keyboard.press(keys);
    expect(await widget.edits()).toEqual([
      ["label", "dog"],
      ["undo", null],
      ["redo", null],
      ["undo", null],
      ["redo", null],
    ]);
    await widget.page.keyboard.press("Control+s");
    await widget.page.keyboard.press("Control+Enter");
    const passed = await widget.page.evaluate(() => (globalThis as unknown as { passed: string[] }).passed);
    expect(passed.filter((key) => !["Control", "Shift", "Meta"].includes(key))).toEqual(["s", "Enter"]);
    const box = widget.page.getByRole("searchbox", { name: "Search images" });
    await box.fill("some text");
    await widget.page.evaluate(() => lab.clear());
    await widget.page.keyboard.press("Control+a");
    await widget.page.keyboard.press("Backspace");
    expect(await box.inputValue()).toBe("");
    await widget.page.keyboard.press("Control+z");
    expect(await widget.sent("edit")).toEqual([]);
    expect(await widget.sent("select")).toEqual([]);
  });

  it("of numbers pick what is numbered so from the list to relabel by, and make no label", async () => {
    await widget.open(9, { names: ["cat", "dog"] });
    await widget.select([0, 4]);
    const box = widget.page.locator(":focus").and(widget.page.getByRole("searchbox", { name: "Relabel to" }));
    await widget.page.keyboard.press("n");
    await box.waitFor();
    await widget.page.keyboard.press("2");
    expect(await widget.edits()).toEqual([["label", "dog"]]);
    await widget.page.keyboard.press("n");
    await box.waitFor();
    await widget.page.keyboard.type("7");
    await widget.page.getByRole("option", { name: "Add label “7”" }).waitFor();
    expect(await widget.edits()).toEqual([["label", "dog"]]);
    await widget.page.keyboard.press("Enter");
    expect(await widget.edits()).toEqual([
      ["label", "dog"],
      ["label", "7"],
    ]);
  });

  it("that follow at once belong to the list that the one before opened", async () => {
    await widget.open(9, { names: ["cat", "dog"] });
    await widget.select([0, 4]);
    await widget.page.evaluate(async () => {
      for (const key of "n2") {
        document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        await null; // no frame has passed
      }
    });
    await widget.status("2 edits");
    expect(await widget.edits()).toEqual([["label", "dog"]]);
    expect(await widget.page.getByRole("button", { name: "Relabel" }).getAttribute("aria-expanded")).toBe("false");
  });

  it("are the image's again once a hit of a search is chosen, and after Escape", async () => {
    await widget.open(9, { names: ["cat", "dog"], codes: [0, 0, 0, 0, 1, 0, 0, 1, 0] });
    const box = widget.page.getByRole("searchbox", { name: "Search images" });
    const opened = widget.page.getByRole("complementary", { name: "Inspector" }).locator("header strong");
    await widget.page.keyboard.press("/");
    await widget.page.keyboard.type("dog");
    await widget.page.keyboard.press("Enter");
    await expect.poll(() => opened.textContent()).toBe("image 4");
    await widget.page.keyboard.press("Enter");
    await expect.poll(() => opened.textContent()).toBe("image 7");
    await widget.page.keyboard.press("1");
    expect(await box.inputValue()).toBe("dog");
    expect(await widget.edits()).toEqual([["label", "cat"]]);
    await widget.page.keyboard.press("/");
    await widget.page.keyboard.press("Escape");
    expect(await box.inputValue()).toBe("");
    await widget.page.keyboard.press("2");
    expect(await widget.edits()).toEqual([
      ["label", "cat"],
      ["label", "dog"],
    ]);
  });

  it("on detections give classes, and never how a detection did", async () => {
    const given = {
      boxes: true,
      label_editable: false,
      label_column: "outcome",
      facets: [["category", "categories"]] as [string, "categories"][],
    };
    await widget.open(4, { names: ["background", "missed"], manifest: given });
    await widget.page.evaluate(() => {
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
    await widget.select([0, 3]);
    await widget.page.keyboard.press("2");
    expect(await widget.edits()).toEqual([["class", "plum"]]);
    expect(await widget.page.getByRole("list", { name: "Legend" }).locator("kbd").count()).toBe(0);
  });
});
