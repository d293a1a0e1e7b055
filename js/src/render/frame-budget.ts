/**
 * How many sprites the next frame may draw, learnt from how long the last ones took.
 *
 * The cost of a sprite is taken as `1 + size^2 / PX_PER_SPRITE` units: one for its vertex, the rest for its pixels
 * (software GL: about 2 us a vertex and 20 ns a pixel; the ratio matters only while zooming, the unit is measured).
 */
const PX_PER_SPRITE = 100;
/** What a frame costs before its first sprite, in ms: clearing, presenting, the way to the GPU and back. */
const FIXED_MS = 3;
/** A guess for the first frame, in ms a unit. */
const FIRST_GUESS_MS = 0.002;
/** Frames of fewer units say more about the clock than about the sprites. */
const TELLING_UNITS = 500;

export class FrameBudget {
  private msPerUnit = FIRST_GUESS_MS;

  static units(count: number, sizePx: number): number {
    return count * (1 + Math.min(sizePx * sizePx, 1e5) / PX_PER_SPRITE);
  }

  /** @param elapsedMs from submitting `count` sprites of `sizePx` device px to the GPU having drawn them. */
  record(count: number, sizePx: number, elapsedMs: number): void {
    const units = FrameBudget.units(count, sizePx);
    if (units < TELLING_UNITS) return;
    const measured = Math.max(1e-6, (elapsedMs - FIXED_MS) / units);
    // Slower is believed at once (the frame was late), faster by and by: one lucky frame is no trend.
    const weight = measured > this.msPerUnit ? 0.5 : 0.2;
    this.msPerUnit += weight * (measured - this.msPerUnit);
  }

  /** Sprites of `sizePx` device px that fit `targetMs`; never none, so that a picture always comes to its end. */
  sprites(targetMs: number, sizePx: number): number {
    const units = Math.max(0.5, targetMs - FIXED_MS) / this.msPerUnit;
    return Math.max(256, Math.floor(units / FrameBudget.units(1, sizePx)));
  }

  /** Expected ms of drawing `count` sprites. */
  expectMs(count: number, sizePx: number): number {
    return FIXED_MS + FrameBudget.units(count, sizePx) * this.msPerUnit;
  }
}
