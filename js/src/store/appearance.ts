/** How images are arranged, colored and drawn: settings that the kernel and all views share. */

import { signal } from "@preact/signals";
import type { LayoutOption } from "../protocol";
import { type Arrangement, splitName, withOption } from "./arrangement";
import type { Dataset } from "./dataset";
import type { Source } from "./source";

/** A layout that has not come of itself after so long is asked for: a message may have been lost. */
const LATE_MS = 5_000;

/** Who is told of what. */
export interface Listeners {
  /** A layout is chosen on this page: what is shown in its place makes way. */
  onLayout: () => void;
  /** Images are colored by another column. */
  onColoring: () => void;
}

export class Appearance {
  readonly layoutName = signal("");
  /** Column of the colors; null: there are none. */
  readonly colorBy = signal<string | null>("");
  readonly palette = signal("standard");
  readonly spriteSize = signal(1);
  readonly borderWidth = signal(2);
  readonly heightPx = signal(640);
  private late: ReturnType<typeof setTimeout> | undefined;
  /** How each kind of layout was last arranged. */
  private readonly arrangements = new Map<string, string>();

  constructor(
    private readonly source: Source,
    private readonly data: Dataset,
    private readonly listeners: Listeners,
  ) {}

  /** Follows what is set in the kernel, and on other pages. */
  follow(stop: AbortSignal): void {
    for (const name of ["layout_name", "color_by", "palette", "sprite_size", "border_width", "height"] as const)
      this.source.settings.observe(name, () => this.read(), stop);
    this.read();
    stop.addEventListener("abort", () => clearTimeout(this.late));
  }

  /** The layout that is chosen, taken apart, and what can be chosen of it. */
  arrangement(): { now: Arrangement; options: readonly LayoutOption[] } {
    const now = splitName(this.layoutName.value);
    return { now, options: this.data.manifest.value?.options[now.kind] ?? [] };
  }

  /** Goes to a layout as it was last arranged. */
  setKind(kind: string): void {
    this.setLayout(this.arrangements.get(kind) ?? kind);
  }

  setOption(option: LayoutOption, value: string): void {
    const { now, options } = this.arrangement();
    this.setLayout(withOption(now, options, option, value));
  }

  setLayout(name: string): void {
    this.listeners.onLayout();
    this.arrangements.set(splitName(name).kind, name);
    this.source.settings.set("layout_name", name);
    this.read();
  }

  setPalette(name: string): void {
    this.source.settings.set("palette", name);
    this.read();
  }

  setColoring(name: string | null): void {
    this.source.settings.set("color_by", name);
    this.read();
  }

  private read(): void {
    const { settings } = this.source;
    const layout = settings.get("layout_name");
    const coloring = settings.get("color_by");
    this.palette.value = settings.get("palette");
    this.spriteSize.value = settings.get("sprite_size");
    this.borderWidth.value = settings.get("border_width");
    this.heightPx.value = settings.get("height");
    if (layout !== this.layoutName.value) {
      this.layoutName.value = layout;
      if (this.data.mustAskFor(layout)) this.source.want(`layout/${layout}`);
      clearTimeout(this.late);
      this.late = setTimeout(() => {
        if (!this.data.layouts.value.has(layout)) this.source.want(`layout/${layout}`);
      }, LATE_MS);
    }
    if (coloring !== this.colorBy.value) {
      this.colorBy.value = coloring;
      if (coloring && !this.data.colorings.value.has(coloring)) this.source.want(`coloring/${coloring}`);
      this.listeners.onColoring();
    }
  }
}
