/**
 * How many sprites the next frame may draw, steered by how long the last ones took.
 *
 * The cost of a sprite is taken as `1 + size^2 / PX_PER_SPRITE` units: one for its vertex, the rest for its pixels
 * (software GL: about 1 us a vertex and 60 ns a pixel of a thumbnail). The units a frame may
 * take grow while frames that used them up come early and shrink when one comes late: steering, not a model, so that
 * a stall of the machine is forgotten as soon as it is over.
 */
const PX_PER_SPRITE = 16;
/** Pixels that are filled from a saved picture in the time of a unit. */
const FILLED_PX = 80;
/** For the first frame: less than half of what software GL does in that time. */
const FIRST_UNITS_PER_MS = 400;
/** Some 200 pictures of 30 px, about 12 ms of software GL: a small collection is to be whole even on a busy machine. */
const FEWEST_UNITS = 12_000;
const MOST_UNITS = 1e8;
/** Growth a frame, and the most a late frame takes away. */
const GROWTH = 1.3;
const LARGEST_CUT = 0.5;
/** A frame may come this much too late, or too early, and nothing is changed. */
const LATE = 1.2;
const EARLY = 0.8;

function unitsOf(count: number, sizePx: number): number {
  return count * (1 + Math.min(sizePx * sizePx, 1e5) / PX_PER_SPRITE);
}

export class FrameBudget {
  private units: number;

  /** @param targetMs what drawing may take of a frame. */
  constructor(private readonly targetMs: number) {
    this.units = FIRST_UNITS_PER_MS * targetMs;
  }

  /** Sprites of `sizePx` device px that the next frame may draw; never none, so that a picture comes to its end. */
  sprites(sizePx: number): number {
    return Math.max(1, Math.floor(this.units / unitsOf(1, sizePx)));
  }

  /**
   * Whether `count` sprites may be drawn in one frame.
   *
   * @param insteadPx pixels, device px, that need not be filled in another way when they are.
   */
  fits(count: number, sizePx: number, insteadPx = 0): boolean {
    return unitsOf(count, sizePx) <= this.units + insteadPx / FILLED_PX;
  }

  /** Whether to draw `count` sprites takes less time than to fill so many device px from a saved picture. */
  static cheaper(count: number, sizePx: number, filledPx: number): boolean {
    return unitsOf(count, sizePx) <= filledPx / FILLED_PX;
  }

  /** @param elapsedMs from submitting `count` sprites of `sizePx` device px to the GPU having drawn them. */
  record(count: number, sizePx: number, elapsedMs: number): void {
    const used = unitsOf(count, sizePx);
    if (elapsedMs > LATE * this.targetMs) {
      // A late frame of few sprites was late for another reason.
      if (used > 0.5 * this.units) this.units *= Math.max(LARGEST_CUT, this.targetMs / elapsedMs);
    } else if (elapsedMs < EARLY * this.targetMs && used > 0.7 * this.units) this.units *= GROWTH;
    this.units = Math.min(MOST_UNITS, Math.max(FEWEST_UNITS, this.units));
  }
}
