/**
 * Edits that the kernel has not acknowledged. They are numbered, kept in order, mirrored to the browser's storage
 * so that a reload does not lose them, and sent again until the kernel has dealt with them: it applies a number
 * once, however often it comes.
 */

import type { EditSent } from "../protocol";

export type Edit = Omit<EditSent, "type" | "client" | "seq" | "oldest">;
export type PendingEdit = Omit<EditSent, "oldest"> & {
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
/** What no widget asked for in so long, none will. */
const KEPT_MS = 60 * 24 * 3_600_000;

interface Stored extends Omit<PendingEdit, "rows"> {
  rows: number[];
}

export class Outbox {
  readonly pending: PendingEdit[] = [];
  private seq = 0;
  private retryMs = FIRST_RETRY_MS;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private dataset = "";

  constructor(
    private readonly client: string,
    private readonly send: (edit: EditSent) => void,
    private readonly storage: Storage | null,
    /** Called when an edit could not be mirrored to storage, with the reason. */
    private readonly onStorageTrouble: (reason: string) => void,
  ) {}

  /** Numbers an edit, keeps it, and sends it. */
  push(edit: Edit, idle = false): PendingEdit {
    this.seq += 1;
    const made: PendingEdit = { type: "edit", client: this.client, seq: this.seq, ...edit, madeAt: Date.now() };
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
    if (client !== this.client) this.forgetClient(client);
    if (this.pending.length === 0) this.stop();
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
    const left: PendingEdit[] = [];
    for (const key of this.storage?.keys() ?? []) {
      if (!key.startsWith(PREFIX) || key === this.key(this.client)) continue;
      const edits = this.stored(key);
      if (edits instanceof Error) {
        const what = `Edits that the browser kept of an earlier page cannot be read: ${edits.message}.`;
        if (key.startsWith(`${PREFIX}${dataset}/`)) this.onStorageTrouble(what);
      } else if (key.startsWith(`${PREFIX}${dataset}/`)) left.push(...edits);
      else if (edits.every(({ madeAt }) => madeAt < Date.now() - KEPT_MS)) this.storage?.removeItem(key);
    }
    left.sort((a, b) => a.madeAt - b.madeAt);
    this.pending.unshift(...left);
    this.mirror();
    if (left.length > 0) {
      this.resend();
      this.retryLater();
    }
    return left;
  }

  /** The dataset has another name now, and its rows the places they had: what is pending goes with it. */
  move(dataset: string): void {
    if (this.dataset === dataset) return;
    const before = this.key(this.client);
    this.dataset = dataset;
    this.mirror();
    this.storage?.removeItem(before);
  }

  stop(): void {
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

  private forgetClient(client: string): void {
    if (!this.pending.some((edit) => edit.client === client)) this.storage?.removeItem(this.key(client));
  }

  private stored(key: string): PendingEdit[] | Error {
    try {
      const edits = JSON.parse(this.storage?.getItem(key) ?? "[]") as Stored[];
      return edits.map((edit) => ({ ...edit, rows: Int32Array.from(edit.rows) }));
    } catch (error) {
      return error as Error;
    }
  }

  private mirror(): void {
    if (!this.storage || !this.dataset) return;
    const own = this.pending.filter((edit) => edit.client === this.client);
    if (own.length === 0) {
      this.storage.removeItem(this.key(this.client));
      return;
    }
    try {
      const stored: Stored[] = own.map((edit) => ({ ...edit, rows: Array.from(edit.rows) }));
      this.storage.setItem(this.key(this.client), JSON.stringify(stored));
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
