/**
 * How long the kernel has owed an answer. One that is killed or hangs says nothing of it: that nothing comes is all a
 * page can tell.
 */

import { signal } from "@preact/signals";

/** What is worth a word, s: so that it changes rarely, and screen readers are not at it all the time. */
const STEPS_S = [10, 20, 30, 60, 120, 300, 600, 1800, 3600];
const LOOK_MS = 5_000;
/** Most answers come sooner: a word that comes and goes with every edit would only flicker. */
const LATE_MS = 1_000;

export class Silence {
  /** Whether an answer is late. */
  readonly late = signal(false);
  /** One of `STEPS_S`, 0 while that is too short to speak of. */
  readonly seconds = signal(0);
  /** Its word has been closed: the next one is of another silence. */
  readonly read = signal(false);
  private sinceMs = 0;
  private timer: ReturnType<typeof setInterval> | null = null;
  private lateTimer: ReturnType<typeof setTimeout> | undefined;

  /** An answer is awaited, if it was not before. */
  await(): void {
    if (this.timer !== null) return;
    this.heard();
    this.lateTimer = setTimeout(() => {
      this.late.value = true;
    }, LATE_MS);
    this.timer = setInterval(() => {
      const passed = (Date.now() - this.sinceMs) / 1000;
      this.seconds.value = STEPS_S.filter((step) => step <= passed).at(-1) ?? 0;
    }, LOOK_MS);
  }

  /** An answer has come. */
  heard(): void {
    this.sinceMs = Date.now();
    this.seconds.value = 0;
    this.read.value = false;
  }

  /** None is awaited any more. */
  end(): void {
    if (this.timer !== null) clearInterval(this.timer);
    clearTimeout(this.lateTimer);
    this.timer = null;
    this.late.value = false;
    this.seconds.value = 0;
    this.read.value = false;
  }
}
