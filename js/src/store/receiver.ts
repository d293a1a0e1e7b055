/** What the kernel says, and what of a page's knowledge it changes. */

import type { Signal } from "@preact/signals";
import { type CameraSent, type FromKernel, type LayoutSent, type Manifest, PROTOCOL } from "../protocol";
import type { Appearance } from "./appearance";
import type { Dataset } from "./dataset";
import { Early } from "./early";
import type { Filter } from "./filter";
import type { Hotspots } from "./hotspots";
import type { LabelState } from "./labels";
import type { Flight, Notice } from "./notices";
import type { Outbox } from "./outbox";
import type { Propagation } from "./propagation";
import type { Review } from "./review";
import { lengthened } from "./row-sets";
import type { RowStates } from "./row-states";
import type { Silence } from "./silence";
import type { Source } from "./source";
import type { Suggested } from "./suggested";

/** What a kernel can tell of, and what is done about it: the store. */
interface Told {
  readonly source: Source;
  readonly data: Dataset;
  readonly outbox: Outbox;
  readonly labels: LabelState;
  readonly filter: Filter;
  readonly appearance: Appearance;
  readonly propagation: Propagation;
  readonly suggested: Suggested;
  readonly hotspots: Hotspots;
  readonly review: Review;
  readonly silence: Silence;
  readonly rows: RowStates;
  readonly flight: Signal<Flight | null>;
  readonly camera: Signal<CameraSent | null>;
  readonly contactSheet: Signal<LayoutSent | null>;
  readonly kernelless: Signal<boolean>;
  readonly sheetsReleased: boolean;
  notify(notice: Notice): void;
  settle(): void;
  sentAgain(count: number): void;
  setSelection(rows: Int32Array): void;
}

/**
 * A kernel speaks of itself once a widget is displayed, also while it is busy, and says it again after 2.5 s. Of a page
 * that was exported with its outputs none hears.
 */
const NO_KERNEL_MS = 4_000;

export class Receiver {
  private readonly kernelTimer: ReturnType<typeof setTimeout>;
  private readonly early: Early;

  constructor(private readonly store: Told) {
    this.early = new Early(store.data);
    this.kernelTimer = setTimeout(() => {
      store.kernelless.value = true;
    }, NO_KERNEL_MS);
  }

  /** Waits for no kernel any more. */
  end(): void {
    clearTimeout(this.kernelTimer);
  }

  receive(message: FromKernel): void {
    clearTimeout(this.kernelTimer);
    this.store.kernelless.value = false;
    if (this.early.keeps(message)) return;
    switch (message.type) {
      case "manifest":
        this.open(message);
        break;
      case "names":
        this.store.data.names.add(message);
        break;
      case "looks":
        this.store.data.addLooks(message);
        break;
      case "labels":
        this.store.labels.reset(message);
        this.store.settle();
        break;
      case "changed":
        // Who made an edit of such rows hears of them in its answer.
        if (message.note && this.store.outbox.pending.length === 0)
          this.store.notify({ text: sentence(message.note), kind: "info" });
        // What is settled is in what the kernel holds now: the two change at once.
        if (this.store.outbox.acknowledge(message.client, message.seq).length > 0) this.store.silence.heard();
        this.store.labels.change(message);
        this.store.settle();
        break;
      case "ack":
        if (message.reason) this.store.notify({ text: sentence(message.reason), kind: message.ok ? "info" : "error" });
        if (!message.ok) this.store.propagation.dismiss();
        this.acknowledged(message.client, message.seq);
        break;
      case "layout":
        for (const name of this.store.data.addLayout(message)) this.store.source.forget(`layout/${name}`);
        break;
      case "coloring":
        this.store.data.addColoring(message);
        if (message.name === this.store.appearance.colorBy.value) this.store.rows.touch(null);
        break;
      case "sheet":
        if (this.store.sheetsReleased) this.store.source.forget("sheet/");
        else this.store.data.addSheet(message);
        break;
      case "progress":
        this.store.data.progress.value = message;
        break;
      case "selection":
        if (message.client !== this.store.source.client) this.store.setSelection(message.rows);
        break;
      case "filter":
        this.store.filter.receive(message);
        break;
      case "facet":
        this.store.filter.addFacet(message);
        break;
      case "camera":
        this.store.camera.value = message;
        break;
      case "hotspots":
        this.store.hotspots.receive(message);
        break;
      case "fly":
        this.store.flight.value = { row: message.row, open: message.open, taken: false };
        break;
      case "suggested-labels":
        this.store.suggested.receive(message);
        break;
      case "review-at":
        if (message.client !== this.store.source.client) this.store.review.moveTo(message.at);
        break;
      case "review":
        this.store.review.open({ rows: message.rows, title: message.title }, message.place);
        break;
      case "trouble":
        this.store.notify({ text: message.text, kind: "error" });
        break;
    }
  }

  private open(manifest: Manifest): void {
    if (manifest.protocol !== PROTOCOL) {
      const advice = "Restart the kernel and reload the page so that both come from one version of pixplot_widget.";
      this.store.notify({ text: `Kernel and page speak different versions. ${advice}`, kind: "error" });
      return;
    }
    if (this.store.data.setManifest(manifest)) this.grow(manifest);
    this.store.rows.resize(manifest.n);
    this.store.sentAgain(this.store.outbox.open(manifest.dataset).length);
    this.store.rows.touch(null);
    for (const message of this.early.take()) this.receive(message);
  }

  /** Rows were added behind those there were, whose numbers stay: nothing of what was done to them is lost. */
  private grow({ n, dataset }: Manifest): void {
    this.store.outbox.move(dataset);
    for (const name of this.store.data.dropShorter(this.store.appearance.layoutName.value))
      this.store.source.forget(`layout/${name}`);
    const sheet = this.store.contactSheet.value;
    if (sheet) this.store.contactSheet.value = { ...sheet, xy: lengthened(sheet.xy, 2 * n, Number.NaN) };
  }

  private acknowledged(client: string, seq: number): void {
    if (this.store.outbox.acknowledge(client, seq).length > 0) {
      this.store.silence.heard();
      this.store.labels.refresh();
    }
    this.store.settle();
  }
}

/** As it stands on screen: with a capital, and a stop at its end. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}
