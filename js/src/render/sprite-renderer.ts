/** Turns props into frames: what changed, what it takes to show that, and when. */
import { dataToPx, sameCamera, type Viewport } from "../geometry/camera";
import type { Polygon, Rect } from "../geometry/lasso";
import type { LookSource } from "./looks";
import type { Painter, View } from "./painter";
import { pickRow, rowsInside } from "./picking";
import { Picture } from "./picture";
import { Scene } from "./scene";
import { SheetLoader } from "./sheet-loader";
import { TEXELS_AT_REST, TEXELS_MOVING, Thumbnails } from "./thumbnails";
import type { Renderer, RendererProps, RendererStats, SheetImage } from "./types";
import { Uploads } from "./uploads";
import { DEFAULT_PROPS, lengthProblem, pickViewOf, thumbnailPx, viewOf } from "./view";

/** The camera counts as moving for so long after its last change, ms. */
const MOTION_MS = 150;
/** Thumbnails are looked after this often while the camera moves, ms. */
const PLAN_MS = 150;

/** Changes of these are shown by painting all sprites again. */
const SEEN = [
  "spriteSize",
  "borderWidth",
  "filtered",
  "mode",
  "pointColor",
  "background",
  "accent",
  "hitColor",
  "warningColor",
] as const satisfies readonly (keyof RendererProps)[];

export class SpriteRenderer implements Renderer {
  /** As last given, and as last given with arrays that agree in length. */
  private props: RendererProps = { ...DEFAULT_PROPS };
  private applied: RendererProps = this.props;
  private problem: string | null = null;
  private readonly scene = new Scene(() => this.schedule());
  private readonly picture: Picture;
  private thumbnails: Thumbnails;
  private loader: SheetLoader;
  private readonly looks: LookSource;
  private readonly uploads: Uploads;
  private viewport: Viewport = { widthPx: 0, heightPx: 0 };
  private ratio = 1;
  private resized = true;
  private movedAtMs = Number.NEGATIVE_INFINITY;
  private plannedAtMs = Number.NEGATIVE_INFINITY;
  private planDue = true;
  private frameRequest = 0;
  /** Sprites were moving when last looked at: their last step has yet to be drawn. */
  private easing = false;
  private paused = false;
  /** A frame was due while the GPU was still at the one before. */
  private overdue = false;
  private lost = false;
  private destroyed = false;
  private readonly listeners = new Set<() => void>();
  private scriptMs = 0;

  constructor(
    private painter: Painter,
    readonly degraded: string | null,
  ) {
    // What waits for the GPU need not wait for the screen's beat on top of that: a frame that just misses a beat
    // would make every other one be left out. The next part of a picture adds to what is there already.
    this.picture = new Picture(painter, this.scene, () => {
      if (this.overdue || (!this.moving && !this.picture.settled)) this.frame();
    });
    this.thumbnails = this.newThumbnails();
    this.loader = this.newLoader();
    this.looks = {
      scene: this.scene,
      colors: this.props.colors,
      known: this.props.known,
      codes: this.props.codes,
      palette: this.props.palette,
      slotOf: (row) => this.thumbnails.shown[row] as number,
      levelOf: (slot) => this.thumbnails.cache.levelOf(slot),
    };
    this.uploads = new Uploads(this.scene, this.picture, this.looks);
  }

  get kind(): "webgl2" | "canvas2d" {
    return this.painter.kind;
  }

  extend(partial: Partial<RendererProps>): void {
    this.setProps(partial, true);
  }

  /** @param extending longer arrays begin with the rows there are. */
  setProps(partial: Partial<RendererProps>, extending = false): void {
    const props = { ...this.props, ...partial };
    this.props = props;
    // Arrays of a new length may come one by one: nothing is shown until they agree.
    this.problem = lengthProblem(props);
    if (this.problem) return;
    const before = this.applied;
    this.applied = props;
    const changed = (name: keyof RendererProps): boolean => props[name] !== before[name];
    const nowMs = performance.now();
    const { colors, known, codes, palette } = props;
    Object.assign(this.looks, { colors, known, codes, palette });
    const reset = props.shapes.length !== before.shapes.length;
    if (reset && extending) this.addRows(before.shapes);
    else if (reset) this.startOver();
    else {
      if (changed("shapes")) this.setShapes(before.shapes, props.shapes);
      if (changed("states")) this.touchRows(null);
      if (changed("colors") || changed("known") || changed("codes") || changed("palette")) this.uploads.touchAll();
    }
    if (reset || changed("positions")) {
      this.easing = this.scene.setPositions(props.positions, reset && !extending ? 0 : props.transitionMs, nowMs);
      this.uploads.movePlaces();
      this.demandAnew();
    }
    if (!sameCamera(props.camera, before.camera)) {
      this.movedAtMs = nowMs;
      this.picture.demand("moved");
      this.planDue = true;
    }
    if (SEEN.some(changed)) this.demandAnew();
    if (changed("fetchSheet") || changed("fetchImage")) this.planDue = true;
    this.schedule();
  }

  touchRows(rows: ArrayLike<number> | null): void {
    if (this.problem) return;
    if (rows === null) {
      this.scene.setStates(this.props.states);
      this.uploads.touchAll();
    } else {
      const lowered = this.scene.touchStates(rows);
      for (let i = 0; i < rows.length; i++) this.uploads.touchRow(rows[i] as number);
      // Painting a sprite again in place covers its own pixels; only one that sank or hid uncovers others.
      if (lowered) this.picture.demand("over");
    }
    this.picture.touchOverlay();
    this.schedule();
  }

  addSheet(sheet: SheetImage): void {
    this.loader.forgive(sheet.rows);
    this.thumbnails.add(sheet, false);
  }

  resize(widthPx: number, heightPx: number, pixelRatio: number): void {
    const same = widthPx === this.viewport.widthPx && heightPx === this.viewport.heightPx;
    if (same && pixelRatio === this.ratio) return;
    this.viewport = { widthPx, heightPx };
    this.ratio = pixelRatio;
    this.resized = true;
    this.demandAnew();
    this.schedule();
  }

  pick(xPx: number, yPx: number): number {
    this.scene.advance(performance.now());
    return pickRow(this.scene, pickViewOf(this.props, this.viewport, this.ratio), xPx, yPx);
  }

  rowsIn(shape: Polygon | Rect): Int32Array {
    this.scene.advance(performance.now());
    return rowsInside(this.scene, this.props.camera, this.viewport, shape);
  }

  spriteRect(row: number): { xPx: number; yPx: number; widthPx: number; heightPx: number } | null {
    this.scene.advance(performance.now());
    const [xPx, yPx] = dataToPx(this.props.camera, this.viewport, this.scene.xOf(row), this.scene.yOf(row));
    if (!Number.isFinite(xPx + yPx)) return null;
    const { sizePx, discs } = pickViewOf(this.props, this.viewport, this.ratio);
    const side = (at: number): number => (discs ? sizePx : (sizePx * (this.scene.shapes[at] as number)) / 255);
    return { xPx, yPx, widthPx: side(2 * row), heightPx: side(2 * row + 1) };
  }

  finest(row: number): number {
    return row >= 0 && row < this.scene.n ? this.thumbnails.finest(row) : 0;
  }

  thumbnail(row: number, target: HTMLCanvasElement): boolean {
    if (this.lost || row < 0 || row >= this.scene.n) return false;
    const image = this.thumbnails.read(row);
    if (!image) return false;
    target.width = image.width;
    target.height = image.height;
    const context = target.getContext("2d");
    context?.putImageData(image, 0, 0);
    return context !== null;
  }

  onFrame(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  stats(): RendererStats {
    const { thumbnails, loader, picture } = this;
    const settled = picture.settled && !this.easing && this.uploads.settled;
    const waiting = thumbnails.pending + loader.pending + loader.queued;
    return {
      kind: this.kind,
      listed: picture.listed,
      drawn: Math.min(picture.drawn, picture.listed),
      settled,
      complete: settled && waiting === 0 && !this.planDue && !picture.busy,
      frames: picture.frames,
      frameMs: picture.frameMs,
      scriptMs: this.scriptMs,
      gpuBytes: this.painter.bytes,
      layers: thumbnails.cache.layersUsed,
      slots: thumbnails.cache.slotsUsed,
      inFlight: loader.pending,
      decoding: thumbnails.pending,
      requests: loader.requests,
      aborted: loader.aborted,
      contextLost: this.lost,
      lastError: this.problem ?? loader.lastError ?? thumbnails.lastError,
    };
  }

  /** Draw nothing while nobody can see it; catch up afterwards. */
  pause(paused: boolean): void {
    this.paused = paused;
    if (!paused) this.schedule();
  }

  /** The GPU took everything back; the canvas shows nothing until it is restored. */
  contextLost(): void {
    this.lost = true;
    this.overdue = false;
    this.picture.stop();
  }

  contextRestored(painter: Painter): void {
    this.painter = this.picture.painter = painter;
    this.lost = false;
    this.resized = true;
    painter.setCount(this.scene.n);
    this.thumbnails.restore(painter);
    this.uploads.startOver();
    this.demandAnew();
    this.schedule();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    cancelAnimationFrame(this.frameRequest);
    this.picture.stop();
    this.listeners.clear();
    this.loader.destroy();
    this.thumbnails.clear();
    this.scene.destroy();
    this.painter.destroy();
  }

  private newThumbnails(): Thumbnails {
    return new Thumbnails(this.scene.n, this.painter, this.scene.shapes, () => this.schedule());
  }

  private newLoader(): SheetLoader {
    const replan = (): void => {
      this.planDue = true;
      this.schedule();
    };
    return new SheetLoader(this.scene, this.thumbnails, () => this.props, replan);
  }

  /** Other rows altogether. */
  private startOver(): void {
    const { shapes, states } = this.props;
    this.loader.destroy();
    this.thumbnails.clear();
    this.scene.reset(shapes.length / 2, shapes, states);
    this.thumbnails = this.newThumbnails();
    this.loader = this.newLoader();
    this.painter.setCount(this.scene.n);
    this.uploads.startOver();
    this.demandAnew();
  }

  private addRows(before: Uint8Array): void {
    const { shapes, states } = this.props;
    const n = shapes.length / 2;
    const known = shapes.slice();
    known.set(before);
    this.scene.extend(n, known, states);
    this.thumbnails.extend(n, known);
    this.painter.setCount(n);
    this.setShapes(known, shapes);
    this.uploads.startOver();
    this.demandAnew();
  }

  /** The same rows, but some have another shape now: their thumbnails, if any, were cut to the old one. */
  private setShapes(before: Uint8Array, shapes: Uint8Array): void {
    const reshaped: number[] = [];
    for (let row = 0; row < this.scene.n; row++) {
      const same = shapes[2 * row] === before[2 * row] && shapes[2 * row + 1] === before[2 * row + 1];
      if (!same) reshaped.push(row);
    }
    this.thumbnails.drop(reshaped);
    this.scene.shapes = this.thumbnails.shapes = shapes;
    this.uploads.touchAll();
    if (reshaped.length > 0) this.demandAnew();
  }

  private demandAnew(): void {
    this.picture.demand("anew");
    this.planDue = true;
  }

  private schedule(): void {
    if (this.frameRequest || this.destroyed || this.lost || this.paused) return;
    this.frameRequest = requestAnimationFrame(this.frame);
  }

  private get moving(): boolean {
    return this.easing || performance.now() - this.movedAtMs < MOTION_MS;
  }

  private readonly frame = (): void => {
    cancelAnimationFrame(this.frameRequest);
    this.frameRequest = 0;
    const { widthPx, heightPx } = this.viewport;
    if (this.destroyed || this.lost || this.paused || this.problem || !(widthPx > 0 && heightPx > 0)) return;
    // Queueing a frame behind one that is still being drawn would only make the picture lag behind the pointer.
    this.overdue = this.picture.busy;
    if (this.overdue) return;
    const startMs = performance.now();
    const easing = this.scene.advance(startMs);
    if (easing || this.easing) this.demandAnew();
    this.easing = easing;
    const { moving } = this;
    const view = viewOf(this.props, this.viewport, this.ratio, {
      ease: this.scene.eased,
      smooth: !moving,
      marks: this.scene.marked > 0,
    });
    const hide = this.props.filtered === "hide";
    this.applySize();
    this.uploads.applyPlaces(this.painter);
    const uploading = this.thumbnails.step(moving ? TEXELS_MOVING : TEXELS_AT_REST);
    this.plan(view, hide, startMs, moving);
    for (const row of this.thumbnails.takeChanged()) this.uploads.touchRow(row);
    this.uploads.applyLooks(this.painter);
    if (!this.picture.settled || moving) this.picture.frame(view, hide, moving);
    this.scriptMs = performance.now() - startMs;
    if (moving || uploading || this.planDue || !this.picture.settled) this.schedule();
    for (const listener of this.listeners) listener();
  };

  private applySize(): void {
    if (!this.resized) return;
    this.resized = false;
    const device = (px: number): number => Math.max(1, Math.round(px * this.ratio));
    this.painter.resize(device(this.viewport.widthPx), device(this.viewport.heightPx));
    this.picture.demand("anew");
  }

  /** Ask for what the view lacks, now and then while it moves. */
  private plan(view: View, hide: boolean, nowMs: number, moving: boolean): void {
    if (!this.planDue || (moving && nowMs - this.plannedAtMs < PLAN_MS)) return;
    // While sprites fly, where they will be is not where they are: wait for them to land.
    if (this.scene.from) return;
    this.planDue = false;
    this.plannedAtMs = nowMs;
    const list = this.picture.visible(view, hide);
    const sizePx = thumbnailPx(this.props, this.ratio);
    const ranks = this.loader.plan(list, this.props.camera, this.viewport, sizePx, this.ratio, nowMs);
    this.uploads.touchRanks(ranks);
  }
}
