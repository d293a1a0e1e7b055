import { describe, expect, it } from "vitest";
import type { WidgetLab } from "../browser/widget-lab";
import { WidgetPage } from "../browser/widget-page";

declare const lab: WidgetLab;

const widget = new WidgetPage();

describe("a cell that is made narrow and wide again", () => {
  const resize = async (width: number) => {
    await widget.page.setViewportSize({ width, height: 700 });
    await expect
      .poll(() => widget.page.locator(".pp-frame").evaluate((frame) => frame.clientWidth))
      .toBeCloseTo(width, -2);
  };

  it.each([false, true])("fits what was fitted again, also with an image open (%s)", async (inspected) => {
    await widget.open(100);
    if (inspected) {
      await widget.page.evaluate(() => lab.say({ type: "fly", row: 55, open: true }));
      await widget.page.getByRole("complementary", { name: "Inspector" }).waitFor();
    }
    await widget.page.keyboard.press("Home");
    const wide = await widget.seen();
    await resize(400);
    const narrow = await widget.seen();
    await resize(1200);
    expect((await widget.seen()) / wide).toBeCloseTo(1, 1);
    await resize(400);
    expect((await widget.seen()) / narrow).toBeCloseTo(1, 1);
  });
});

describe("a view that opens later", () => {
  const inspectors = () => widget.page.getByRole("complementary", { name: "Inspector" }).count();

  it("is not sent where those before it were; one that is the first is", async () => {
    await widget.page.evaluate(() => {
      lab.start();
      lab.tell(9);
      lab.say({ type: "fly", row: 4, open: true });
      lab.view();
    });
    await expect.poll(inspectors).toBe(1);
    await widget.page.evaluate(() => lab.view());
    await expect.poll(() => widget.page.getByRole("img", { name: "Image map" }).count()).toBe(2);
    await widget.seen();
    expect(await inspectors()).toBe(1);
    await widget.page.evaluate(() => lab.say({ type: "fly", row: 5, open: true }));
    await expect.poll(inspectors).toBe(2);
  });

  it("begins with a place that was wanted only as long as nobody went on from there", async () => {
    await widget.open(100);
    const all = await widget.seen();
    await widget.page.evaluate(() => lab.say({ type: "camera", layout: "umap", x: 0.5, y: 0.5, width: 0.4 }));
    await expect.poll(() => widget.seen()).toBeCloseTo(0.4, 2);
    await widget.page.evaluate(() => lab.view());
    expect(await widget.seen()).toBeCloseTo(0.4, 2);
    await widget.page.keyboard.press("Home");
    await expect.poll(() => widget.seen()).toBeCloseTo(all, 1);
    await widget.page.evaluate(() => lab.view());
    expect(await widget.seen()).toBeCloseTo(all, 1);
  });
});
