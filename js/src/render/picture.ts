/**
 * The picture on the canvas and how complete it is.
 *
 * While the camera moves, a frame draws as long a prefix of the fair order as the budget allows; at rest the
 * following frames add the rest without clearing. Since stacking is by depth and not by time, what has been drawn
 * stays right, and single sprites can be painted again in place.
 */
import { dataToPx, grow, visibleBounds } from "../geometry/camera";
import { DrawLists } from "./draw-list";
import { FrameBudget } from "./frame-budget";
import type { DeviceRect, Painter, View } from "./painter";
import { FILTERED_BAND, type Scene } from "./scene";
import { hoverScale } from "./view";

/** What drawing may take of a frame, ms: 30 frames a second while moving; at rest the next input waits no longer. */
const MOVING_MS = 22;
const REST_MS = 50;
/** The GPU is asked this often whether it has finished a frame, ms. */
const POLL_MS = 4;

export class Picture {
  frames = 0;
  /** ms from submitting the last frame to the GPU having done it. */
  frameMs = 0;
  drawn = 0;
  private list: Uint32Array = new Uint32Array(0);
  private redraw: "nothing" | "over" | "anew" = "anew";
  private readonly touched = new Set<number>();
  private hovered: number[] = [];
  private overlayDirty = false;
  private unfinished = false;
  private smooth = true;
  private readonly lists: DrawLists;
  private readonly budgets = { moving: new FrameBudget(MOVING_MS), rest: new FrameBudget(REST_MS) };
  private pollTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    public painter: Painter,
    private readonly scene: Scene,
  ) {
    this.lists = new DrawLists(scene);
  }

  get listed(): number {
    return this.list.length;
  }

  /** Every sprite of the list is on the canvas as it should be. */
  get settled(): boolean {
    return this.redraw === "nothing" && this.drawn >= this.list.length && !this.dirty;
  }

  /** The GPU is still at the last frame. */
  get busy(): boolean {
    return this.pollTimer !== null;
  }

  private get dirty(): boolean {
    return this.touched.size > 0 || this.overlayDirty;
  }

  /** "over": paint all again, the old picture showing until then; "anew": from nothing. */
  demand(redraw: "over" | "anew"): void {
    if (this.redraw !== "anew") this.redraw = this.painter.repaints ? redraw : "anew";
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
    const reach = view.sizePx / 2 / (view.camera.scale * view.ratio);
    return this.lists.visible(grow(visibleBounds(view.camera, view.viewport), reach), hideFiltered);
  }

  /**
   * Draw what the budget allows.
   *
   * @param moving the camera or the sprites are moving: be quick rather than complete.
   */
  frame(view: View, hideFiltered: boolean, moving: boolean): void {
    const { painter } = this;
    // A picture drawn in a hurry is drawn over once at rest, with the better filter.
    if (view.smooth && !this.smooth && this.redraw === "nothing") this.demand("over");
    if (this.redraw !== "nothing") {
      this.list = this.visible(view, hideFiltered);
      painter.begin(view, this.redraw === "anew");
      this.unfinished = this.redraw === "over";
      this.redraw = "nothing";
      this.smooth = view.smooth;
      this.drawn = 0;
    } else painter.clearOverlay(view);
    let sprites = this.drawTouched(view, hideFiltered);
    const budget = moving ? this.budgets.moving : this.budgets.rest;
    const allowed = budget.sprites(view.sizePx);
    const end = Math.min(this.list.length, this.drawn + Math.max(0, allowed - sprites));
    painter.draw(view, this.list, this.drawn, end);
    sprites += end - this.drawn;
    this.drawn = end;
    if (this.unfinished && this.drawn >= this.list.length) {
      painter.finish(view);
      this.unfinished = false;
    }
    this.drawOverlay(view);
    this.submit(budget, sprites, view.sizePx);
  }

  stop(): void {
    if (this.pollTimer !== null) clearTimeout(this.pollTimer);
    this.pollTimer = null;
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
    this.hovered = this.scene.hovered;
    if (this.hovered.length === 0) return;
    const ranks = Uint32Array.from(this.hovered, (row) => this.scene.ranks[row] as number);
    const scale = hoverScale(view.sizePx, view.ratio);
    const rect = this.rectAround(view, (view.sizePx * scale) / 2 + 2);
    if (rect) this.painter.overlay(view, ranks, scale, rect);
  }

  /** The device rectangle that the hovered sprites lie in. */
  private rectAround(view: View, reachPx: number): DeviceRect | null {
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const row of this.hovered) {
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
    };
    this.stop();
    this.pollTimer = setTimeout(poll, POLL_MS);
  }
}
