/**
 * The picture on the canvas and how complete it is.
 *
 * At rest a frame draws what its budget allows, and the following frames add the rest without clearing: stacking is
 * by depth and not by time, so what has been drawn stays right, and single sprites can be painted again in place.
 *
 * While the camera pans, the last whole picture is moved along (sprites keep their size in data units, so a moved
 * picture is the right one) and what comes into view is drawn into its gaps, unless drawing all sprites takes less.
 * While it zooms and not all sprites fit the budget, the last picture is scaled and a prefix of the fair order drawn
 * over it. Where there is no such picture, as when the sprites themselves move, that prefix alone is drawn: a fair
 * sample of them.
 *
 * Measured at a million, zooming between once and twice the scale: 99 % of what is seen is right where sprites have 1.7
 * to 3.9 px, 55 % where they have 0.6 to 1.4. Those are drawn a pixel large at every scale, so that none vanishes: the
 * larger picture has fewer pixels covered than any enlargement of the smaller one.
 */
import { type Bounds, type Camera, dataToPx, grow, visibleBounds } from "../geometry/camera";
import { DrawLists } from "./draw-list";
import { FrameBudget } from "./frame-budget";
import type { DeviceRect, Painter, View } from "./painter";
import { FILTERED_BAND, type Scene } from "./scene";
import { hoverScale } from "./view";

/** What drawing may take of a frame, ms: 30 frames a second while moving; at rest the next input waits no longer. */
const MOVING_MS = 22;
const REST_MS = 60;
/** The GPU is asked this often whether it has finished a frame, ms. */
const POLL_MS = 4;

/** In rising order: nothing, all sprites in place, the same sprites seen from elsewhere, anything else. */
const DEMANDS = ["nothing", "over", "moved", "anew"] as const;
export type Demand = (typeof DEMANDS)[number];

export class Picture {
  frames = 0;
  /** ms from submitting the last frame to the GPU having done it. */
  frameMs = 0;
  drawn = 0;
  private list: Uint32Array = new Uint32Array(0);
  private redraw: Demand = "anew";
  private readonly touched = new Set<number>();
  private overlayDirty = false;
  /** Something older shows where nothing has been drawn yet: the background is painted last. */
  private overOlder = false;
  private samples: View["samples"] = 1;
  /** The list may be drawn in one frame, even if it takes a little longer than others. */
  private wholeAtOnce = false;
  /** What the moved picture and the sprites drawn beside it show, when that is all there is to show. */
  private carried: Camera | null = null;
  /** The kept picture shows looks that have changed since. */
  private stale = false;
  /** The camera of the picture on the canvas. */
  private shown: Camera | null = null;
  private readonly lists: DrawLists;
  private readonly budgets = { moving: new FrameBudget(MOVING_MS), rest: new FrameBudget(REST_MS) };
  private pollTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    public painter: Painter,
    private readonly scene: Scene,
    /** Called when the GPU has done a frame. */
    private readonly onDone: () => void,
  ) {
    this.lists = new DrawLists(scene);
  }

  get listed(): number {
    return this.list.length;
  }

  /** Every sprite of the list is on the canvas as it should be. */
  get settled(): boolean {
    const dirty = this.touched.size > 0 || this.overlayDirty;
    return this.redraw === "nothing" && this.drawn >= this.list.length && !this.overOlder && !dirty;
  }

  /** The GPU is still at the last frame. */
  get busy(): boolean {
    return this.pollTimer !== null;
  }

  /** "over": paint all again, the old picture showing until then; "moved": the camera did; "anew": from nothing. */
  demand(demand: Demand): void {
    const asked = demand === "over" && !this.painter.repaints ? "anew" : demand;
    if (asked === "over") this.stale = true;
    if (DEMANDS.indexOf(asked) > DEMANDS.indexOf(this.redraw)) this.redraw = asked;
  }

  /** The looks of these ranks changed: paint them again in place. */
  touch(ranks: Iterable<number>): void {
    if (!this.painter.repaints) this.demand("anew");
    for (const rank of ranks) this.touched.add(rank);
  }

  /** The hovered rows or their looks changed. */
  touchOverlay(): void {
    this.overlayDirty = true;
  }

  /** Ranks that may show, in drawing order. */
  visible(view: View, hideFiltered: boolean): Uint32Array {
    return this.lists.visible(grow(visibleBounds(view.camera, view.viewport), reachOf(view)), hideFiltered);
  }

  /**
   * Draw what the budget allows.
   *
   * @param moving the camera or the sprites are moving: be quick rather than complete.
   */
  frame(view: View, hideFiltered: boolean, moving: boolean): void {
    const { painter } = this;
    const budget = moving ? this.budgets.moving : this.budgets.rest;
    const allowed = budget.sprites(view.sizePx);
    let sprites = 0;
    // What was drawn in a hurry is drawn over once at rest, with the better filter.
    if (view.samples > this.samples) this.demand("over");
    const begins = this.redraw !== "nothing";
    if (begins) sprites += this.begin(view, hideFiltered, moving, allowed);
    else painter.clearOverlay(view);
    const news = this.drawTouched(view, hideFiltered);
    sprites += news;
    // Panning loses nothing, so the next step need only fill what this one did not.
    if (this.carried) painter.keep(this.carried);
    // What has just changed is shown without waiting for the rest, which looks as it did.
    const held = this.carried !== null || (begins && this.overOlder && news > 0);
    const room = Math.max(0, allowed - sprites);
    const most = held ? this.drawn : this.wholeAtOnce ? this.list.length : this.drawn + room;
    this.carried = null;
    const end = Math.min(this.list.length, most);
    painter.draw(view, this.list, this.drawn, end);
    sprites += end - this.drawn;
    const finished = end >= this.list.length && (this.drawn < end || this.overOlder);
    this.drawn = end;
    if (finished) this.finish(view);
    this.drawOverlay(view);
    this.submit(budget, sprites, view.sizePx);
  }

  stop(): void {
    if (this.pollTimer !== null) clearTimeout(this.pollTimer);
    this.pollTimer = null;
  }

  /** Returns how many sprites that took. */
  private begin(view: View, hideFiltered: boolean, moving: boolean, allowed: number): number {
    const { painter } = this;
    const demand = this.redraw;
    // Half a new picture is worth more than a whole old one; what lies over an older one is no picture of its own.
    const complete = this.drawn >= this.list.length;
    if (demand === "moved" && this.shown && (complete ? !this.overOlder : 2 * this.drawn > this.list.length)) {
      painter.clearOverlay(view);
      painter.keep(this.shown);
    }
    if (demand === "anew") painter.forgetKept();
    this.list = this.visible(view, hideFiltered);
    this.wholeAtOnce = false;
    this.redraw = "nothing";
    this.samples = view.samples;
    this.drawn = 0;
    const { widthPx, heightPx } = view.viewport;
    // Moving a picture fills every pixel of the canvas: that must save more than it costs.
    const canvasPx = widthPx * heightPx * view.ratio ** 2;
    const fits = this.budgets.moving.fits(this.list.length, view.sizePx, canvasPx);
    const kept = painter.kept;
    this.shown = view.camera;
    if (demand === "moved" && moving && kept && overlap(view, kept) && !(this.stale && fits)) {
      const panned = kept.scale === view.camera.scale;
      if (panned ? !FrameBudget.cheaper(this.list.length, view.sizePx, canvasPx) : !fits) {
        this.overOlder = true;
        return this.fillGaps(view, hideFiltered, kept, allowed);
      }
    }
    this.wholeAtOnce = fits;
    this.overOlder = demand === "over";
    painter.begin(view, !this.overOlder);
    return 0;
  }

  /** Move the kept picture to where it is seen now, and draw what is seen beside it. */
  private fillGaps(view: View, hideFiltered: boolean, kept: Camera, allowed: number): number {
    const shows = this.painter.beginFromKept(view);
    let sprites = 0;
    let whole = kept.scale === view.camera.scale;
    for (const gap of gapsBeside(visibleBounds(view.camera, view.viewport), visibleBounds(kept, view.viewport))) {
      // A quarter is left for the prefix, which starts with what is selected.
      const most = Math.floor(0.75 * allowed) - sprites;
      const found = most > 0 ? this.lists.sample(grow(gap, reachOf(view)), hideFiltered, most) : null;
      whole &&= found?.all ?? false;
      if (!found) continue;
      this.painter.draw(view, found.ranks, 0, found.ranks.length);
      sprites += found.ranks.length;
    }
    if (whole) this.carried = shows;
    return sprites;
  }

  private finish(view: View): void {
    if (this.overOlder) this.painter.finish(view);
    this.overOlder = false;
    this.stale = false;
  }

  /** Returns how many sprites were painted again. */
  private drawTouched(view: View, hideFiltered: boolean): number {
    if (this.touched.size === 0) return 0;
    const { bands, order } = this.scene;
    const hidden = (rank: number): boolean => hideFiltered && bands[order[rank] as number] === FILTERED_BAND;
    const ranks = Uint32Array.from(this.touched).filter((rank) => !hidden(rank));
    this.painter.draw(view, ranks, 0, ranks.length);
    this.touched.clear();
    return ranks.length;
  }

  private drawOverlay(view: View): void {
    this.overlayDirty = false;
    const { hovered, ranks } = this.scene;
    const scale = hoverScale(view.sizePx, view.ratio);
    const rect = this.rectAround(view, hovered, (view.sizePx * scale) / 2 + 2);
    if (!rect) return;
    this.painter.overlay(
      view,
      Uint32Array.from(hovered, (row) => ranks[row] as number),
      scale,
      rect,
    );
  }

  /** The device rectangle that the sprites of these rows lie in; null when none is placed. */
  private rectAround(view: View, rows: number[], reachPx: number): DeviceRect | null {
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const row of rows) {
      const [x, y] = dataToPx(view.camera, view.viewport, this.scene.xOf(row), this.scene.yOf(row));
      if (!Number.isFinite(x + y)) continue;
      x0 = Math.min(x0, x * view.ratio - reachPx);
      y0 = Math.min(y0, y * view.ratio - reachPx);
      x1 = Math.max(x1, x * view.ratio + reachPx);
      y1 = Math.max(y1, y * view.ratio + reachPx);
    }
    if (!(x1 > x0)) return null;
    const [x, y] = [Math.floor(x0), Math.floor(y0)];
    return { x, y, width: Math.ceil(x1) - x, height: Math.ceil(y1) - y };
  }

  private submit(budget: FrameBudget, sprites: number, sizePx: number): void {
    const startMs = performance.now();
    this.painter.submit();
    this.frames++;
    const poll = (): void => {
      if (this.painter.busy()) {
        this.pollTimer = setTimeout(poll, POLL_MS);
        return;
      }
      this.pollTimer = null;
      this.frameMs = performance.now() - startMs;
      budget.record(sprites, sizePx, this.frameMs);
      this.onDone();
    };
    this.stop();
    this.pollTimer = setTimeout(poll, POLL_MS);
  }
}

/** How far a sprite reaches from its center, data units. */
function reachOf(view: View): number {
  return view.sizePx / 2 / (view.camera.scale * view.ratio);
}

/** Whether a picture seen by `kept` shows a good part of what is seen now. */
function overlap(view: View, kept: Camera): boolean {
  const now = visibleBounds(view.camera, view.viewport);
  const then = visibleBounds(kept, view.viewport);
  const width = Math.min(now.x1, then.x1) - Math.max(now.x0, then.x0);
  const height = Math.min(now.y1, then.y1) - Math.max(now.y0, then.y0);
  if (width <= 0 || height <= 0) return false;
  // Enlarged eightfold a picture is a blur; shrunk to a corner it helps nobody.
  return view.camera.scale < 8 * kept.scale && width * height > 0.05 * (now.x1 - now.x0) * (now.y1 - now.y0);
}

/** What of `now` lies outside of `then`, as up to four rectangles. */
export function gapsBeside(now: Bounds, then: Bounds): Bounds[] {
  const y0 = Math.max(now.y0, then.y0);
  const y1 = Math.min(now.y1, then.y1);
  const gaps = [
    { x0: now.x0, y0: now.y0, x1: now.x1, y1: Math.min(now.y1, then.y0) },
    { x0: now.x0, y0: Math.max(now.y0, then.y1), x1: now.x1, y1: now.y1 },
    { x0: now.x0, y0, x1: Math.min(now.x1, then.x0), y1 },
    { x0: Math.max(now.x0, then.x1), y0, x1: now.x1, y1 },
  ];
  return gaps.filter((gap) => gap.x1 > gap.x0 && gap.y1 > gap.y0);
}
