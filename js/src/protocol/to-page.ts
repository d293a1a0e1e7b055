/** What the kernel says to its pages: the mirror of pixplot_widget/protocol/to_page.py. */

export const PROTOCOL = 3;

export interface Manifest {
  type: "manifest";
  protocol: number;
  session: string;
  dataset: string;
  n: number;
  label_column: string;
  flag_column: string;
  new_labels: boolean;
  label_editable: boolean;
  /** Name and title of each, in the order of the picker. */
  layouts: [string, string][];
  options: Record<string, LayoutOption[]>;
  colorings: string[];
  facets: [string, FacetKind][];
  journal: boolean;
  boxes: boolean;
  problems: [number, string][];
  problem_count: number;
}
/** Something that can be chosen of a layout. */
export interface LayoutOption {
  name: string;
  title: string;
  kind: "column" | "choice" | "steps" | "switch" | "share";
  default: string;
  /** What is offered; "" stands for none. */
  values: string[];
  /** Of values to what they are called, where that is something else. */
  words: Record<string, string>;
  /** Of a share: the least it may be, and what it is where it is only switched on. */
  lowest: number;
  usual: number;
}
export interface Names {
  type: "names";
  start: number;
  offsets: Uint32Array;
  text: Uint8Array;
}
export interface Looks {
  type: "looks";
  rows: Int32Array;
  shapes: Uint8Array;
  colors: Uint8Array;
}
export interface Labels {
  type: "labels";
  revision: number;
  names: string[];
  palette: Uint8Array;
  codes: Int32Array;
  flags: Uint8Array;
  edited: Uint8Array;
  edits: number;
  undo: string;
  redo: string;
  steps: string[];
  undo_steps: number;
  more_undo: boolean;
  more_redo: boolean;
  step_sizes: Int32Array;
  step_rows: Int32Array;
  step_codes: Int32Array;
  step_flags: Uint8Array;
  step_edited: Uint8Array;
}
/** What one edit changed. `names` and `palette` are of the labels at `places`: those that are new or called otherwise. */
export interface Changed {
  type: "changed";
  revision: number;
  kind: string;
  note: string;
  client: string;
  seq: number;
  rows: Int32Array;
  codes: Int32Array;
  flags: Uint8Array;
  edited: Uint8Array;
  places: Int32Array;
  names: string[];
  palette: Uint8Array;
  edits: number;
  undo: string;
  redo: string;
}
export interface Ack {
  type: "ack";
  client: string;
  seq: number;
  ok: boolean;
  reason: string;
}
export interface CaptionSent {
  text: string;
  x: number;
  y: number;
  width: number;
  count: number | null;
}
/** One axis: its name, where it starts and ends (data units) and the values there. */
export interface Axis {
  name: string;
  start: number;
  end: number;
  low: number;
  high: number;
  ticks: [number, string][];
}
/** Names of rows and columns, and where each starts and ends, data units. */
export interface Wall {
  /** What the rows and the columns are values of. */
  titles: [string, string];
  rows: string[];
  columns: string[];
  x: [number, number][];
  y: [number, number][];
}
export interface LayoutExtra {
  axes?: [Axis, Axis];
  wall?: Wall;
  /** What axes or a map take up: x0, y0, x1, y1 in data units. */
  frame?: [number, number, number, number];
  /** Boxes of categories: x0, y0, x1, y1 in data units, in the order of their captions. */
  boxes?: [number, number, number, number][];
  /** Of time: so many captions, from the first, name a column. */
  columns?: number;
}
export interface LayoutSent {
  type: "layout";
  name: string;
  xy: Float32Array;
  cell: number | null;
  captions: CaptionSent[];
  extra: LayoutExtra;
  outline: Float32Array;
  overlay: Float32Array;
}
export interface Coloring {
  type: "coloring";
  name: string;
  kind: "categories" | "scale";
  codes: Int32Array;
  palette: Uint8Array;
  names: string[];
}
export interface SheetSent {
  type: "sheet";
  id: number;
  cell: number;
  columns: number;
  rows: Int32Array;
  jpeg: Uint8Array;
}
export interface Progress {
  type: "progress";
  stage: string;
  done: number;
  total: number;
  seconds_left: number;
  error: string;
  /** Images a second; 0 where it is not images that are counted. */
  rate: number;
  /** Whether there is work that can be stopped. */
  running: boolean;
  /** Whether some was stopped and can be gone on with. */
  stopped: boolean;
}
export interface SelectionSent {
  type: "selection";
  rows: Int32Array;
  client: string;
}
export type FacetKind = "categories" | "tags" | "numbers" | "dates" | "text";
export interface FacetSent {
  type: "facet";
  name: string;
  kind: FacetKind;
  names: string[];
  counts: Int32Array;
  rows: Int32Array;
  codes: Int32Array;
  values: Float32Array;
  offsets: Uint32Array;
  text: Uint8Array;
  low: number;
  high: number;
  missing: number;
  whole: boolean;
  complete: boolean;
}
/**
 * What must hold of a row; the shapes are those of pixplot_widget/facets/filters.py. Values are the names by which a
 * column's facet, or the labels, call them. By `rows` and `known` the kernel knows again what a page cannot say, or not
 * exactly: they go back as they came.
 */
export type Condition =
  | { column: string; any: (string | null)[]; known?: number }
  | { column: string; all: (string | null)[]; known?: number }
  | { column: string; min?: number; max?: number; known?: number }
  | { column: string; contains: string }
  | { is: string }
  | { query: string; rows: number; count: number }
  | { rows: number; count: number };
export interface FilterSent {
  type: "filter";
  conditions: Condition[];
  mask: Uint8Array;
  fixed: Uint8Array;
  client: string;
  seq: number;
}
export interface HotspotsSent {
  type: "hotspots";
  revision: number;
  ids: string[];
  names: string[];
  covers: Int32Array;
  starts: Int32Array;
  rows: Int32Array;
}
export interface CameraSent {
  type: "camera";
  layout: string;
  x: number;
  y: number;
  width: number;
}
export interface FlyTo {
  type: "fly";
  row: number;
  open: boolean;
}
export interface ReviewSent {
  type: "review";
  rows: Int32Array;
  title: string;
  place: number;
}
export interface ReviewAt {
  type: "review-at";
  at: number;
  client: string;
}
/** What a column of the frame suggests as labels: a code into `names` a row, -1 for none; empty without one. */
export interface SuggestedLabels {
  type: "suggested-labels";
  names: string[];
  codes: Int32Array;
}

export interface RollCall {
  type: "roll-call";
}
export interface RowSent {
  type: "row";
  id: number;
  row: number;
  fields: [string, string][];
  description: string;
  permalink: string;
  problem: string;
  reason: string;
}
export interface ImageSent {
  type: "image";
  id: number;
  row: number;
  mime: string;
  bytes: Uint8Array;
  size: number[];
}
export interface BoxesSent {
  type: "boxes";
  id: number;
  row: number;
  picture: number;
  total: number;
  rows: Int32Array;
  boxes: Float32Array;
  names: string[];
  notes: string[];
  truth: Float32Array;
  truth_name: string;
  truth_row: number;
  classes: string[];
  kind: "label" | "class" | "";
}
export interface RowsFound {
  type: "found";
  id: number;
  rows: Int32Array;
  distances: Float32Array;
}
export interface Trouble {
  type: "trouble";
  id: number;
  text: string;
}

export type FromKernel =
  | HotspotsSent
  | Manifest
  | Names
  | Looks
  | Labels
  | Changed
  | Ack
  | LayoutSent
  | Coloring
  | SheetSent
  | Progress
  | SelectionSent
  | FacetSent
  | FilterSent
  | CameraSent
  | FlyTo
  | ReviewSent
  | ReviewAt
  | RollCall
  | SuggestedLabels
  | RowSent
  | ImageSent
  | BoxesSent
  | RowsFound
  | Trouble;
