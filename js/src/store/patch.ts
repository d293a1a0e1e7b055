/** Edits as the table that `plot.merge` reads: a way out for those the kernel never acknowledged. */

import type { RowEdit } from "./outbox";

export interface PatchColumns {
  label: string;
  flag: string;
  /** Where the class of a box is corrected: of detections that is their truth's. */
  class: string;
}

/** The column that says what is in a box, where that is not the label column; `images/boxes.py` calls it so too. */
export const BOX_CLASS = "category";

/** One line a changed value: file, column, new. Text is quoted, so any text comes back as it was. */
export function patchCsv(edits: readonly RowEdit[], nameOf: (row: number) => string, columns: PatchColumns): string {
  const lines = ["file,column,new"];
  for (const { kind, rows, value, reason } of edits) {
    if (kind === "undo" || kind === "redo") continue;
    const column = columns[kind];
    const text = value === null ? "" : kind === "flag" ? (value ? "True" : "False") : String(value);
    for (const row of rows) lines.push([nameOf(row), column, text].map(quoted).join(","));
    if (kind === "flag" && value && reason)
      for (const row of rows) lines.push([nameOf(row), `${columns.flag}_reason`, reason].map(quoted).join(","));
  }
  return `${lines.join("\n")}\n`;
}

function quoted(text: string): string {
  return text === "" ? "" : `"${text.replaceAll('"', '""')}"`;
}
