/** What the kernel says of rows before the manifest has told of them, as may come to a page that is just being made. */

import type { FromKernel } from "../protocol";
import type { Dataset } from "./dataset";

export class Early {
  private waiting: FromKernel[] = [];

  constructor(private readonly data: Dataset) {}

  /** Keeps a message that comes too early; whether it did. */
  keeps(message: FromKernel): boolean {
    const early = this.isEarly(message);
    if (early) this.waiting.push(message);
    return early;
  }

  /** What was kept, in the order it came; it is no longer. */
  take(): FromKernel[] {
    const { waiting } = this;
    this.waiting = [];
    return waiting;
  }

  private isEarly(message: FromKernel): boolean {
    const { n, manifest } = this.data;
    if (message.type === "looks" || message.type === "sheet") return message.rows.some((row) => row >= n);
    return manifest.peek() === null && ["labels", "changed", "filter", "facet"].includes(message.type);
  }
}
