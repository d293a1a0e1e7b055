/**
 * What kernel and page say to each other, and how arrays become bytes: the mirror of pixplot_widget/protocol.py.
 * A message is JSON plus one byte stream; streams over MAX_BYTES come in several frames.
 */

export const PROTOCOL = 1;
export const MAX_BYTES = 1_000_000;
const ALIGNMENT = 8;

// --- kernel to page ---------------------------------------------------------

export interface Manifest {
  type: "manifest";
  protocol: number;
  session: string;
  dataset: string;
  n: number;
  label_column: string;
  flag_column: string;
  new_labels: boolean;
  layouts: string[];
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
}
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
/** What must hold of a row; the shapes are those of pixplot_widget/filters.py. */
export type Condition =
  | { column: string; any: (string | null)[] }
  | { column: string; all: (string | null)[] }
  | { column: string; min?: number; max?: number }
  | { column: string; contains: string }
  | { is: string }
  | { query: string }
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
  ids: number[];
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
  | RowSent
  | ImageSent
  | BoxesSent
  | RowsFound
  | Trouble;

// --- page to kernel ---------------------------------------------------------

export interface Hello {
  type: "hello";
  client: string;
  have: string[];
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

export interface FilterWanted {
  type: "set-filter";
  client: string;
  seq: number;
  conditions: Condition[];
}

export interface HotspotEdit {
  type: "edit-hotspot";
  kind: "add" | "rename" | "cover" | "move" | "remove";
  key: number;
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
  | ReviewWanted;

// --- codec ------------------------------------------------------------------

const TYPES = { uint8: Uint8Array, int32: Int32Array, uint32: Uint32Array, float32: Float32Array } as const;
type Dtype = keyof typeof TYPES;
type Typed = Uint8Array | Int32Array | Uint32Array | Float32Array;

interface ArrayHead {
  name: string;
  dtype: Dtype;
  length: number;
  offset: number;
}
export interface Frame {
  type: string;
  message: string;
  frame: number;
  frames: number;
  fields?: Record<string, unknown>;
  arrays?: ArrayHead[];
  bytes?: number;
  part?: string;
}

const KNOWN = new Set<string>([
  "manifest",
  "names",
  "looks",
  "labels",
  "changed",
  "ack",
  "layout",
  "coloring",
  "sheet",
  "progress",
  "selection",
  "facet",
  "filter",
  "hotspots",
  "camera",
  "fly",
  "review",
  "review-at",
  "row",
  "image",
  "boxes",
  "found",
  "trouble",
]);

function isFrame(content: unknown): content is Frame {
  if (typeof content !== "object" || content === null) return false;
  const frame = content as Partial<Frame>;
  return (
    typeof frame.type === "string" &&
    typeof frame.message === "string" &&
    typeof frame.frame === "number" &&
    typeof frame.frames === "number"
  );
}

function dtypeOf(array: Typed): Dtype {
  if (array instanceof Uint8Array) return "uint8";
  if (array instanceof Int32Array) return "int32";
  return array instanceof Uint32Array ? "uint32" : "float32";
}

function isTyped(value: unknown): value is Typed {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Cuts a message into frames of at most MAX_BYTES; `key` must be new for every message of this page. */
export function encode(message: ToKernel, key: string): { content: Frame; buffers: ArrayBuffer[] }[] {
  const fields: Record<string, unknown> = {};
  const arrays: ArrayHead[] = [];
  const sources: Typed[] = [];
  let bytes = 0;
  for (const [name, value] of Object.entries(message)) {
    if (name === "type") continue;
    if (!isTyped(value)) {
      fields[name] = value;
      continue;
    }
    const offset = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    arrays.push({ name, dtype: dtypeOf(value), length: value.length, offset });
    sources.push(value);
    bytes = offset + value.byteLength;
  }
  const stream = new Uint8Array(bytes);
  arrays.forEach((array, i) => {
    const source = sources[i] as Typed;
    stream.set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength), array.offset);
  });
  const frames = Math.max(1, Math.ceil(bytes / MAX_BYTES));
  return Array.from({ length: frames }, (_, frame) => {
    const content: Frame = { type: message.type, message: key, frame, frames };
    if (frame === 0) Object.assign(content, { fields, arrays, bytes, part: "" });
    const piece = stream.slice(frame * MAX_BYTES, (frame + 1) * MAX_BYTES);
    return { content, buffers: piece.length > 0 ? [piece.buffer] : [] };
  });
}

export interface Received {
  message: FromKernel;
  /** Under what name to keep it, "" if it is not kept. */
  part: string;
}

interface Opened {
  head: Frame | null;
  pieces: (Uint8Array | undefined)[];
  missing: number;
}

/** Joins frames into messages. Frames that are not ours give null and are never thrown at the caller. */
export class Decoder {
  private readonly open = new Map<string, Opened>();

  feed(content: unknown, buffers: readonly ArrayBufferView[]): Received | null {
    if (!isFrame(content) || !KNOWN.has(content.type)) return null;
    let opened = this.open.get(content.message);
    if (!opened) {
      opened = { head: null, pieces: new Array(content.frames), missing: content.frames };
      this.open.set(content.message, opened);
      // A message that lost a frame will be asked for again as a whole.
      if (this.open.size > 64) this.open.delete(this.open.keys().next().value as string);
    }
    if (content.frame < 0 || content.frame >= opened.pieces.length || opened.pieces[content.frame]) return null;
    const view = buffers[0];
    opened.pieces[content.frame] = view
      ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
      : new Uint8Array(0);
    if (content.frame === 0) opened.head = content;
    opened.missing -= 1;
    if (opened.missing > 0 || !opened.head) return null;
    this.open.delete(content.message);
    return build(opened.head, opened.pieces as Uint8Array[]);
  }
}

function build(head: Frame, pieces: Uint8Array[]): Received | null {
  const bytes = head.bytes ?? 0;
  // One copy to a buffer of our own: a host's buffer may start anywhere and may hold other messages too.
  const stream = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    if (at + piece.length > bytes) return null;
    stream.set(piece, at);
    at += piece.length;
  }
  if (at !== bytes) return null;
  const message: Record<string, unknown> = { type: head.type, ...head.fields };
  for (const { name, dtype, length, offset } of head.arrays ?? []) {
    const Type = TYPES[dtype];
    if (!Type || offset + length * Type.BYTES_PER_ELEMENT > bytes) return null;
    message[name] = new Type(stream.buffer, offset, length);
  }
  return { message: message as unknown as FromKernel, part: head.part ?? "" };
}
