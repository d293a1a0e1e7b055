import { describe, expect, it } from "vitest";
import type { WidgetLab } from "../browser/widget-lab";
import { WidgetPage } from "../browser/widget-page";

declare const lab: WidgetLab;

const widget = new WidgetPage();

describe("a hotspot that was made", () => {
  it("is named by what is typed at once, whenever the kernel's name for it comes", async () => {
    const { page } = widget;
    await widget.open(9, { names: ["cat", "dog"] });
    await widget.select([0, 4]);
    await page.getByRole("button", { name: "Make hotspot" }).click();
    const box = page.getByRole("textbox", { name: "Name of the hotspot" }).and(page.locator(":focus"));
    await box.waitFor();
    const [made] = await widget.sent("edit-hotspot");
    const typedOver = await box.evaluate(
      (input: HTMLInputElement, { key, client, seq }) =>
        new Promise<string>((seen) => {
          const look = () => {
            if (input.value !== "fox") return;
            observer.disconnect();
            input.setRangeText("i", input.selectionStart ?? 0, input.selectionEnd ?? 0, "end"); // as a key does
            seen(input.value);
          };
          const observer = new MutationObserver(look);
          observer.observe(input, { attributes: true });
          lab.say({ type: "ack", client, seq, ok: true, reason: "" });
          lab.say({
            type: "hotspots",
            revision: 0,
            ids: [key],
            names: ["fox"],
            covers: Int32Array.of(0),
            starts: Int32Array.of(0, 2),
            rows: Int32Array.of(0, 4),
          });
        }),
      { key: String(made?.key), client: String(made?.client), seq: Number(made?.seq) },
    );
    expect(typedOver).toBe("i");
  });
});
