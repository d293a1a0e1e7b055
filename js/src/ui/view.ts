/** What belongs to one view of the widget: its tool, what the pointer is over, what is open. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { hilbertOrder } from "../geometry/hilbert";
import { newId } from "../store/new-id";
import type { Store } from "../store/store";
import { WholePictures } from "./boxes/pictures";
import type { Focus } from "./common/focus";
import { keysOfLabels } from "./common/keys";
import type { Preview } from "./map/preview";

/** What the camera of a picture with boxes is fitted to: all of it, the box, or the truth it was compared with. */
export type Look = "picture" | "box" | "truth";

export type Tool = "pan" | "lasso";

/** What the map offers the rest of the view, once it is there. */
export interface MapControls {
  fit(): void;
  flyTo(row: number): void;
  zoomTo(rows: Int32Array): void;
  /** The image in the middle of the picture, -1: there is none. */
  middle(): number;
  /** Moves the camera as a key says, which may be held down; false if that key is none of the camera's. */
  press(key: string, held: boolean): boolean;
  /** Gives up a lasso under way; false if there was none. */
  cancelGesture(): boolean;
  /** Paints the finest picture at hand; false if there is none. */
  paint(row: number, canvas: HTMLCanvasElement): boolean;
  /** Paints a larger one, and a finer one when it comes. */
  preview(preview: Preview): void;
}

/** Panels on the left of the picture, of which one may be open; how wide they are, as in the style sheet. */
export type LeftPanel = "legend" | "filters" | "hotspots";
export const TABS_PX = 44;
const LEFT_PX = 265;
const INSPECTOR_PX = 290;
const BAR_PX = 56;
/** So many images that are like one are shown: what can be looked over at a glance. */
const MOST_SIMILAR = 23;

export class View {
  /** Told apart on the page: radio buttons of two views must not be one group. */
  readonly id = `pixplot-${newId()}`;
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
  lightboxKeys: ((key: string, held: boolean) => boolean) | null = null;
  /** What the picture of a box shows. */
  readonly look = signal<Look>("picture");
  readonly pictures: WholePictures;
  /** Points in place of pictures, colored as the borders are. */
  readonly points = signal(false);
  readonly hideFiltered = signal(false);
  /** Names of groups over the picture. */
  readonly captions = signal(true);
  readonly leftPanel = signal<LeftPanel | null>("legend");
  /** Rows lit up by what is pointed at elsewhere: an entry of the legend, a hotspot. */
  readonly lit = signal<Int32Array | null>(null);
  /** Whether the menu of labels for the selection is open. */
  readonly relabelOpen = signal(false);
  readonly layoutOptionsOpen = signal(false);
  /** Whether size, frames and colors of the images are being set. */
  readonly optionsOpen = signal(false);
  /** The hotspot that was made of the selection just now: it is to be named. */
  hotspotMade = "";
  /** Whether the menu of orders for a review is open. */
  readonly ordersOpen = signal(false);
  /** Whether keys reach this view. */
  readonly focused = signal(false);
  /** Where keys are kept; there once the view is on the page. */
  focus: Focus | null = null;
  /** Of what is written over the picture, as CSS names it. */
  fontFamily = "sans-serif";
  map: MapControls | null = null;
  /** Ends what was asked for this view. */
  readonly closed = new AbortController();
  /** Goes on to the next hit of a search, from the one that is open; false if none is. */
  nextHit: () => boolean = () => false;
  /** What keys give, and which key gives which. */
  readonly keyed: ReadonlySignal<{ names: readonly string[]; keys: readonly string[]; classes: boolean }>;
  private readonly order: ReadonlySignal<Int32Array>;

  constructor(readonly store: Store) {
    this.pictures = new WholePictures(store.source);
    this.keyed = computed(() => {
      const classes = store.classes();
      const names = classes ?? store.labels.info.value.names;
      return { names, keys: keysOfLabels(names), classes: classes !== null };
    });
    this.order = computed(() => {
      const layout = store.layout.value;
      return layout ? hilbertOrder(layout.xy) : Int32Array.from({ length: store.data.n }, (_, row) => row);
    });
  }

  /** How much of the map's sides panels cover. In narrow cells they lie over it and are closed to see. */
  covered(): { leftPx: number; rightPx: number; bottomPx: number } {
    const { review, selection } = this.store;
    const barred = review.at.value >= 0 || selection.value.length > 0;
    const bottomPx = barred ? BAR_PX : 0;
    if (this.narrow.value) return { leftPx: 0, rightPx: 0, bottomPx };
    const leftPx = this.leftPanel.value ? LEFT_PX : TABS_PX;
    return { leftPx, rightPx: this.inspected.value >= 0 ? INSPECTOR_PX : 0, bottomPx };
  }

  /** Lights up rows of this view until others are, or none (null). */
  light(rows: Int32Array | null): void {
    if (rows !== this.lit.value) this.lit.value = rows;
  }

  /** Rows of a code of the colors that are shown. */
  rowsOf(code: number): Int32Array {
    const codes = this.store.coloring.codes();
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

  /** Selects rows; no image stays open, because keys are meant for what was chosen last. */
  choose(rows: Int32Array): void {
    this.inspect(-1);
    this.store.select(rows);
  }

  /** Opens an image and goes there. */
  open(row: number): void {
    if (this.lightbox.value >= 0) this.lightbox.value = row;
    this.inspect(row);
    this.map?.flyTo(row);
  }

  /** Shows the selection side by side, neighbors together; or the layout again. */
  toggleGrid(): void {
    const { store } = this;
    const chosen = store.contactSheet.value ? new Set<number>() : store.rows.selectedSet();
    store.showAsGrid(this.order.value.filter((row) => chosen.has(row)));
  }

  /** Selects the images most like one and lays them side by side, nearest first. */
  async showSimilar(row: number): Promise<void> {
    const { store } = this;
    try {
      const { rows } = await store.source.similar(Int32Array.of(row), MOST_SIMILAR, this.closed.signal);
      const near = Int32Array.of(row, ...rows);
      store.propagation.dismiss();
      this.choose(near);
      store.showAsGrid(near);
    } catch (error) {
      if (!this.closed.signal.aborted)
        store.notify({ text: `Similar images could not be found: ${(error as Error).message}`, kind: "error" });
    }
  }

  /** Rows that keys act on: the image in the inspector; with none there the one that is due, or the selection. */
  targets(): Int32Array {
    const { review, selection } = this.store;
    if (this.inspected.value >= 0) return Int32Array.of(this.inspected.value);
    if (review.at.value < 0) return selection.value;
    return review.row() < 0 ? new Int32Array(0) : Int32Array.of(review.row());
  }

  /** The key that gives the label of a code; "": none does. */
  keyOfLabel(code: number): string {
    const { keys, classes } = this.keyed.value;
    return classes ? "" : (keys[code] ?? "");
  }

  /** Gives `targets` what a key stands for; false if it stands for nothing. */
  giveByKey(key: string, held: boolean): boolean {
    const { names, keys, classes } = this.keyed.value;
    const name = names[keys.indexOf(key)];
    if (name === undefined) return false;
    // A key held down must not decide one image after the other.
    if (held) return true;
    this.relabelOpen.value = false; // asked for a moment ago, and not drawn yet: this key was meant for it
    if (classes) this.decide((rows) => this.store.setClass(rows, name));
    else this.give(name);
    return true;
  }

  /** Gives `targets` a label; in a review that decides the image, and the next one comes. */
  give(name: string | null): void {
    this.decide((rows) => this.store.relabel(rows, name));
  }

  /** Gives the image that is open, or due, the label that is suggested for it; nothing where none is. */
  takeSuggested(): void {
    const rows = this.targets();
    const name = rows.length === 1 ? this.store.suggested.of(rows[0] as number) : null;
    if (name !== null) this.decide(() => this.store.relabel(rows, name, "suggestion"));
  }

  /** Flags `targets`, or takes their flags back where all are flagged. */
  toggleFlag(): void {
    const { labels } = this.store;
    this.decide((rows) => this.store.flag(rows, !rows.every((row) => labels.flags[row] === 1)));
  }

  /** In a review: the image is right as it is. */
  keep(): void {
    this.decide(() => false);
  }

  /** Opens a review of the selection, neighbors one after the other. */
  reviewSelection(): void {
    const chosen = this.store.rows.selectedSet();
    this.store.reviewThese(this.order.value.filter((row) => chosen.has(row)));
  }

  /** From another image that was opened meanwhile to the one that is due; false if that one is open. */
  private returnToReview(): boolean {
    const due = this.store.review.row();
    if (due < 0 || this.inspected.value < 0 || this.inspected.value === due) return false;
    this.open(due);
    return true;
  }

  leaveReview(): void {
    this.store.reviewTo(-1);
    this.inspect(-1);
  }

  /** @param act tells whether it changed anything. */
  private decide(act: (rows: Int32Array) => boolean): void {
    const { review } = this.store;
    const rows = this.targets();
    const due = review.row() >= 0 && rows[0] === review.row();
    const edited = act(rows);
    if (!due) return;
    if (!edited) review.did(false);
    this.step(1);
  }

  /**
   * What previous and next go through: the review's queue, the selection if the open image is one of several, else all
   * that is shown.
   */
  sequence(): Int32Array {
    const { review } = this.store;
    if (review.at.value >= 0 && review.queue.value) return review.queue.value.rows;
    const selection = this.store.selection.value;
    if (selection.length > 1 && this.store.rows.selectedSet().has(this.inspected.value)) return selection;
    return this.order.value.filter((row) => this.store.filter.isShown(row));
  }

  step(by: number): void {
    const { review } = this.store;
    if (review.at.value >= 0) {
      if (this.returnToReview()) return;
      const last = review.queue.value?.rows.length ?? 0;
      this.store.reviewTo(Math.max(0, Math.min(last, review.at.value + by)));
      return;
    }
    const rows = this.sequence();
    if (rows.length === 0) return;
    const at = rows.indexOf(this.inspected.value);
    const next = at < 0 ? 0 : (at + by + rows.length) % rows.length;
    const row = rows[next] as number;
    this.open(row);
  }
}
