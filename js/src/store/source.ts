/** Where a session's data comes from and its edits go to. The kernel is one; an exported page is another. */

import type { ReadonlySignal } from "@preact/signals";
import type { BoxesSent, FromKernel, ImageSent, RowSent, RowsFound, SheetSent, ToKernel } from "../protocol";

export interface Source {
  /** Calls back with every message that is not the answer to one of the requests below. */
  listen(handler: (message: FromKernel) => void): void;
  send(message: ToKernel): void;
  /** Asks for what this page is missing. */
  hello(): void;
  /** Asks for a part that is not sent to everybody: "labels", "layout/date", "coloring/year". */
  want(part: string): void;
  /** Forgets that parts whose names begin so were received: the next hello brings them again. */
  forget(prefix: string): void;
  fetchSheet(cell: number, rows: Int32Array, signal: AbortSignal): Promise<SheetSent>;
  fetchRow(row: number, signal: AbortSignal): Promise<RowSent>;
  /** `whole`: not the crop but the picture it was cut from. */
  fetchImage(row: number, whole: boolean, signal: AbortSignal): Promise<ImageSent>;
  /** The boxes of the picture that a row is a crop of. */
  fetchBoxes(row: number, signal: AbortSignal): Promise<BoxesSent>;
  search(text: string, signal: AbortSignal): Promise<RowsFound>;
  /** The `k` images nearest to `rows`, nearest first; `among`: only those of that label, null for unlabeled ones. */
  similar(rows: Int32Array, k: number, signal: AbortSignal, among?: { label: string | null }): Promise<RowsFound>;
  /** Why nothing reaches it any more, in words; "" while it can be reached. */
  readonly lost: ReadonlySignal<string>;
  /** This page's name in edits and selections. */
  readonly client: string;
  readonly settings: Settings;
}

/** What a user may set from outside: the widget's traits, as far as a page reads and sets them. */
export interface SettingValues {
  layout_name: string;
  color_by: string | null;
  palette: string;
  sprite_size: number;
  border_width: number;
  height: number;
  /** A still picture in base64, "" if there was none: for pages that no kernel speaks to. */
  _still_jpeg: string;
}

export interface Settings {
  get<K extends keyof SettingValues>(name: K): SettingValues[K];
  set<K extends keyof SettingValues>(name: K, value: SettingValues[K]): void;
  observe(name: keyof SettingValues, handler: () => void, signal: AbortSignal): void;
}
