/** Where a view looks: its camera, and the flights that bring something into what the panels leave free. */

import { signal } from "@preact/signals";
import {
  alikeOnScreen,
  type Bounds,
  boundsOf,
  type Camera,
  dataToPx,
  fitBounds,
  grow,
  pxToData,
  type Viewport,
} from "../../geometry/camera";
import type { Pointer } from "../../input/pointer";
import type { CameraSent, LayoutSent } from "../../protocol";
import { splitName } from "../../store/arrangement";
import { TABS_PX, type View } from "../view";
import { extentOf, writtenAround } from "./extent";

/** A flight to one image ends with it about this large on screen. */
const FLY_TO_PX = 120;
/** In a narrow cell the inspector takes at most so much of the height, as in the style sheet. */
const INSPECTOR_SHARE = 0.62;
/** The kernel hears where a view looks when it has looked there for so long. */
const CAMERA_REST_MS = 600;

export abstract class Sight {
  /** Counts camera moves: what is drawn over the canvas follows it. */
  readonly camera = signal<Camera>({ x: 0, y: 0, scale: 1 });
  readonly viewport = signal<Viewport>({ widthPx: 0, heightPx: 0 });
  /** The layout that is looked at. */
  protected layout: LayoutSent | null = null;
  protected abstract readonly pointer: Pointer;
  /** What the kernel wanted looked at last, and was. */
  private lookedAt: CameraSent | null = null;
  /** What was last fitted into sight, data units, and the camera that did; null: something else was looked at. */
  private home: { bounds: Bounds; camera: Camera } | null = null;
  /** Whether it has come to where it begins; until then there is nowhere to fly from. */
  private begun = false;
  /** The row that was to be flown to before there was a picture; -1: none. */
  private early = -1;
  private restTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param before where to begin; null: with all there is. */
  constructor(
    protected readonly view: View,
    private before: Camera | null,
  ) {}

  destroy(): void {
    clearTimeout(this.restTimer);
  }

  /** Longest side of a sprite, data units. */
  protected abstract spriteSize(): number;

  /** Takes the camera where the pointer has brought it. */
  protected setCamera(camera: Camera): void {
    this.camera.value = camera;
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => {
      const { widthPx } = this.viewport.value;
      const { store } = this.view;
      if (widthPx > 0 && this.layout?.name) store.cameraRests(camera.x, camera.y, widthPx / camera.scale);
      // Once somebody went on from where the kernel wanted it, no view that opens later is taken there.
      if (store.camera.peek() === this.lookedAt && !this.isAtWanted(camera)) store.camera.value = null;
    }, CAMERA_REST_MS);
  }

  protected setViewport(viewport: Viewport): void {
    const before = this.viewport.value;
    const camera = this.camera.value;
    const fitted = this.atHome() ? this.home : null;
    this.viewport.value = viewport;
    if (!this.begun) this.begin();
    // What was fitted is fitted again; else a picture that was small for a while would stay so.
    else if (fitted) this.fitAgain(fitted.bounds);
    else {
      // As much of the width is seen as before: smaller and larger again is what it was, as with `camera` in the state.
      const factor = viewport.widthPx / before.widthPx;
      const { bound } = this.pointer;
      this.pointer.jumpTo({ ...camera, scale: camera.scale * factor });
      // A line more or less around the picture, as what was opened may bring, ends no flight there.
      if (bound) this.pointer.flyTo({ ...bound, scale: bound.scale * factor });
    }
  }

  /** Panels lie beside the picture now, or over it: what was fitted to the room they left is fitted again. */
  protected panelsMoved(): void {
    if (this.begun && this.home && this.atHome()) this.fitAgain(this.home.bounds);
  }

  private fitAgain(bounds: Bounds): void {
    const flying = this.pointer.bound !== null;
    const again = this.goTo(bounds);
    if (flying) this.pointer.flyTo(again);
    else this.pointer.jumpTo(again);
  }

  /** Jumps to where a view of this layout begins, as soon as there is a layout and a size; false if not now. */
  protected begin(): boolean {
    // How wide the whole view is says where panels are.
    const sized = this.viewport.peek().widthPx > 0 && this.view.widthPx.peek() > 0;
    if (this.begun || !this.layout || !sized) return false;
    this.begun = true;
    const { before } = this;
    this.before = null;
    this.pointer.jumpTo(this.wanted() ?? before ?? this.goHome(this.layout));
    if (this.early >= 0) this.flyTo(this.early);
    return true;
  }

  /** Flies to where the kernel wants this layout looked at, or to all of it. */
  protected flyToLayout(layout: LayoutSent, before: LayoutSent | null): void {
    if (!this.begun) return;
    const wanted = this.wanted();
    // Nobody loses the place they went to because the images are arranged anew.
    if (!wanted && before && isVersion(layout, before) && !this.atHome()) return;
    this.pointer.flyTo(wanted ?? this.goHome(layout));
  }

  /** The camera that sees all of a layout, from where whoever goes elsewhere has left. */
  private goHome(layout: LayoutSent): Camera {
    return this.goTo(extentOf(layout));
  }

  private goTo(bounds: Bounds): Camera {
    const camera = this.fitting(bounds);
    this.home = { bounds, camera };
    return camera;
  }

  /** Whether all is seen as it was fitted, or is about to be. */
  private atHome(): boolean {
    const at = this.pointer.bound ?? this.camera.value;
    return this.home !== null && alikeOnScreen(at, this.home.camera, this.viewport.value);
  }

  /** Shows all rows that the filter lets pass. */
  fit(): void {
    const { layout } = this;
    if (!layout) return;
    const { store } = this.view;
    const all = extentOf(layout);
    const shown = store.rows.shown.value < store.data.n ? boundsOf(layout.xy, shownRows(this.view)) : all;
    this.pointer.flyTo(this.goTo(shown.x1 >= shown.x0 ? shown : all));
  }

  flyTo(row: number): void {
    if (!this.begun) {
      this.early = row;
      return;
    }
    const [x, y] = this.placeOf(row);
    if (Number.isNaN(x + y)) return;
    const scale = Math.max(this.camera.value.scale, FLY_TO_PX / this.spriteSize());
    this.pointer.flyTo(this.beside({ x, y, scale }));
  }

  zoomTo(rows: Int32Array): void {
    if (this.layout) this.pointer.flyTo(this.fitting(boundsOf(this.layout.xy, rows)));
  }

  press(key: string, held: boolean): boolean {
    return this.pointer.pressKey(key, held);
  }

  /** The image nearest the middle of what nothing covers, of those that the filter lets pass; -1: there is none. */
  middle(): number {
    const { leftPx, rightPx, bottomPx } = this.panels();
    const { widthPx, heightPx } = this.viewport.value;
    const [x, y] = pxToData(
      this.camera.value,
      this.viewport.value,
      (leftPx + widthPx - rightPx) / 2,
      (heightPx - bottomPx) / 2,
    );
    let [nearest, least] = [-1, Number.POSITIVE_INFINITY];
    for (const row of this.layout ? shownRows(this.view) : []) {
      const [xData, yData] = this.placeOf(row);
      const away = (xData - x) ** 2 + (yData - y) ** 2;
      if (away < least) [nearest, least] = [row, away];
    }
    return nearest;
  }

  /** Goes where the kernel says, now or when the layout it means is there. */
  protected look(sent: CameraSent | null): void {
    if (!this.begun || sent === this.lookedAt) return;
    const camera = this.wanted();
    if (camera) this.pointer.flyTo(camera);
  }

  /** Moves the picture as little as brings a row out from under the panels. */
  protected uncover(row: number): void {
    const [xPx, yPx] = this.place(...this.placeOf(row));
    if (Number.isNaN(xPx)) return;
    const { leftPx, rightPx, bottomPx } = this.panels();
    const { widthPx, heightPx } = this.viewport.value;
    const camera = this.camera.value;
    const halfPx = Math.min(FLY_TO_PX, this.spriteSize() * camera.scale) / 2;
    const beyond = (at: number, from: number, to: number) => (at > to ? at - to : Math.min(0, at - from));
    const rightBy = beyond(xPx, leftPx + halfPx, widthPx - rightPx - halfPx);
    const downBy = Math.max(0, yPx - (heightPx - bottomPx - halfPx));
    if (rightBy === 0 && downBy === 0) return;
    const { x, y, scale } = camera;
    this.pointer.flyTo({ x: x + rightBy / scale, y: y - downBy / scale, scale });
  }

  /** Where a data point is on the canvas, px. */
  place(xData: number, yData: number): readonly [number, number] {
    return dataToPx(this.camera.value, this.viewport.value, xData, yData);
  }

  /** Where a row is, data units; NaN: nowhere. */
  private placeOf(row: number): [number, number] {
    const { xy } = this.layout ?? {};
    return [xy?.[row * 2] ?? Number.NaN, xy?.[row * 2 + 1] ?? Number.NaN];
  }

  /** Where the kernel wants this view to look in the layout that is shown, unless it has looked there. */
  private wanted(): Camera | null {
    const { camera, appearance } = this.view.store;
    const sent = camera.peek();
    const here = sent && sent.layout === appearance.layoutName.peek() && this.layout?.name === sent.layout;
    if (!here || sent === this.lookedAt) return null;
    // Until all is prepared, images may have to move once more: then the view looks there again.
    if (!this.view.store.data.progress.peek()?.stage) this.lookedAt = sent;
    return { x: sent.x, y: sent.y, scale: this.viewport.peek().widthPx / sent.width };
  }

  /** Whether a camera is where the kernel wanted this view to look last. */
  private isAtWanted(camera: Camera): boolean {
    const sent = this.lookedAt;
    if (!sent) return true;
    const viewport = this.viewport.peek();
    return alikeOnScreen(camera, { x: sent.x, y: sent.y, scale: viewport.widthPx / sent.width }, viewport);
  }

  private fitting(bounds: Bounds): Camera {
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

  /**
   * How much of the sides is kept free for panels. In narrow cells those that are opened on the left lie over the
   * picture, but their tabs, which are always there, do not.
   */
  private panels(): { leftPx: number; rightPx: number; bottomPx: number } {
    const { view } = this;
    const { leftPx, rightPx, bottomPx } = view.covered();
    if (!view.narrow.value) return { leftPx, rightPx, bottomPx };
    const belowPx = view.inspected.value >= 0 ? INSPECTOR_SHARE * this.viewport.value.heightPx : 0;
    return { leftPx: TABS_PX, rightPx, bottomPx: bottomPx + belowPx };
  }

  /** How much of the sides panels and what is written around the layout cover. */
  private covered(): { leftPx: number; rightPx: number; topPx: number; bottomPx: number } {
    const { leftPx, rightPx, bottomPx } = this.panels();
    const { widthPx, heightPx } = this.viewport.value;
    const free = { widthPx: widthPx - leftPx - rightPx, heightPx: heightPx - bottomPx };
    const written = this.layout
      ? writtenAround(this.layout, free, this.view.fontFamily)
      : { leftPx: 0, topPx: 0, bottomPx: 0 };
    return { ...written, rightPx, leftPx: leftPx + written.leftPx, bottomPx: bottomPx + written.bottomPx };
  }
}

/** Whether a layout is another version of one: the same arrangement, or one that moves its images as little as can be. */
function isVersion({ name }: LayoutSent, before: LayoutSent): boolean {
  const aligned = splitName(name).kind === "umap" && splitName(before.name).kind === "umap";
  return name !== "" && (name === before.name || aligned);
}

function shownRows({ store }: View): number[] {
  const rows: number[] = [];
  for (let row = 0; row < store.data.n; row += 1) if (store.filter.isShown(row)) rows.push(row);
  return rows;
}
