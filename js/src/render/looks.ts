/** What a sprite looks like in four words, as the shaders and the canvas-2D painter read it. */
import type { Scene } from "./scene";
import { cellPx, SLOTS_PER_LAYER } from "./sheet-cache";

export const WORDS = 4;
const SLOT_HELD = 1 << 21;
const WIDE = 1 << 8;

export interface LookSource {
  scene: Scene;
  colors: Uint8Array;
  known: Uint8Array | undefined;
  codes: Int32Array;
  palette: Uint8Array;
  /** Slot each row is drawn from (-1 = none) and that slot's level. */
  slotOf: (row: number) => number;
  levelOf: (slot: number) => number;
}

/** Write the look of a rank to `out[at .. at + WORDS)`. */
export function writeLook(source: LookSource, rank: number, out: Uint32Array, at: number): void {
  const { scene, colors, known, codes, palette } = source;
  const row = scene.order[rank] as number;
  const slot = source.slotOf(row);
  let first = 0;
  if (slot >= 0) {
    const layer = Math.floor(slot / SLOTS_PER_LAYER);
    first = (slot % SLOTS_PER_LAYER) | (layer << 10) | (source.levelOf(slot) << 18) | SLOT_HELD;
  }
  const width = scene.shapes[2 * row] as number;
  const height = scene.shapes[2 * row + 1] as number;
  const shape = width >= height ? height | WIDE : width;
  out[at] = (first | (shape << 23)) >>> 0;
  const code = codes[row] as number;
  const label = code >= 0 && 3 * code < palette.length ? packColor(palette, code, 1) : 0;
  const mean = packColor(colors, row, scene.states[row] as number);
  out[at + 1] = label && known?.[row] === 0 ? paler(label, mean) : mean;
  out[at + 2] = label;
  out[at + 3] = 0;
}

/** Halfway between two colors, with what stands above the second: a label's color that is no frame and no picture. */
function paler(label: number, mean: number): number {
  return (((label & 0xfefefe) >>> 1) + ((mean & 0xfefefe) >>> 1) + (mean & 0xff000000)) >>> 0;
}

function packColor(colors: Uint8Array, at: number, above: number): number {
  const red = colors[3 * at] as number;
  const green = colors[3 * at + 1] as number;
  const blue = colors[3 * at + 2] as number;
  return (red | (green << 8) | (blue << 16) | (above << 24)) >>> 0;
}

/** A look read back: for painters without shaders. */
export interface Look {
  /** Relative sides, longest 255. */
  width: number;
  height: number;
  /** Where the thumbnail is: layer and origin and side of its cell in texels; layer -1 = none. */
  layer: number;
  xTexel: number;
  yTexel: number;
  cell: number;
  state: number;
  /** 0xrrggbb */
  mean: number;
  /** 0xrrggbb, -1 = unlabeled. */
  label: number;
}

export function readLook(words: Uint32Array, at: number): Look {
  const first = words[at] as number;
  const second = words[at + 1] as number;
  const third = words[at + 2] as number;
  const shape = first >>> 23;
  const cell = cellPx((first >>> 18) & 7);
  const perRow = 1024 / cell;
  const index = first & 1023;
  return {
    width: shape & WIDE ? 255 : shape & 255,
    height: shape & WIDE ? shape & 255 : 255,
    layer: first & SLOT_HELD ? (first >>> 10) & 255 : -1,
    xTexel: (index % perRow) * cell,
    yTexel: Math.floor(index / perRow) * cell,
    cell,
    state: second >>> 24,
    mean: swapped(second),
    label: third >>> 24 ? swapped(third) : -1,
  };
}

function swapped(word: number): number {
  return ((word & 255) << 16) | (word & 0xff00) | ((word >>> 16) & 255);
}
