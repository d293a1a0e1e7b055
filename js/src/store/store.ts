/**
 * What a page knows of one widget, shared by its views. Data comes in through the source's messages; whatever a
 * user does is an action here. No DOM.
 */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { gridOf } from "../geometry/grid";
import { type CameraSent, type FromKernel, type LayoutSent, type Manifest, PROTOCOL } from "../protocol";
import { Appearance } from "./appearance";
import { Dataset } from "./dataset";
import { Early } from "./early";
import { codesOf, Filter } from "./filter";
import { Hotspots } from "./hotspots";
import { Hovered } from "./hovered";
import { LabelState } from "./labels";
import { type Edit, Outbox, type Storage } from "./outbox";
import { BOX_CLASS } from "./patch";
import { Propagation } from "./propagation";
import { Review } from "./review";
import { combine, type SelectMode } from "./row-sets";
import { RowStates } from "./row-states";
import { Silence } from "./silence";
import type { Source } from "./source";
import { Suggested } from "./suggested";
import { Turned } from "./turned";

export interface Colors {
  name: string;
  kind: "categories" | "scale" | "none";
  names: readonly string[];
  palette: Uint8Array;
}

/** A word to the user, shown until it is closed or `gone`. */
export interface Notice {
  text: string;
  kind: "error" | "info";
}

export interface Flight {
  row: number;
  open: boolean;
  /** Whether a view has gone there. */
  taken: boolean;
}

/** Name of the coloring that is the label column itself: it follows edits at once. */
export const LABEL_COLORING = "";

/**
 * A kernel speaks of itself once a widget is displayed, also while it is busy, and says it again after 2.5 s. Of a page
 * that was exported with its outputs none hears.
 */
const NO_KERNEL_MS = 4_000;

/** The column in which `detection.match` says how a detection did. */
const COMPUTED_LABEL = "outcome";

const NO_COLORS: Colors = { name: "none", kind: "none", names: [], palette: new Uint8Array(0) };

export class Store {
  readonly data = new Dataset();
  readonly outbox: Outbox;
  readonly labels: LabelState;
  readonly filter: Filter;
  readonly appearance: Appearance;
  readonly propagation: Propagation;
  readonly suggested: Suggested;
  readonly hotspots: Hotspots;
  readonly hovered: Hovered;
  readonly review = new Review();
  readonly silence = new Silence();
  readonly selection = signal<Int32Array>(new Int32Array(0));
  readonly hits = signal<Int32Array>(new Int32Array(0));
  /** Codes of the coloring to which the filter narrows the picture; empty: all. */
  readonly isolated: ReadonlySignal<ReadonlySet<number>>;
  readonly notices = signal<readonly Notice[]>([]);
  /** What was undone or done again just now, or is about to be: the images may be out of sight. */
  readonly turned: Turned;
  readonly flight: Signal<Flight | null> = signal(null);
  /** Where the kernel wants every view to look, once it shows that layout. */
  readonly camera: Signal<CameraSent | null> = signal(null);
  readonly pendingCount = signal(0);
  readonly colors: ReadonlySignal<Colors>;
  /** What is laid out now; null while it is on its way. */
  readonly layout: ReadonlySignal<LayoutSent | null>;
  /** Some images side by side, in place of the layout. */
  readonly contactSheet = signal<LayoutSent | null>(null);
  /** What the renderer draws of each row. */
  readonly rows: RowStates;
  /** Whether there seems to be no kernel at all. */
  readonly kernelless = signal(false);
  sheetsReleased = false;
  private readonly kernelTimer: ReturnType<typeof setTimeout>;
  private readonly early = new Early(this.data);
  private noCodes = new Int32Array(0);

  constructor(
    readonly source: Source,
    storage: Storage | null,
    stop: AbortSignal,
  ) {
    this.outbox = new Outbox(
      source.client,
      (edit) => source.send(edit),
      storage,
      (reason) => this.notify({ text: reason, kind: "error" }),
      () => source.lost.peek() === "",
      (left) => this.sentAgain(left.length),
    );
    this.hotspots = new Hotspots(
      (edit) => this.push(edit),
      () => this.labels.info.peek().revision,
      () => source.want("hotspots"),
    );
    this.labels = new LabelState(
      this.outbox.pending,
      (rows) => {
        this.filter.edited(rows);
        this.rows.touch(rows);
      },
      () => {
        source.want("labels");
        source.want("hotspots");
      },
      this.hotspots,
    );
    this.filter = new Filter({
      client: source.client,
      send: (message) => source.send(message),
      want: (part) => source.want(part),
      labels: this.labels,
      manifest: () => this.data.manifest.value,
      changed: () => this.rows.touch(null),
    });
    const { selection, hits, contactSheet, filter, labels } = this;
    this.rows = new RowStates({ selection, hits, contactSheet, filter, labels });
    this.hovered = new Hovered((row) => source.send({ type: "hover", client: source.client, row }));
    this.suggested = new Suggested(labels);
    this.turned = new Turned(labels, () => this.pendingCount.peek() > 0);
    this.appearance = new Appearance(source, this.data, {
      onLayout: () => {
        if (this.contactSheet.value) this.showAsGrid(new Int32Array(0));
      },
      onColoring: () => this.rows.touch(null),
    });
    this.propagation = new Propagation(
      source,
      (rows) => this.setHits(rows),
      (text) => this.notify({ text, kind: "error" }),
    );
    this.layout = computed(
      () => this.contactSheet.value ?? this.data.layouts.value.get(this.appearance.layoutName.value) ?? null,
    );
    this.colors = computed(() => {
      const name = this.appearance.colorBy.value;
      if (name === null) return NO_COLORS;
      const coloring = this.data.colorings.value.get(name);
      if (coloring) return coloring;
      const { names, palette } = this.labels.info.value;
      return { name: LABEL_COLORING, kind: "categories", names, palette };
    });
    this.isolated = computed(() => {
      const { kind, names } = this.colors.value;
      const condition = kind === "categories" ? this.filter.on(this.colorColumn()) : null;
      return condition && "any" in condition ? codesOf(condition.any, names) : new Set();
    });
    source.listen((message) => this.receive(message));
    this.appearance.follow(stop);
    this.kernelTimer = setTimeout(() => {
      this.kernelless.value = true;
    }, NO_KERNEL_MS);
    const unlost = source.lost.subscribe((reason) => reason && this.outbox.leave());
    stop.addEventListener("abort", () => {
      unlost();
      clearTimeout(this.kernelTimer);
      this.outbox.stop();
      this.silence.end();
      this.turned.end();
      this.hovered.end();
    });
  }

  // --- what the kernel says ---

  private receive(message: FromKernel): void {
    clearTimeout(this.kernelTimer);
    this.kernelless.value = false;
    if (this.early.keeps(message)) return;
    switch (message.type) {
      case "manifest":
        this.open(message);
        break;
      case "names":
        this.data.names.add(message);
        break;
      case "looks":
        this.data.addLooks(message);
        break;
      case "labels":
        this.labels.reset(message);
        this.settle();
        break;
      case "changed":
        // Who made an edit of such rows hears of them in its answer.
        if (message.note && this.outbox.pending.length === 0)
          this.notify({ text: sentence(message.note), kind: "info" });
        // What is settled is in what the kernel holds now: the two change at once.
        if (this.outbox.acknowledge(message.client, message.seq).length > 0) this.silence.heard();
        this.labels.change(message);
        this.settle();
        break;
      case "ack":
        if (message.reason) this.notify({ text: sentence(message.reason), kind: message.ok ? "info" : "error" });
        if (!message.ok) this.propagation.dismiss();
        this.acknowledged(message.client, message.seq);
        break;
      case "layout":
        for (const name of this.data.addLayout(message)) this.source.forget(`layout/${name}`);
        break;
      case "coloring":
        this.data.addColoring(message);
        if (message.name === this.appearance.colorBy.value) this.rows.touch(null);
        break;
      case "sheet":
        if (this.sheetsReleased) this.source.forget("sheet/");
        else this.data.addSheet(message);
        break;
      case "progress":
        this.data.progress.value = message;
        break;
      case "selection":
        if (message.client !== this.source.client) this.setSelection(message.rows);
        break;
      case "filter":
        this.filter.receive(message);
        break;
      case "facet":
        this.filter.addFacet(message);
        break;
      case "camera":
        this.camera.value = message;
        break;
      case "hotspots":
        this.hotspots.receive(message);
        break;
      case "fly":
        this.flight.value = { row: message.row, open: message.open, taken: false };
        break;
      case "suggested-labels":
        this.suggested.receive(message);
        break;
      case "review-at":
        if (message.client !== this.source.client) this.review.moveTo(message.at);
        break;
      case "review":
        this.review.open({ rows: message.rows, title: message.title }, message.place);
        break;
      case "trouble":
        this.notify({ text: message.text, kind: "error" });
        break;
    }
  }

  private open(manifest: Manifest): void {
    if (manifest.protocol !== PROTOCOL) {
      const advice = "Restart the kernel and reload the page so that both come from one version of pixplot_widget.";
      this.notify({ text: `Kernel and page speak different versions. ${advice}`, kind: "error" });
      return;
    }
    if (this.data.setManifest(manifest)) this.grow(manifest);
    this.rows.resize(manifest.n);
    this.sentAgain(this.outbox.open(manifest.dataset).length);
    this.rows.touch(null);
    for (const message of this.early.take()) this.receive(message);
  }

  /** Edits that another page left behind are this one's now. */
  private sentAgain(count: number): void {
    if (count === 0) return;
    if (this.labels.info.peek().ready) this.labels.refresh();
    this.settle();
    const [edits, they] =
      count === 1 ? ["1 edit was", "it was"] : [`${count.toLocaleString()} edits were`, "they were"];
    this.notify({ text: `${edits} not yet in the DataFrame; ${they} sent again.`, kind: "info" });
  }

  /** Rows were added behind those there were, whose numbers stay: nothing of what was done to them is lost. */
  private grow({ n, dataset }: Manifest): void {
    this.outbox.move(dataset);
    for (const name of this.data.dropShorter(this.appearance.layoutName.value)) this.source.forget(`layout/${name}`);
    const sheet = this.contactSheet.value;
    if (sheet) this.contactSheet.value = { ...sheet, xy: lengthened(sheet.xy, 2 * n, Number.NaN) };
  }

  private acknowledged(client: string, seq: number): void {
    if (this.outbox.acknowledge(client, seq).length > 0) {
      this.silence.heard();
      this.labels.refresh();
    }
    this.settle();
  }

  private settle(): void {
    this.pendingCount.value = this.outbox.pending.length;
    if (this.outbox.pending.length > 0) this.silence.await();
    else this.silence.end();
  }

  // --- actions ---

  /** Gives rows a label, null takes it away; false where they have it already. */
  relabel(rows: Int32Array, name: string | null, how = "manual"): boolean {
    const code = this.codeOf(name);
    if (rows.every((row) => this.labels.codes[row] === code)) return this.confirm("label", rows, name);
    const before = this.commonLabel(rows);
    this.edit("label", rows, name, how);
    if (how === "manual" && name !== null && name !== before && this.review.at.value < 0 && this.isPrepared())
      void this.propagation.ask(rows, before, name);
    return true;
  }

  /** Whether images can be compared. */
  private isPrepared(): boolean {
    const progress = this.data.progress.value;
    return !progress?.stage && !progress?.stopped;
  }

  /** Has the kernel stop reading and arranging images, or go on with it. */
  prepare(on: boolean): void {
    this.source.send({ type: "want-preparation", on });
  }

  /** Gives the images that are outlined as similar the label that those like them were given. */
  propagate(): void {
    const taken = this.propagation.take();
    if (!taken) return;
    // Some may have been given another label since.
    const from = this.codeOf(taken.from);
    this.relabel(
      taken.rows.filter((row) => this.labels.codes[row] === from),
      taken.to,
      "propagated",
    );
  }

  /** -1 for none, and a code that no row has for a label that is new. */
  private codeOf(name: string | null): number {
    if (name === null) return -1;
    const code = this.labels.info.value.names.indexOf(name);
    return code < 0 ? -2 : code;
  }

  /** The label that most of some rows carry; null: most have none. */
  private commonLabel(rows: Int32Array): string | null {
    const counts = new Map<number, number>();
    for (const row of rows) {
      const code = this.labels.codes[row] ?? -1;
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    const [most = -1] = [...counts].reduce((best, each) => (each[1] > best[1] ? each : best), [-1, 0]);
    return this.labels.info.value.names[most] ?? null;
  }

  /** Goes to a place in the review; -1 closes it. */
  reviewTo(at: number): void {
    if (at === this.review.at.value) return;
    this.review.moveTo(at);
    this.source.send({ type: "move-review", client: this.source.client, at });
  }

  /** Says what is in boxes, in the column of classes where that is not the label column; false where there are none. */
  setClass(rows: Int32Array, name: string): boolean {
    if (rows.length > 0) this.edit("class", rows, name, "manual");
    return rows.length > 0;
  }

  /** The classes of boxes whose labels are computed, as how a detection did is: nobody gives those. null: of others. */
  classes(): readonly string[] | null {
    const manifest: (Manifest & { label_editable?: boolean }) | null = this.data.manifest.value;
    if (!manifest?.boxes || (manifest.label_editable ?? manifest.label_column !== COMPUTED_LABEL)) return null;
    return this.filter.facet(BOX_CLASS)?.names ?? [];
  }

  /** Opens a review in the order of a column, which the kernel works out. */
  reviewBy(column: string): void {
    this.source.send({ type: "want-review", rows: new Int32Array(0), by: column });
  }

  /** Opens a review of these rows, in this order. */
  reviewThese(rows: Int32Array): void {
    this.review.open({ rows, title: "chosen images" }, 0);
    this.source.send({ type: "want-review", rows, by: "" });
    this.reviewTo(this.review.place.value);
  }

  /** Flags rows or takes their flags back; false where there is nothing to do. */
  flag(rows: Int32Array, on: boolean, reason = ""): boolean {
    const already = rows.every((row) => (this.labels.flags[row] === 1) === on);
    if (already && !reason) return this.confirm("flag", rows, on);
    this.edit("flag", rows, on, "manual", reason);
    return true;
  }

  /**
   * Asks for what is shown already. It is no step, but the kernel may find that other code wrote something else there,
   * and says so.
   */
  private confirm(kind: "label" | "flag", rows: Int32Array, value: string | boolean | null): false {
    if (rows.length === 0) return false;
    this.outbox.push({ type: "edit", kind, rows, value, how: "manual", reason: "" }, true);
    this.settle();
    return false;
  }

  /** Takes back the last step; in a review, what was decided last, and goes back to it. */
  undo(): void {
    const act = this.review.back();
    if (act?.edited !== false) this.turn("undo");
    if (act) this.reviewTo(act.at);
  }

  redo(): void {
    const act = this.review.forth();
    if (act?.edited !== false) this.turn("redo");
    if (act) this.reviewTo(act.at + 1);
  }

  private turn(kind: "undo" | "redo"): void {
    const text = this.labels.info.value[kind];
    if (!text) return;
    this.turned.say(kind, text);
    this.edit(kind, new Int32Array(0), null, "manual");
  }

  private edit(
    kind: "label" | "flag" | "class" | "undo" | "redo",
    rows: Int32Array,
    value: string | boolean | null,
    how: string,
    reason = "",
  ): void {
    this.propagation.dismiss();
    this.push({ type: "edit", kind, rows, value, how, reason });
  }

  private push(edit: Edit): void {
    if (edit.kind !== "undo" && edit.kind !== "redo") {
      this.turned.unsay();
      this.review.did(true);
    }
    this.outbox.push(edit);
    this.labels.refresh();
    this.settle();
  }

  select(rows: Int32Array, mode: SelectMode = "replace"): void {
    const next = combine(this.selection.value, rows, mode);
    this.setSelection(next);
    this.source.send({ type: "select", client: this.source.client, rows: next });
  }

  private setSelection(rows: Int32Array): void {
    const before = this.selection.value;
    this.selection.value = rows;
    this.rows.touchBoth(before, rows);
    if (rows.length === 0 && this.contactSheet.value) this.showAsGrid(rows); // there is nothing left on it
  }

  setHits(rows: Int32Array): void {
    const before = this.hits.value;
    this.hits.value = rows;
    this.rows.touchBoth(before, rows);
  }

  /** Narrows the picture to codes of the coloring; an empty set shows all. */
  isolate(codes: ReadonlySet<number>): void {
    const column = this.colorColumn();
    const { names } = this.colors.value;
    const any = [...codes].map((code) => names[code] ?? null);
    this.filter.replace(this.filter.on(column), codes.size > 0 ? { column, any } : null);
  }

  /** Narrows the picture to one code, or to one more or fewer; to all where it was that one already. */
  isolateOne(code: number, add: boolean): void {
    const isolated = this.isolated.value;
    const next = new Set(add ? isolated : []);
    const wasOnly = !add && isolated.size === 1 && isolated.has(code);
    if (wasOnly || next.has(code)) next.delete(code);
    else next.add(code);
    this.isolate(next);
  }

  /** The column that is coloured by, by its own name. */
  private colorColumn(): string {
    return this.appearance.colorBy.value || (this.data.manifest.value?.label_column ?? "");
  }

  /** Gives every image of a label another one; one step. */
  renameLabel(old: string, name: string): void {
    const code = this.labels.info.value.names.indexOf(old);
    const rows: number[] = [];
    if (code >= 0)
      for (let row = 0; row < this.labels.codes.length; row += 1) if (this.labels.codes[row] === code) rows.push(row);
    if (rows.length > 0 && name !== old) this.edit("label", Int32Array.from(rows), name, "manual");
  }

  /** Rows that pass the filter. */
  shownRows(): Int32Array {
    const rows = new Int32Array(this.rows.shown.value);
    let k = 0;
    for (let row = 0; row < this.data.n; row += 1) if (this.filter.isShown(row)) rows[k++] = row;
    return rows;
  }

  /** Lays these rows out side by side, alone; no rows: goes back to the layout. */
  showAsGrid(rows: Int32Array): void {
    const none = new Float32Array(0);
    const sheet = { type: "layout", name: "", captions: [], extra: {}, outline: none, overlay: none } as const;
    this.contactSheet.value = rows.length > 0 ? { ...sheet, captions: [], ...gridOf(rows, this.data.n) } : null;
    this.rows.touch(null);
  }

  /** Tells the kernel where a view looks; data units. */
  cameraRests(x: number, y: number, width: number): void {
    this.source.send({ type: "camera-moved", client: this.source.client, x, y, width });
  }

  notify(notice: Notice): void {
    if (this.notices.value.some((each) => each.text === notice.text)) return;
    this.notices.value = [...this.notices.value, notice];
  }

  dismiss(notice: Notice): void {
    this.notices.value = this.notices.value.filter((each) => each !== notice);
  }

  /** With no view open, pushed sheets are only weight; a later view gets them again. */
  releaseSheets(): void {
    this.data.sheets = [];
    this.source.forget("sheet/");
    this.sheetsReleased = true;
  }

  fetchSheetsAgain(): void {
    this.sheetsReleased = false;
    this.source.hello();
  }

  // --- what is derived for the renderer ---

  /** Codes of the coloring that is shown, one a row. */
  colorCodes(): Int32Array {
    const name = this.appearance.colorBy.value;
    if (name === null) {
      if (this.noCodes.length !== this.data.n) this.noCodes = new Int32Array(this.data.n).fill(-1);
      return this.noCodes;
    }
    const codes = this.data.colorings.value.get(name)?.codes ?? this.labels.codes;
    // Those of rows that have just been added are on their way.
    return codes.length < this.data.n ? lengthened(codes, this.data.n, -1) : codes;
  }
}

/** As it stands on screen: with a capital, and a stop at its end. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

function lengthened<T extends Float32Array | Int32Array>(values: T, length: number, rest: number): T {
  const longer = new (values.constructor as new (length: number) => T)(length).fill(rest) as T;
  longer.set(values);
  return longer;
}
