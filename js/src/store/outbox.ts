/**
 * Edits that the kernel has not acknowledged. They are numbered, kept in order, mirrored to the browser's storage
 * so that a reload does not lose them, and sent again until the kernel has dealt with them: it applies a number
 * once, however often it comes.
 *
 * What a page mirrors is its own for as long as it lives, which it shows by when it wrote last. Only what a page left
 * behind is taken over by another one, and of that only what the kernel acknowledged is taken out: whoever was thought
 * to be gone, and was only asleep, loses nothing.
 */

import type { EditSent, HotspotEdit } from "../protocol";

/** All that is numbered: one numbering for all edits of a page keeps their order. */
export type Numbered = EditSent | HotspotEdit;
export type RowEdit = Omit<EditSent, "client" | "seq" | "oldest">;
export type SpotEdit = Omit<HotspotEdit, "client" | "seq" | "oldest">;
export type Edit = RowEdit | SpotEdit;
export type PendingEdit = (Omit<EditSent, "oldest"> | Omit<HotspotEdit, "oldest">) & {
  madeAt: number;
  /** It asks for what is shown already: only news if the kernel holds something else. */
  idle?: boolean;
};

/** The part of the browser's storage that is needed here. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  keys(): string[];
}

const PREFIX = "pixplot-widget/outbox/";
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 80_000;
/** Who has written nothing for so long is gone. Browsers let pages out of sight act once a minute. */
const FRESH_MS = LAST_RETRY_MS + 70_000;
/** What no widget asked for in so long, none will. */
const KEPT_MS = 60 * 24 * 3_600_000;

interface Mirrored {
  /** When its page wrote it last; 0: that page has left it. */
  beat: number;
  edits: PendingEdit[];
}

export class Outbox {
  readonly pending: PendingEdit[] = [];
  private seq = 0;
  private retryMs = FIRST_RETRY_MS;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private dataset = "";
  /** Where edits are mirrored that other pages left behind. */
  private readonly taken = new Map<string, string>();
  private lookTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly client: string,
    private readonly send: (edit: Numbered) => void,
    private readonly storage: Storage | null,
    /** Called when an edit could not be mirrored to storage, with the reason. */
    private readonly onStorageTrouble: (reason: string) => void,
    /** Whether the kernel can be reached; what cannot get there from here, another page may take over. */
    private readonly reaches: () => boolean = () => true,
    /** Called with edits that another page left behind later than this one was opened. */
    private readonly onLeft: (edits: PendingEdit[]) => void = () => {},
  ) {}

  /** Numbers an edit, keeps it, and sends it. */
  push(edit: Edit, idle = false): PendingEdit {
    this.seq += 1;
    const made: PendingEdit = { client: this.client, seq: this.seq, ...edit, madeAt: Date.now() };
    if (idle) made.idle = true;
    this.pending.push(made);
    this.mirror();
    this.transmit(made);
    this.retryLater();
    return made;
  }

  /** The kernel has dealt with every edit of `client` up to `seq`: those are returned and no longer kept. */
  acknowledge(client: string, seq: number): PendingEdit[] {
    const settled = this.pending.filter((edit) => edit.client === client && edit.seq <= seq);
    if (settled.length === 0) return settled;
    for (const edit of settled) this.pending.splice(this.pending.indexOf(edit), 1);
    this.retryMs = FIRST_RETRY_MS;
    this.mirror();
    if (client !== this.client) this.forget(client, seq);
    if (this.pending.length === 0) this.rest();
    return settled;
  }

  /** Sends again whatever is pending. */
  resend(): void {
    for (const edit of this.pending) this.transmit(edit);
  }

  /** From now on edits are kept under this dataset's name; returns those an earlier page left unacknowledged. */
  open(dataset: string): PendingEdit[] {
    if (this.dataset === dataset) return [];
    this.dataset = dataset;
    const left = this.takeOver();
    this.mirror();
    return left;
  }

  /** What pages that are gone left behind is this one's to send from now on. */
  private takeOver(): PendingEdit[] {
    const left: PendingEdit[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const key of this.storage?.keys() ?? []) {
      if (!key.startsWith(PREFIX) || key === this.key(this.client)) continue;
      const here = key.startsWith(this.key(""));
      const found = this.stored(key);
      if (found instanceof Error) {
        const what = `Edits that the browser kept of an earlier page cannot be read: ${found.message}.`;
        if (here) this.onStorageTrouble(what);
        continue;
      }
      const { beat, edits } = found;
      const staleMs = beat + FRESH_MS - Date.now();
      if (here && staleMs > 0) nextMs = Math.min(nextMs, staleMs);
      else if (here) {
        for (const edit of edits) {
          if (this.pending.some(({ client, seq }) => client === edit.client && seq === edit.seq)) continue;
          this.taken.set(edit.client, key);
          left.push(edit);
        }
      } else if (edits.every(({ madeAt }) => madeAt < Date.now() - KEPT_MS)) this.storage?.removeItem(key);
    }
    left.sort((a, b) => a.madeAt - b.madeAt);
    this.pending.unshift(...left);
    if (left.length > 0) {
      this.resend();
      this.retryLater();
    }
    clearTimeout(this.lookTimer);
    if (nextMs < Number.POSITIVE_INFINITY) this.lookTimer = setTimeout(() => this.lookAgain(), nextMs + 1);
    return left;
  }

  private lookAgain(): void {
    const left = this.takeOver();
    if (left.length > 0) this.onLeft(left);
  }

  /** The dataset has another name now, and its rows the places they had: what is pending goes with it. */
  move(dataset: string): void {
    if (this.dataset === dataset) return;
    const before = this.key(this.client);
    this.dataset = dataset;
    this.mirror();
    this.storage?.removeItem(before);
  }

  /** This page goes: whoever comes next may take over what it could not send. */
  leave(): void {
    this.mirror(0);
  }

  stop(): void {
    this.rest();
    clearTimeout(this.lookTimer);
    this.leave();
  }

  private rest(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private transmit({ madeAt: _, idle: __, ...edit }: PendingEdit): void {
    const kept = this.pending.filter(({ client }) => client === edit.client).map(({ seq }) => seq);
    this.send({ ...edit, oldest: Math.min(...kept) });
  }

  private key(client: string): string {
    return `${PREFIX}${this.dataset}/${client}`;
  }

  /** Takes out of what another page left behind all up to `seq`. */
  private forget(client: string, seq: number): void {
    const key = this.taken.get(client);
    const found = key === undefined ? null : this.stored(key);
    if (key === undefined || !found || found instanceof Error) return;
    const edits = found.edits.filter((edit) => edit.seq > seq);
    if (edits.length === found.edits.length) return;
    this.write(key, { ...found, edits });
  }

  private stored(key: string): Mirrored | Error {
    try {
      const { beat, edits } = JSON.parse(this.storage?.getItem(key) ?? '{"beat":0,"edits":[]}') as Mirrored;
      return { beat, edits: edits.map((edit) => ({ ...edit, rows: Int32Array.from(edit.rows) })) };
    } catch (error) {
      return error as Error;
    }
  }

  private mirror(beat = this.reaches() ? Date.now() : 0): void {
    if (!this.dataset) return;
    this.write(this.key(this.client), { beat, edits: this.pending.filter((edit) => edit.client === this.client) });
  }

  private write(key: string, { beat, edits }: Mirrored): void {
    if (edits.length === 0) {
      this.storage?.removeItem(key);
      return;
    }
    try {
      const plain = edits.map((edit) => ({ ...edit, rows: Array.from(edit.rows) }));
      this.storage?.setItem(key, JSON.stringify({ beat, edits: plain }));
    } catch (error) {
      this.onStorageTrouble(`The browser's storage is full: a reload now would lose edits (${String(error)}).`);
    }
  }

  private retryLater(): void {
    if (this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.pending.length === 0) return;
      this.resend();
      // A page that the kernel has long not answered may be the one that it does not know any more.
      if (this.retryMs < LAST_RETRY_MS) this.mirror();
      this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
      this.retryLater();
    }, this.retryMs);
  }
}

/** The browser's storage, or null where the host forbids it. */
export function browserStorage(): Storage | null {
  try {
    const storage = window.localStorage;
    return {
      getItem: (key) => storage.getItem(key),
      setItem: (key, value) => storage.setItem(key, value),
      removeItem: (key) => storage.removeItem(key),
      keys: () => Object.keys(storage),
    };
  } catch (error) {
    console.info("pixplot_widget: no browser storage here; unacknowledged edits do not survive a reload", error);
    return null;
  }
}
