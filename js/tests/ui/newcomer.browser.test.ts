import { describe, expect, it } from "vitest";
import type { WidgetLab } from "../browser/widget-lab";
import { WidgetPage } from "../browser/widget-page";

declare const lab: WidgetLab;

const widget = new WidgetPage();

describe("a search", () => {
  /** The kernel's answer to what was asked last: what is in columns that the page does not hold. */
  const answer = async (rows: number[]) => {
    await expect.poll(async () => (await widget.sent("search")).length).toBeGreaterThan(0);
    await widget.page.evaluate((found) => {
      const { id } = lab.sent("search").at(-1) as { id: number };
      lab.say({ type: "found", id, rows: Int32Array.from(found), distances: new Float32Array(found.length) });
    }, rows);
  };

  it("opens an image with that label before one in which some other column speaks of it", async () => {
    await widget.open(6, { names: ["hat", "shoes", "snowshoes"], codes: [0, 2, 0, 1, 0, 1] });
    const box = widget.page.getByRole("searchbox", { name: "Search images" });
    await box.fill("Shoes");
    await answer([0]);
    await widget.page.locator("output").filter({ hasText: /^4$/ }).waitFor();
    await box.press("Enter");
    const opened = widget.page.getByRole("complementary", { name: "Inspector" }).locator("header strong");
    await expect.poll(() => opened.textContent()).toBe("image 3");
    await widget.page.keyboard.press("Enter");
    await expect.poll(() => opened.textContent()).toBe("image 5");
    await widget.page.keyboard.press("Enter");
    await expect.poll(() => opened.textContent()).toBe("image 0");
  });

  it("that found nothing keeps the keys, so that what is typed next opens and labels no image", async () => {
    await widget.open(9);
    await widget.select([4]);
    const box = widget.page.getByRole("searchbox", { name: "Search images" });
    await box.fill("unicorn");
    await answer([]);
    await widget.page.getByText("no hits").waitFor();
    await widget.page.keyboard.press("Enter");
    await widget.page.keyboard.press("Enter");
    await widget.page.keyboard.press("2");
    expect(await box.inputValue()).toBe("unicorn2");
    expect(await widget.page.getByRole("complementary", { name: "Inspector" }).count()).toBe(0);
    expect(await widget.edits()).toEqual([]);
  });
});

describe("the menu of orders for a review", () => {
  it("begins with the column that a review goes by unless told otherwise", async () => {
    const facets = [
      ["category", "categories"],
      ["width", "numbers"],
      ["suspicion", "numbers"],
    ] as [string, "categories" | "numbers"][];
    await widget.open(9, { manifest: { facets } });
    await widget.page.getByRole("button", { name: "Review" }).click();
    const orders = widget.page.getByRole("menu", { name: "Order of the review" }).getByRole("menuitem");
    expect(await orders.allTextContents()).toEqual(["suspicion", "category", "width"]);
  });
});

describe("the toolbar of a selection", () => {
  it.each([320, 400])("leaves no button alone on a line in a cell of %i px", async (width) => {
    await widget.page.setViewportSize({ width, height: 700 });
    await widget.open(9);
    await widget.select([1, 2, 3]);
    const bar = widget.page.getByRole("toolbar", { name: "Selection" });
    await bar.getByRole("button", { name: "Clear" }).waitFor();
    const lines = new Map<number, number>();
    for (const button of await bar.getByRole("button").all()) {
      const { y, height } = (await button.boundingBox()) as { y: number; height: number };
      const middle = Math.round(y + height / 2);
      lines.set(middle, (lines.get(middle) ?? 0) + 1);
    }
    expect(Math.min(...lines.values())).toBeGreaterThan(1);
    expect([...lines.values()].reduce((sum, count) => sum + count)).toBe(8);
  });

  it("opens a list that shows ten labels and their keys at once", async () => {
    await widget.open(20, { names: [..."abcdefghij"].map((letter) => `label ${letter}`) });
    await widget.select([1, 2]);
    await widget.page.getByRole("button", { name: "Relabel" }).click();
    const list = widget.page.getByRole("listbox", { name: "Labels" });
    await list.waitFor();
    const [box, last] = [await list.boundingBox(), await list.getByRole("option", { name: "label j" }).boundingBox()];
    expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual((box?.y ?? 0) + (box?.height ?? 0) + 1);
    expect(box?.y).toBeGreaterThan(0);
  });
});

describe("a column without values", () => {
  it("says so in the filters; of another name speaks only who has searched", async () => {
    await widget.open(0, { names: [], manifest: { facets: [["category", "categories"]] } });
    await widget.page.getByRole("button", { name: "Filters" }).click();
    await widget.page.getByText("No values.").waitFor();
    expect(await widget.page.getByText("Nothing of that name.").count()).toBe(0);
  });
});
