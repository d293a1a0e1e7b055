/**
 * How a message becomes frames of JSON and bytes, and comes out of them: the mirror of
 * pixplot_widget/protocol/framing.py. A message is JSON plus one byte stream; streams over MAX_BYTES come in several
 * frames. Some hosts lose the buffers of what a page sends (Panel reads them as text): up to MOST_INLINE bytes go into
 * the JSON, as base64.
 */

import type { ToKernel } from "./to-kernel";
import type { FromKernel } from "./to-page";

export const MAX_BYTES = 1_000_000;
/** Of a stream within the JSON: the positions of 16,000 rows. */
export const MOST_INLINE = 64_000;
const ALIGNMENT = 8;

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
  /** The whole stream in base64, in place of a buffer. */
  stream?: string;
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
  "suggested-labels",
  "roll-call",
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
  const first = { fields, arrays, bytes, part: "" };
  if (bytes > 0 && bytes <= MOST_INLINE) {
    const content = { type: message.type, message: key, frame: 0, frames: 1, ...first, stream: toBase64(stream) };
    return [{ content, buffers: [] }];
  }
  const frames = Math.max(1, Math.ceil(bytes / MAX_BYTES));
  return Array.from({ length: frames }, (_, frame) => {
    const content: Frame = { type: message.type, message: key, frame, frames };
    if (frame === 0) Object.assign(content, first);
    const piece = stream.slice(frame * MAX_BYTES, (frame + 1) * MAX_BYTES);
    return { content, buffers: piece.length > 0 ? [piece.buffer] : [] };
  });
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
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
