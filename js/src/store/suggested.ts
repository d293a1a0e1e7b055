/** Labels that a column of the frame suggests, as a search for suspects leaves one. */

import { signal } from "@preact/signals";
import type { SuggestedLabels } from "../protocol";
import type { LabelState } from "./labels";

const NONE: SuggestedLabels = { type: "suggested-labels", names: [], codes: new Int32Array(0) };

export class Suggested {
  private readonly sent = signal(NONE);

  constructor(private readonly labels: LabelState) {}

  receive(message: SuggestedLabels): void {
    this.sent.value = message;
  }

  /** Whether there is such a column. */
  get known(): boolean {
    return this.sent.value.codes.length > 0;
  }

  /** The label suggested for a row; null: none, or the one that it has. */
  of(row: number): string | null {
    const { names, codes } = this.sent.value;
    const name = names[codes[row] ?? -1];
    if (name === undefined) return null;
    const code = this.labels.info.value.names.indexOf(name);
    return code < 0 || code === this.labels.codes[row] ? null : name;
  }
}
