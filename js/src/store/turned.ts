/** What was undone or redone last, in words, for as long as that is news. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { LabelState } from "./labels";

/** News is no news after so long. */
const SAID_MS = 8_000;

export class Turned {
  /** "" when there is nothing to say. */
  readonly said: ReadonlySignal<string>;
  private readonly last = signal<{ kind: "undo" | "redo"; text: string } | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    labels: LabelState,
    /** Whether edits are still on their way: what is about to happen is news. */
    private readonly isPending: () => boolean,
  ) {
    this.said = computed(() => {
      const turned = this.last.value;
      if (!turned) return "";
      // Of a step that this page does not know nothing has changed on screen yet.
      const being = labels.info.value.unseen > 0 ? "being " : "";
      return `${being}${turned.kind === "undo" ? "undone" : "redone"}: ${turned.text}`;
    });
  }

  say(kind: "undo" | "redo", text: string): void {
    this.last.value = { kind, text };
    this.unsaySoon();
  }

  unsay(): void {
    this.last.value = null;
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private unsaySoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.isPending()) this.unsaySoon();
      else this.unsay();
    }, SAID_MS);
  }
}
