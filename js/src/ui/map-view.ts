/** One view's picture: joins the store, the renderer and the pointer. */

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { boundsOf, type Camera, dataToPx, fitBounds, grow, type Viewport } from "../geometry/camera";
import { spriteSizeFor } from "../geometry/sprite-size";
import { cameraForKey } from "../input/keyboard";
import { createPointer, type Pointer } from "../input/pointer";
import type { CameraSent, LayoutSent } from "../protocol";
import { CELLS, createRenderer, type Renderer, type RendererProps } from "../render/renderer";
import { STATE } from "../store/store";
import { extentOf, writtenAround } from "./extent";
import type { Theme } from "./theme";
import type { MapControls, View } from "./view";

const KEY_FLIGHT_MS = 160;
const TRANSITION_MS = 800;
/** A flight to one image ends with it about this large on screen. */
const FLY_TO_PX = 120;
const HOVER_SYNC_MS = 120;
/** The kernel hears where a view looks when it has looked there for so long. */
const CAMERA_REST_MS = 600;

export class MapView implements MapControls {
  /** Counts camera moves: what is drawn over the canvas follows it. */
  readonly camera = signal<Camera>({ x: 0, y: 0, scale: 1 });
  readonly viewport = signal<Viewport>({ widthPx: 0, heightPx: 0 });
  /** Outline of a gesture under way, px; empty if none. */
  readonly gesture = signal<readonly number[]>([]);
  readonly degraded = signal("");
  private readonly renderer: Renderer;
  private readonly pointer: Pointer;
  private readonly stop = new AbortController();
  private states = new Uint8Array(0);
  private hoveredRow = -1;
  private openRow = -1;
  private litRows: Int32Array | null = null;
  /** What the kernel wanted looked at last, and was. */
  private lookedAt: CameraSent | null = null;
  private restTimer: ReturnType<typeof setTimeout> | undefined;
  private shownLayout: LayoutSent | null = null;
  /** The dataset the renderer holds; null: none yet. */
  private shapes: Uint8Array | null = null;
  private hoverTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly view: View,
    canvas: HTMLCanvasElement,
    readonly theme: ReadonlySignal<Theme>,
  ) {
    const { store } = view;
    this.renderer = createRenderer(canvas);
    this.renderer.setProps({
      fetchSheet: (cell, rows, abort) => store.source.fetchSheet(cell, rows, abort),
      fetchImage: async (row, abort) => {
        const { bytes, mime } = await store.source.fetchImage(row, false, abort);
        return new Blob([bytes as BlobPart], { type: mime });
      },
    });
    this.degraded.value = this.renderer.degraded ?? "";
    this.pointer = createPointer(canvas, {
      camera: () => this.camera.value,
      viewport: () => this.viewport.value,
      tool: () => view.tool.value,
      onCamera: (camera) => this.setCamera(camera),
      onHover: (xPx, yPx) => this.hover(xPx, yPx),
      onLeave: () => this.setHover(-1, 0, 0),
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

  destroy(): void {
    this.stop.abort();
    clearTimeout(this.hoverTimer);
    clearTimeout(this.restTimer);
    this.view.map = null;
    this.pointer.destroy();
    this.renderer.destroy();
  }

  // --- what the view is told to do ---

  fit(): void {
    const layout = this.shownLayout;
    if (!layout) return;
    const { store } = this.view;
    const all = extentOf(layout);
    const shown = store.shown.value < store.data.n ? boundsOf(layout.xy, shownRows(this.view)) : all;
    this.pointer.flyTo(this.fitting(shown.x1 >= shown.x0 ? shown : all));
  }

  flyTo(row: number): void {
    const xy = this.shownLayout?.xy;
    const x = xy?.[row * 2];
    const y = xy?.[row * 2 + 1];
    if (x === undefined || y === undefined || Number.isNaN(x) || Number.isNaN(y)) return;
    const scale = Math.max(this.camera.value.scale, FLY_TO_PX / this.spriteSize());
    this.pointer.flyTo(this.beside({ x, y, scale }));
  }

  zoomTo(rows: Int32Array): void {
    if (this.shownLayout) this.pointer.flyTo(this.fitting(boundsOf(this.shownLayout.xy, rows)));
  }

  press(key: string): boolean {
    const camera = cameraForKey(key, this.camera.value, this.viewport.value);
    if (camera) this.pointer.flyTo(camera, KEY_FLIGHT_MS);
    return camera !== null;
  }

  cancelGesture(): boolean {
    return this.pointer.cancel();
  }

  paint(row: number, canvas: HTMLCanvasElement): boolean {
    return this.renderer.thumbnail(row, canvas);
  }

  preview(
    row: number,
    canvas: HTMLCanvasElement,
    sizePx: number,
    restMs: number,
    signal: AbortSignal,
    onPainted: () => void,
  ): void {
    const { renderer } = this;
    let sharpness = 0;
    const large = (): boolean => {
      const { widthPx = 0, heightPx = 0 } = renderer.spriteRect(row) ?? {};
      return Math.max(widthPx, heightPx) >= sizePx;
    };
    const paint = (): void => {
      const now = renderer.finest(row);
      if (large() || now <= sharpness || !renderer.thumbnail(row, canvas)) return;
      sharpness = now;
      onPainted();
    };
    paint();
    const stop = renderer.onFrame(paint);
    const cell = CELLS.find((side) => side >= sizePx * (window.devicePixelRatio || 1)) ?? CELLS[CELLS.length - 1];
    const timer = setTimeout(() => {
      if (cell === undefined || large() || sharpness >= cell) return;
      this.view.store.source.fetchSheet(cell, Int32Array.of(row), signal).then(
        (sheet) => !signal.aborted && renderer.addSheet(sheet),
        (error) => {
          if (!signal.aborted) throw error;
        },
      );
    }, restMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      stop();
    });
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
        this.renderer.setProps({ spriteSize: this.spriteSize(), borderWidth: store.borderWidth.value });
      }),
      effect(() => this.setOpen(view.inspected.value)),
      effect(() => this.setLit(view.lit.value)),
      effect(() => this.look(store.camera.value)),
      effect(() => {
        const points = view.points.value;
        this.renderer.setProps({ mode: points ? "points" : "sprites", pointColor: points ? "label" : "mean" });
      }),
      effect(() => {
        this.renderer.setProps({ filtered: view.hideFiltered.value ? "hide" : "dim" });
      }),
      effect(() => {
        const { palette } = store.colors.value;
        if (this.shapes === store.data.shapes) this.renderer.setProps({ palette, codes: store.colorCodes() });
      }),
      effect(() => {
        const { background, accent } = theme.value;
        this.renderer.setProps({ background, accent });
      }),
    ];
    stop.addEventListener("abort", () => {
      for (const end of effects) end();
    });
    store.touched.on((rows) => this.touch(rows), stop);
    store.data.looked.on((rows) => this.shapes && this.renderer.touchRows(rows), stop);
    const observer = new ResizeObserver(() => this.resize(canvas));
    observer.observe(canvas);
    stop.addEventListener("abort", () => observer.disconnect());
    window.addEventListener("resize", () => this.resize(canvas), { signal: stop });
    this.followScreen(canvas);
    this.resize(canvas);
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
    if (layout === this.shownLayout) return;
    const { data } = this.view.store;
    const first = this.shapes === null;
    const before = this.shownLayout;
    this.shownLayout = layout;
    // Rows that are new among others that stand still: nobody is to lose the place they are looking at.
    const standing = before !== null && before.name === layout.name && standsStill(before.xy, layout.xy);
    const still = first || standing || matchMedia("(prefers-reduced-motion: reduce)").matches;
    const placed = { positions: layout.xy, transitionMs: still ? 0 : TRANSITION_MS, spriteSize: this.spriteSize() };
    if (this.shapes !== data.shapes) this.start(placed);
    else this.renderer.setProps(placed);
    if (this.viewport.value.widthPx === 0 || standing) return;
    const camera = this.wanted() ?? this.fitting(extentOf(layout));
    if (first) this.pointer.jumpTo(camera);
    else this.pointer.flyTo(camera);
  }

  /** Goes where the kernel says, now or when the layout it means is there. */
  private look(sent: CameraSent | null): void {
    if (sent === this.lookedAt) return;
    const camera = this.wanted();
    if (camera) this.pointer.flyTo(camera);
  }

  /** Where the kernel wants this view to look in the layout that is shown, unless it has looked there. */
  private wanted(): Camera | null {
    const { camera, layoutName } = this.view.store;
    const sent = camera.peek();
    const { widthPx } = this.viewport.peek();
    const here = sent && sent.layout === layoutName.peek() && this.shownLayout?.name === sent.layout;
    if (!here || sent === this.lookedAt || widthPx === 0) return null;
    // Until all is prepared, images may have to move once more: then the view looks there again.
    if (!this.view.store.data.progress.peek()?.stage) this.lookedAt = sent;
    return { x: sent.x, y: sent.y, scale: widthPx / sent.width };
  }

  /** Hands over a dataset, all arrays at once; their contents change in place from then on. */
  private start(placed: Partial<RendererProps>): void {
    const { store } = this.view;
    const { shapes, colors } = store.data;
    const known = this.shapes !== null;
    this.shapes = shapes;
    this.states = store.states.slice();
    this.mark(this.hoveredRow, STATE.hovered, true);
    this.mark(this.openRow, STATE.selected, true);
    const props = {
      ...placed,
      shapes,
      colors,
      states: this.states,
      codes: store.colorCodes(),
      palette: store.colors.value.palette,
    };
    if (known) this.renderer.extend(props);
    else this.renderer.setProps(props);
    if (!known) store.data.eachSheet((sheet) => this.renderer.addSheet(sheet), this.stop.signal);
  }

  private spriteSize(): number {
    const layout = this.view.store.layout.value ?? this.shownLayout;
    if (!layout) return 0.05;
    return spriteSizeFor(layout.xy, layout.cell) * this.view.store.spriteSize.value;
  }

  private fitting(bounds: ReturnType<typeof boundsOf>): Camera {
    const { widthPx, heightPx } = this.viewport.value;
    const { leftPx, rightPx, topPx, bottomPx } = this.covered();
    const free = { widthPx: widthPx - leftPx - rightPx, heightPx: heightPx - topPx - bottomPx };
    return this.beside(fitBounds(grow(bounds, this.spriteSize() / 2), free));
  }

  /** The camera that puts the middle of `camera` in the middle of what nothing covers. */
  private beside(camera: Camera): Camera {
    const { leftPx, rightPx, topPx, bottomPx } = this.covered();
    const { x, y, scale } = camera;
    return { x: x - (leftPx - rightPx) / 2 / scale, y: y + (topPx - bottomPx) / 2 / scale, scale };
  }

  /** How much of the sides panels and what is written around the layout cover. */
  private covered(): { leftPx: number; rightPx: number; topPx: number; bottomPx: number } {
    const panels = this.view.covered();
    const written = this.shownLayout ? writtenAround(this.shownLayout) : { leftPx: 0, topPx: 0, bottomPx: 0 };
    const { leftPx, rightPx, bottomPx } = panels;
    return { ...written, rightPx, leftPx: leftPx + written.leftPx, bottomPx: bottomPx + written.bottomPx };
  }

  private setCamera(camera: Camera): void {
    this.camera.value = camera;
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => {
      const { widthPx } = this.viewport.value;
      if (widthPx > 0 && this.shownLayout?.name)
        this.view.store.cameraRests(camera.x, camera.y, widthPx / camera.scale);
    }, CAMERA_REST_MS);
    this.renderer.setProps({ camera });
  }

  private resize(canvas: HTMLCanvasElement): void {
    const { clientWidth, clientHeight } = canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    const before = this.viewport.value;
    const camera = this.camera.value;
    this.viewport.value = { widthPx: clientWidth, heightPx: clientHeight };
    this.renderer.resize(clientWidth, clientHeight, window.devicePixelRatio || 1);
    if (before.widthPx === 0 && this.shownLayout) {
      this.pointer.jumpTo(this.wanted() ?? this.fitting(extentOf(this.shownLayout)));
    } else if (before.widthPx > 0) {
      // What was in sight stays in sight.
      const factor = Math.min(clientWidth / before.widthPx, clientHeight / before.heightPx);
      this.pointer.jumpTo({ ...camera, scale: camera.scale * factor });
    }
  }

  private touch(rows: Int32Array | null): void {
    const { store } = this.view;
    if (this.shapes !== store.data.shapes || !this.shapes) return;
    if (rows) for (const row of rows) this.states[row] = store.states[row] as number;
    else this.states.set(store.states);
    for (const row of this.litRows ?? []) this.mark(row, STATE.hit, true);
    this.mark(this.hoveredRow, STATE.hovered, true);
    this.mark(this.openRow, STATE.selected, true);
    if (rows === null) this.renderer.setProps({ codes: store.colorCodes() });
    this.renderer.touchRows(rows);
  }

  // --- the pointer ---

  private hover(xPx: number, yPx: number): void {
    this.setHover(this.renderer.pick(xPx, yPx), xPx, yPx);
  }

  private setHover(row: number, xPx: number, yPx: number): void {
    this.view.hover.value = row < 0 ? null : { row, xPx, yPx };
    if (row === this.hoveredRow) return;
    const before = this.hoveredRow;
    this.mark(before, STATE.hovered, false);
    this.hoveredRow = row;
    this.mark(row, STATE.hovered, true);
    this.renderer.touchRows([before, row].filter((each) => each >= 0));
    clearTimeout(this.hoverTimer);
    this.hoverTimer = setTimeout(() => this.view.store.source.settings.set("hovered", row), HOVER_SYNC_MS);
  }

  /** Frames the image in the inspector as if it were selected, in this view alone. */
  private setOpen(row: number): void {
    const before = this.openRow;
    if (row === before || !this.shapes) return;
    this.openRow = row;
    if (before >= 0) this.states[before] = this.view.store.states[before] as number;
    this.mark(this.hoveredRow, STATE.hovered, true);
    this.mark(row, STATE.selected, true);
    this.renderer.touchRows([before, row].filter((each) => each >= 0));
  }

  /** Outlines rows as search hits are, in this view alone. */
  private setLit(rows: Int32Array | null): void {
    const before = this.litRows;
    if (rows === before) return;
    this.litRows = rows;
    if (!this.shapes) return;
    const { states } = this.view.store;
    for (const row of before ?? []) this.states[row] = states[row] as number;
    for (const row of rows ?? []) this.mark(row, STATE.hit, true);
    this.mark(this.hoveredRow, STATE.hovered, true);
    this.mark(this.openRow, STATE.selected, true);
    this.renderer.touchRows(null);
  }

  private mark(row: number, bit: number, on: boolean): void {
    if (row < 0 || row >= this.states.length) return;
    const state = this.states[row] as number;
    this.states[row] = on ? state | bit : state & ~bit;
  }

  private click(xPx: number, yPx: number, toggle: boolean): void {
    const row = this.renderer.pick(xPx, yPx);
    const { store } = this.view;
    if (row >= 0 && store.suggestion.leaveOut(row)) return;
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

  /** Moves the picture as little as brings a row out from under the panels. */
  private uncover(row: number): void {
    const xy = this.shownLayout?.xy;
    if (!xy) return;
    const [xPx] = this.place(xy[row * 2] as number, xy[row * 2 + 1] as number);
    const { leftPx, rightPx } = this.view.covered();
    const camera = this.camera.value;
    const halfPx = Math.min(FLY_TO_PX, this.spriteSize() * camera.scale) / 2;
    const rightEnd = this.viewport.value.widthPx - rightPx - halfPx;
    const byPx = xPx > rightEnd ? xPx - rightEnd : Math.min(0, xPx - leftPx - halfPx);
    if (byPx !== 0) this.pointer.flyTo({ ...camera, x: camera.x + byPx / camera.scale });
  }

  /** Where a data point is on the canvas, px. */
  place(xData: number, yData: number): readonly [number, number] {
    return dataToPx(this.camera.value, this.viewport.value, xData, yData);
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

function shownRows({ store }: View): number[] {
  const rows: number[] = [];
  for (let row = 0; row < store.data.n; row += 1) if (store.isShown(row)) rows.push(row);
  return rows;
}
