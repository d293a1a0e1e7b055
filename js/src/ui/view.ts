/** What belongs to one view of the widget: its tool, what the pointer is over, what is open. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { hilbertOrder } from "../geometry/hilbert";
import type { Store } from "../store/store";
import { WholePictures } from "./pictures";
import type { Look } from "./scene";

export type Tool = "pan" | "lasso";

/** What the map offers the rest of the view, once it is there. */
export interface MapControls {
  fit(): void;
  flyTo(row: number): void;
  zoomTo(rows: Int32Array): void;
  /** Moves the camera as a key says; false if that key is none of the camera's. */
  press(key: string): boolean;
  /** Gives up a lasso under way; false if there was none. */
  cancelGesture(): boolean;
  /** Paints the finest picture at hand; false if there is none. */
  paint(row: number, canvas: HTMLCanvasElement): boolean;
}

/** Panels on the left of the picture, of which one may be open; how wide they are, as in the style sheet. */
export type LeftPanel = "legend" | "filters" | "hotspots";
const TABS_PX = 44;
const LEFT_PX: Record<LeftPanel, number> = { legend: 213, filters: 265, hotspots: 273 };
const INSPECTOR_PX = 290;

export class View {
  readonly tool = signal<Tool>("pan");
  /** Row in the inspector, -1: closed. */
  readonly inspected = signal(-1);
  /** Row under the pointer and where that is, in px of the map. */
  readonly hover = signal<{ row: number; xPx: number; yPx: number } | null>(null);
  readonly helpOpen = signal(false);
  readonly fullScreen = signal(false);
  readonly widthPx = signal(0);
  readonly narrow = computed(() => this.widthPx.value > 0 && this.widthPx.value < 640);
  readonly lightbox = signal(-1);
  /** What keys do while a picture lies over the map; null: none does. */
  lightboxKeys: ((key: string) => boolean) | null = null;
  /** What the picture of a box shows. */
  readonly look = signal<Look>("picture");
  readonly pictures: WholePictures;
  /** Points in place of pictures, coloured as the borders are. */
  readonly points = signal(false);
  readonly hideFiltered = signal(false);
  /** Names of groups over the picture. */
  readonly captions = signal(true);
  readonly leftPanel = signal<LeftPanel | null>("legend");
  /** Rows lit up by what is pointed at elsewhere: an entry of the legend, a hotspot. */
  readonly lit = signal<Int32Array | null>(null);
  map: MapControls | null = null;
  private readonly order: ReadonlySignal<Int32Array>;

  constructor(readonly store: Store) {
    this.pictures = new WholePictures(store.source);
    this.order = computed(() => {
      const layout = store.layout.value;
      return layout ? hilbertOrder(layout.xy) : Int32Array.from({ length: store.data.n }, (_, row) => row);
    });
  }

  /** How much of the map's sides panels cover. In narrow cells they lie over it and are closed to see. */
  covered(): { leftPx: number; rightPx: number } {
    if (this.narrow.value) return { leftPx: 0, rightPx: 0 };
    const leftPx = this.leftPanel.value ? LEFT_PX[this.leftPanel.value] : TABS_PX;
    return { leftPx, rightPx: this.inspected.value >= 0 ? INSPECTOR_PX : 0 };
  }

  /** Lights up rows of this view until others are, or none (null). */
  light(rows: Int32Array | null): void {
    if (rows !== this.lit.value) this.lit.value = rows;
  }

  /** Rows of a code of the colours that are shown. */
  rowsOf(code: number): Int32Array {
    const codes = this.store.colorCodes();
    return Int32Array.from(codes.keys()).filter((row) => codes[row] === code);
  }

  /** From a box to its ground truth, and from there to the box. */
  toggleTruth(): boolean {
    if (!this.store.data.manifest.value?.boxes || this.inspected.value < 0) return false;
    this.look.value = this.look.value === "truth" ? "box" : "truth";
    return true;
  }

  inspect(row: number): void {
    this.inspected.value = row;
  }

  /** Shows the selection side by side, neighbours together; or the layout again. */
  toggleGrid(): void {
    const { store } = this;
    const chosen = store.contactSheet.value ? new Set<number>() : store.selectedSet();
    store.showAsGrid(this.order.value.filter((row) => chosen.has(row)));
  }

  /** Rows that keys and buttons act on: the selection, else the image in the inspector. */
  targets(): Int32Array {
    if (this.reviewed() >= 0) return Int32Array.of(this.reviewed());
    const selection = this.store.selection.value;
    if (selection.length > 0 && (this.inspected.value < 0 || this.store.selectedSet().has(this.inspected.value)))
      return selection;
    return this.inspected.value >= 0 ? Int32Array.of(this.inspected.value) : selection;
  }

  /** What previous and next go through: the selection if the open image is one of several, else all that is shown. */
  sequence(): Int32Array {
    const selection = this.store.selection.value;
    if (selection.length > 1 && this.store.selectedSet().has(this.inspected.value)) return selection;
    return this.order.value.filter((row) => this.store.isShown(row));
  }

  /** The row of the review that is to be decided; -1 outside a review. */
  reviewed(): number {
    const { review, reviewAt } = this.store;
    return reviewAt.value < 0 ? -1 : (review.value?.rows[reviewAt.value] ?? -1);
  }

  step(by: number): void {
    if (this.store.reviewAt.value >= 0) {
      const last = this.store.review.value?.rows.length ?? 0;
      this.store.reviewTo(Math.max(0, Math.min(last, this.store.reviewAt.value + by)));
      return;
    }

    const rows = this.sequence();
    if (rows.length === 0) return;
    const at = rows.indexOf(this.inspected.value);
    const next = at < 0 ? 0 : (at + by + rows.length) % rows.length;
    this.inspect(rows[next] as number);
    this.map?.flyTo(rows[next] as number);
  }
}
