/** One view's picture: joins the store, the renderer and the pointer. */

import { effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Camera } from "../../geometry/camera";
import { spriteSizeFor } from "../../geometry/sprite-size";
import { createPointer, type Pointer } from "../../input/pointer";
import type { LayoutSent } from "../../protocol";
import { createRenderer, type Renderer, type RendererProps } from "../../render/renderer";
import type { Theme } from "../common/theme";
import type { MapControls, View } from "../view";
import { OwnStates } from "./own-states";
import { type Preview, showPreview } from "./preview";
import { Sight } from "./sight";

const TRANSITION_MS = 800;
/** Sprites slow down at the end: after so much of the time they are as good as there. */
const ARRIVED_MS = 0.65 * TRANSITION_MS;
/** After a flight the image that it has brought under the pointer is named once it has been there for so long. */
const UNDER_MS = 150;

interface Pointed {
  xPx: number;
  yPx: number;
}

/** A second try on another canvas, after a first that WebGL2 was of no use to. */
export interface Retry {
  /** Why there has to be one, in words; "": this is the first. */
  canvas2d: string;
  /** Called when this one is of no use either, with the reason in words. */
  onUnable: (reason: string) => void;
  /** Where the view before looked. */
  lookedAt: Camera | null;
}

export class MapView extends Sight implements MapControls {
  /** Outline of a gesture under way, px; empty if none. */
  readonly gesture = signal<readonly number[]>([]);
  /** Whether sprites are still on their way to where the layout has them. */
  readonly easing = signal(false);
  readonly degraded: string;
  protected readonly pointer: Pointer;
  private readonly renderer: Renderer;
  private readonly states: OwnStates;
  private readonly stop = new AbortController();
  /** The dataset the renderer holds; null: none yet. */
  private shapes: Uint8Array | null = null;
  private easeTimer: ReturnType<typeof setTimeout> | undefined;
  /** How many device px the canvas covers, as the browser last said; null: it does not say. */
  private devicePx: ResizeObserverSize | null = null;
  /** Where the pointer rests on the picture; null: it is elsewhere. */
  private pointed: Pointed | null = null;
  private underTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    view: View,
    canvas: HTMLCanvasElement,
    readonly theme: ReadonlySignal<Theme>,
    { canvas2d, onUnable, lookedAt }: Retry,
  ) {
    super(view, lookedAt);
    const { store } = view;
    this.renderer = createRenderer(canvas, {
      canvas2d,
      onUnable,
      fetchSheet: (cell, rows, abort) => store.source.fetchSheet(cell, rows, abort),
      fetchImage: async (row, abort) => {
        const { bytes, mime } = await store.source.fetchImage(row, false, abort);
        return new Blob([bytes as BlobPart], { type: mime });
      },
    });
    this.degraded = this.renderer.degraded ?? "";
    this.states = new OwnStates(store, (rows) => this.renderer.touchRows(rows));
    this.pointer = createPointer(canvas, {
      camera: () => this.camera.value,
      viewport: () => this.viewport.value,
      tool: () => view.tool.value,
      onCamera: (camera) => this.setCamera(camera),
      onHover: (xPx, yPx) => this.point({ xPx, yPx }),
      onLeave: () => this.point(null),
      onClick: (xPx, yPx, modifiers) => this.click(xPx, yPx, modifiers.shift || modifiers.ctrl),
      onGesture: (outline) => {
        this.gesture.value = outline;
      },
      onChoose: (shape, mode) => {
        store.select(this.renderer.rowsIn(shape), mode);
        view.inspect(-1); // keys are meant for what was chosen last
      },
    });
    view.map = this;
    this.follow(canvas, theme);
  }

  override destroy(): void {
    super.destroy();
    this.stop.abort();
    clearTimeout(this.easeTimer);
    clearTimeout(this.underTimer);
    this.view.map = null;
    this.view.store.hovered.tell(-1);
    this.pointer.destroy();
    this.renderer.destroy();
  }

  cancelGesture(): boolean {
    return this.pointer.cancel();
  }

  paint(row: number, canvas: HTMLCanvasElement): boolean {
    return this.renderer.thumbnail(row, canvas);
  }

  preview(preview: Preview): void {
    showPreview(this.renderer, this.view.store.source, preview);
  }

  // --- what the picture follows ---

  private follow(canvas: HTMLCanvasElement, theme: ReadonlySignal<Theme>): void {
    const { view } = this;
    const { store } = view;
    const stop = this.stop.signal;
    const effects = [
      effect(() => {
        const layout = store.layout.value;
        if (store.labels.info.value.ready && layout?.xy.length === store.data.n * 2) this.setLayout(layout);
      }),
      effect(() => {
        this.renderer.setProps({ spriteSize: this.spriteSize(), borderWidth: store.appearance.borderWidth.value });
      }),
      effect(() => this.states.setOpen(view.inspected.value)),
      effect(() => this.states.setLit(view.lit.value)),
      effect(() => this.look(store.camera.value)),
      // The map is there before it is known how wide the whole view is, and so whether panels lie beside it.
      effect(() => {
        if (view.widthPx.value > 0) untracked(() => this.begin());
      }),
      // Of a resized cell the map may hear before the view does.
      effect(() => {
        void view.narrow.value;
        untracked(() => this.panelsMoved());
      }),
      effect(() => {
        const points = view.points.value;
        this.renderer.setProps({ mode: points ? "points" : "sprites", pointColor: points ? "label" : "mean" });
      }),
      effect(() => {
        this.renderer.setProps({ filtered: view.hideFiltered.value ? "hide" : "dim" });
      }),
      effect(() => {
        const { palette } = store.coloring.colors.value;
        if (this.shapes === store.data.shapes) this.renderer.setProps({ palette, codes: store.coloring.codes() });
      }),
      effect(() => {
        const { background, accent } = theme.value;
        this.renderer.setProps({ background, accent });
      }),
    ];
    stop.addEventListener("abort", () => {
      for (const end of effects) end();
    });
    store.rows.touched.on((rows) => this.touch(rows), stop);
    // Of rows that were added the renderer hears when they have their places.
    store.data.looked.on((rows) => this.shapes === store.data.shapes && this.renderer.touchRows(rows), stop);
    this.followSize(canvas);
    this.resize(canvas);
  }

  /**
   * Browsers round where an element begins and ends to device px. Where there are not as many to a CSS px as a whole
   * number, only they know how many it has got, and a canvas of one more or less is blurred all over.
   */
  private followSize(canvas: HTMLCanvasElement): void {
    const stop = this.stop.signal;
    const observer = new ResizeObserver(([entry]) => {
      this.devicePx = entry?.devicePixelContentBoxSize?.[0] ?? null;
      this.resize(canvas);
    });
    stop.addEventListener("abort", () => observer.disconnect());
    try {
      observer.observe(canvas, { box: "device-pixel-content-box" });
    } catch {
      observer.observe(canvas); // Safari does not tell
    }
    window.addEventListener("resize", () => this.resize(canvas), { signal: stop });
    this.followScreen(canvas);
  }

  /** Device px change without CSS px when the window is taken to another screen: no element is resized by that. */
  private followScreen(canvas: HTMLCanvasElement): void {
    const now = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const changed = (): void => {
      this.resize(canvas);
      this.followScreen(canvas);
    };
    now.addEventListener("change", changed, { once: true, signal: this.stop.signal });
  }

  private setLayout(layout: LayoutSent): void {
    const before = this.layout;
    if (layout === before) return;
    const { data } = this.view.store;
    const first = this.shapes === null;
    this.layout = layout;
    // Rows that are new among others that stand still: nobody is to lose the place they are looking at.
    const standing = before !== null && before.name === layout.name && standsStill(before.xy, layout.xy);
    // Those on their way go on to where they are going.
    const rests = standing && !this.easing.peek();
    const still = first || rests || matchMedia("(prefers-reduced-motion: reduce)").matches;
    const placed = { positions: layout.xy, transitionMs: still ? 0 : TRANSITION_MS, spriteSize: this.spriteSize() };
    if (this.shapes !== data.shapes) this.start(placed);
    else this.renderer.setProps(placed);
    this.ease(!still);
    if (!this.begin() && !standing) this.flyToLayout(layout, before);
  }

  private ease(moving: boolean): void {
    clearTimeout(this.easeTimer);
    this.easing.value = moving;
    if (!moving) return;
    this.easeTimer = setTimeout(() => {
      this.easing.value = false;
    }, ARRIVED_MS);
    this.movedUnderPointer();
  }

  /** Hands over a dataset, all arrays at once; their contents change in place from then on. */
  private start(placed: Partial<RendererProps>): void {
    const { store } = this.view;
    const { shapes, colors, known } = store.data;
    const extending = this.shapes !== null;
    this.shapes = shapes;
    const props = {
      ...placed,
      shapes,
      colors,
      known,
      states: this.states.reset(),
      codes: store.coloring.codes(),
      palette: store.coloring.colors.value.palette,
    };
    if (extending) this.renderer.extend(props);
    else this.renderer.setProps(props);
    if (!extending) store.data.eachSheet((sheet) => this.renderer.addSheet(sheet), this.stop.signal);
  }

  /** Longest side of a sprite as it is seen, px. */
  spritePx(): number {
    return this.spriteSize() * this.camera.peek().scale;
  }

  protected spriteSize(): number {
    const layout = this.view.store.layout.value ?? this.layout;
    if (!layout) return 0.05;
    const { widthPx, heightPx } = this.viewport.value;
    // At first sight the layout, two units wide and high, fills the map.
    const scale = Math.min(widthPx, heightPx) / 2;
    return spriteSizeFor(layout.xy, layout.cell, scale) * this.view.store.appearance.spriteSize.value;
  }

  protected override setCamera(camera: Camera): void {
    super.setCamera(camera);
    this.renderer.setProps({ camera });
    this.movedUnderPointer();
  }

  private resize(canvas: HTMLCanvasElement): void {
    const ratio = window.devicePixelRatio || 1;
    // What was told is of another size, or of another screen, until it is told anew.
    const exact = (px: number, device = Number.NaN): number =>
      Math.abs(device / ratio - px) < 2 ? device / ratio : px;
    const widthPx = exact(canvas.clientWidth, this.devicePx?.inlineSize);
    const heightPx = exact(canvas.clientHeight, this.devicePx?.blockSize);
    if (widthPx === 0 || heightPx === 0) return;
    this.renderer.resize(widthPx, heightPx, ratio);
    this.setViewport({ widthPx, heightPx });
  }

  private touch(rows: Int32Array | null): void {
    const { store } = this.view;
    if (this.shapes !== store.data.shapes || !this.shapes) return;
    if (rows === null) this.renderer.setProps({ codes: store.coloring.codes() });
    this.states.take(rows);
  }

  // --- the pointer ---

  private point(at: Pointed | null): void {
    clearTimeout(this.underTimer);
    this.pointed = at;
    if (at) this.setHover(this.renderer.pick(at.xPx, at.yPx), at.xPx, at.yPx);
    else this.setHover(-1, 0, 0);
  }

  /** The picture moves and the pointer does not: what was under it has left, and what is there is seen once all rests. */
  private movedUnderPointer(): void {
    const at = this.pointed;
    if (!at) return;
    const { hover } = this.view;
    if (hover.value && this.renderer.pick(at.xPx, at.yPx) !== hover.value.row) this.setHover(-1, 0, 0);
    clearTimeout(this.underTimer);
    this.underTimer = setTimeout(() => this.point(at), this.easing.value ? TRANSITION_MS : UNDER_MS);
  }

  private setHover(row: number, xPx: number, yPx: number): void {
    this.view.hover.value = row < 0 ? null : { row, xPx, yPx };
    if (this.states.hover(row)) this.view.store.hovered.tell(row);
  }

  private click(xPx: number, yPx: number, toggle: boolean): void {
    const row = this.renderer.pick(xPx, yPx);
    const { store } = this.view;
    if (row >= 0 && store.propagation.leaveOut(row)) return;
    if (row < 0) {
      if (this.view.inspected.value >= 0) this.view.inspect(-1);
      else if (!toggle && store.selection.value.length > 0) store.select(new Int32Array(0));
      return;
    }
    if (toggle) store.select(Int32Array.of(row), "toggle");
    else {
      this.view.inspect(row);
      this.uncover(row);
    }
  }
}

/** Whether all that had a place has it still, and something has one that had none. */
function standsStill(before: Float32Array, after: Float32Array): boolean {
  let added = after.length > before.length;
  for (let i = 0; i < before.length; i += 1) {
    if (Number.isNaN(before[i])) added ||= !Number.isNaN(after[i]);
    else if (before[i] !== after[i]) return false;
  }
  return added;
}
