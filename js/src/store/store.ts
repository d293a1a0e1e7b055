/**
 * What a page knows of one widget, shared by its views. Data comes in through the source's messages; whatever a
 * user does is an action here. No DOM.
 */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { gridOf } from "../geometry/grid";
import type { CameraSent, LayoutSent, Manifest } from "../protocol";
import { Appearance } from "./appearance";
import { ColoringState } from "./coloring";
import { Dataset } from "./dataset";
import { Filter } from "./filter";
import { Hotspots } from "./hotspots";
import { Hovered } from "./hovered";
import { LabelState } from "./labels";
import type { Flight, Notice } from "./notices";
import { type Edit, Outbox, type Storage } from "./outbox";
import { BOX_CLASS } from "./patch";
import { Propagation } from "./propagation";
import { Receiver } from "./receiver";
import { Review } from "./review";
import { combine, type SelectMode } from "./row-sets";
import { RowStates } from "./row-states";
import { Silence } from "./silence";
import type { Source } from "./source";
import { Suggested } from "./suggested";
import { Turned } from "./turned";

/** The column in which `detection.match` says how a detection did. */
const COMPUTED_LABEL = "outcome";

export class Store {
  readonly data = new Dataset();
  readonly outbox: Outbox;
  readonly labels: LabelState;
  readonly filter: Filter;
  readonly coloring: ColoringState;
  readonly appearance: Appearance;
  readonly propagation: Propagation;
  readonly suggested: Suggested;
  readonly hotspots: Hotspots;
  readonly hovered: Hovered;
  readonly review = new Review();
  readonly silence = new Silence();
  readonly selection = signal<Int32Array>(new Int32Array(0));
  readonly hits = signal<Int32Array>(new Int32Array(0));
  readonly notices = signal<readonly Notice[]>([]);
  /** What was undone or redone just now, or is about to be: the images may be out of sight. */
  readonly turned: Turned;
  readonly flight: Signal<Flight | null> = signal(null);
  /** Where the kernel wants every view to look, once it shows that layout. */
  readonly camera: Signal<CameraSent | null> = signal(null);
  readonly pendingCount = signal(0);
  /** What is laid out now; null while it is on its way. */
  readonly layout: ReadonlySignal<LayoutSent | null>;
  /** Some images side by side, in place of the layout. */
  readonly contactSheet = signal<LayoutSent | null>(null);
  /** What the renderer draws of each row. */
  readonly rows: RowStates;
  /** Whether there seems to be no kernel at all. */
  readonly kernelless = signal(false);
  sheetsReleased = false;

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
    this.coloring = new ColoringState(this.data, this.appearance, labels, filter);
    const receiver = new Receiver(this);
    source.listen((message) => receiver.receive(message));
    this.appearance.follow(stop);
    const unlost = source.lost.subscribe((reason) => reason && this.outbox.leave());
    stop.addEventListener("abort", () => {
      unlost();
      receiver.end();
      this.outbox.stop();
      this.silence.end();
      this.turned.end();
      this.hovered.end();
    });
  }

  /** Edits that another page left behind are this one's now. */
  sentAgain(count: number): void {
    if (count === 0) return;
    if (this.labels.info.peek().ready) this.labels.refresh();
    this.settle();
    const [edits, they] =
      count === 1 ? ["1 edit was", "it was"] : [`${count.toLocaleString()} edits were`, "they were"];
    this.notify({ text: `${edits} not yet in the DataFrame; ${they} sent again.`, kind: "info" });
  }

  /** Counts what is not yet in the DataFrame. */
  settle(): void {
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

  /** Takes over a selection, without telling the kernel. */
  setSelection(rows: Int32Array): void {
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
}
