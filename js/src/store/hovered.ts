/** Tells the kernel what is under the pointer: the last of what passed under it lately, and only where that is news. */

const AT_MOST_EVERY_MS = 50;

export class Hovered {
  private row = -1;
  private told = -1;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly send: (row: number) => void) {}

  /** @param row -1: none. */
  tell(row: number): void {
    this.row = row;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.row === this.told) return;
      this.told = this.row;
      this.send(this.row);
    }, AT_MOST_EVERY_MS);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
