/** What pages say to the kernel: the mirror of pixplot_widget/protocol/to_kernel.py. */

import type { Condition } from "./to-page";

export interface Hello {
  type: "hello";
  client: string;
  have: string[];
  called: boolean;
}
export interface Want {
  type: "want";
  part: string;
}
export interface SheetWanted {
  type: "want-sheet";
  id: number;
  cell: number;
  rows: Int32Array;
}
export interface RowWanted {
  type: "want-row";
  id: number;
  row: number;
}
export interface ImageWanted {
  type: "want-image";
  id: number;
  row: number;
  whole: boolean;
}
export interface BoxesWanted {
  type: "want-boxes";
  id: number;
  row: number;
}
export interface Search {
  type: "search";
  id: number;
  text: string;
}
export interface SimilarWanted {
  type: "want-similar";
  id: number;
  rows: Int32Array;
  k: number;
  among: "all" | "label";
  label: string | null;
}
export interface EditSent {
  type: "edit";
  client: string;
  seq: number;
  oldest: number;
  kind: "label" | "flag" | "class" | "undo" | "redo";
  rows: Int32Array;
  value: string | boolean | null;
  how: string;
  reason: string;
}
export interface Select {
  type: "select";
  client: string;
  rows: Int32Array;
}
/** What is under a page's pointer; -1: nothing. */
export interface Hover {
  type: "hover";
  client: string;
  row: number;
}
export interface ReviewMove {
  type: "move-review";
  at: number;
  client: string;
}
export interface ReviewWanted {
  type: "want-review";
  rows: Int32Array;
  by: string;
}

export interface PreparationWanted {
  type: "want-preparation";
  on: boolean;
}

export interface FilterWanted {
  type: "set-filter";
  client: string;
  seq: number;
  conditions: Condition[];
}

export interface HotspotEdit {
  type: "edit-hotspot";
  client: string;
  seq: number;
  oldest: number;
  kind: "add" | "rename" | "cover" | "move" | "remove";
  key: string;
  name: string;
  at: number;
  rows: Int32Array;
}

export interface CameraMoved {
  type: "camera-moved";
  client: string;
  x: number;
  y: number;
  width: number;
}

export type ToKernel =
  | HotspotEdit
  | Hello
  | Hover
  | Want
  | SheetWanted
  | RowWanted
  | ImageWanted
  | BoxesWanted
  | Search
  | SimilarWanted
  | EditSent
  | Select
  | FilterWanted
  | CameraMoved
  | ReviewMove
  | ReviewWanted
  | PreparationWanted;
