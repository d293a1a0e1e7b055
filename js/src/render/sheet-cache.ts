/**
 * Which thumbnail lies where in the texture layers: bookkeeping only, no GL, so that its rules can be tested.
 *
 * A layer is SHEET_PX square and holds cells of one level (32 << level texels a side). A slot is one cell of a layer:
 * `layer * SLOTS_PER_LAYER + cell`. A row may be held at several levels at once; its slots form a linked list.
 * Stamps say when a slot was last wanted; the planner counts them up, and a slot of the present stamp is in use.
 */
import { SHEET_PX } from "./types";

/** Slots of a layer at the coarsest level, 32 texels a cell. */
export const SLOTS_PER_LAYER = (SHEET_PX / 32) ** 2;
/** 32, 64, 128, 256 from sheets, 512 and 1024 from originals. */
export const LEVELS = 6;
export const FINEST_SHEET_LEVEL = 3;

export function cellPx(level: number): number {
  return 32 << level;
}

export function levelOfCell(cell: number): number {
  return Math.round(Math.log2(cell / 32));
}

export function slotsPerLayer(level: number): number {
  return SLOTS_PER_LAYER >> (2 * level);
}

export class SheetCache {
  /** int32 (n,): first slot of each row, -1 = none. */
  private head: Int32Array;
  private readonly nextSlot: Int32Array;
  private readonly rowOfSlot: Int32Array;
  private readonly stamps: Uint32Array;
  private readonly sheetOfSlot: Int32Array;
  private readonly levelOfLayer: Int8Array;
  private readonly free: number[][] = Array.from({ length: LEVELS }, () => []);
  private layersInUse = 0;
  private used = 0;

  /**
   * @param n rows.
   * @param layers layers there is room for.
   * @param onEvict called with every row that loses a slot and the sheet that slot came from.
   */
  constructor(
    n: number,
    public layers: number,
    private readonly onEvict: (row: number, slot: number, sheet: number) => void,
  ) {
    const slots = layers * SLOTS_PER_LAYER;
    this.head = new Int32Array(n).fill(-1);
    this.nextSlot = new Int32Array(slots).fill(-1);
    this.rowOfSlot = new Int32Array(slots).fill(-1);
    this.stamps = new Uint32Array(slots);
    this.sheetOfSlot = new Int32Array(slots).fill(-1);
    this.levelOfLayer = new Int8Array(layers).fill(-1);
  }

  /** More rows follow; they have no slots yet. */
  extend(n: number): void {
    const head = new Int32Array(n).fill(-1);
    head.set(this.head);
    this.head = head;
  }

  /** There are fewer layers than was thought: forget what lies in the others. */
  shrink(layers: number): void {
    for (let layer = layers; layer < this.layers; layer++) if (this.levelOfLayer[layer] !== -1) this.clearLayer(layer);
    this.layers = Math.min(this.layers, layers);
  }

  /** Slots there would be if all layers held this level. */
  capacity(level: number): number {
    return this.layers * slotsPerLayer(level);
  }

  get slotsUsed(): number {
    return this.used;
  }

  get layersUsed(): number {
    return this.layersInUse;
  }

  levelOf(slot: number): number {
    return this.levelOfLayer[Math.floor(slot / SLOTS_PER_LAYER)] as number;
  }

  rowOf(slot: number): number {
    return this.rowOfSlot[slot] as number;
  }

  /** The slot to draw a row from at `level`: the coarsest that is fine enough, else the finest; -1 = none. */
  best(row: number, level: number): number {
    let best = -1;
    let bestLevel = -1;
    for (let slot = this.head[row] as number; slot >= 0; slot = this.nextSlot[slot] as number) {
      const own = this.levelOf(slot);
      const better = bestLevel < level ? own > bestLevel : own >= level && own < bestLevel;
      if (best < 0 || better) {
        best = slot;
        bestLevel = own;
      }
    }
    return best;
  }

  find(row: number, level: number): number {
    for (let slot = this.head[row] as number; slot >= 0; slot = this.nextSlot[slot] as number) {
      if (this.levelOf(slot) === level) return slot;
    }
    return -1;
  }

  touch(slot: number, stamp: number): void {
    this.stamps[slot] = stamp;
  }

  /**
   * Give a row a slot; the caller has made room with `reserve`.
   *
   * @returns the slot, the row's own one if it has one at this level, or -1 when there is no room.
   */
  insert(row: number, level: number, stamp: number, sheet: number): number {
    const held = this.find(row, level);
    if (held >= 0) this.release(held);
    const slot = this.free[level]?.pop();
    if (slot === undefined) return -1;
    this.rowOfSlot[slot] = row;
    this.nextSlot[slot] = this.head[row] as number;
    this.head[row] = slot;
    this.stamps[slot] = stamp;
    this.sheetOfSlot[slot] = sheet;
    this.used++;
    return slot;
  }

  /**
   * Make room for `count` cells of a level: free slots, then fresh layers, then what was not wanted for longest.
   * Slots of the present `stamp` stay, unless `force` and nothing else is left: without that, sprites that are all
   * in use at a coarse level could never be seen sharp.
   *
   * @returns how many free slots there are now, at most `count`.
   */
  reserve(level: number, count: number, stamp: number, force: boolean): number {
    const free = this.free[level] as number[];
    while (free.length < count) {
      if (this.openLayer(level)) continue;
      if (!this.makeRoom(level, count - free.length, stamp, force)) break;
    }
    return Math.min(count, free.length);
  }

  /** Forget a row at every level. */
  drop(row: number): void {
    for (let slot = this.head[row] as number; slot >= 0; slot = this.head[row] as number) this.release(slot);
  }

  private openLayer(level: number): boolean {
    const layer = this.levelOfLayer.indexOf(-1);
    if (layer < 0 || layer >= this.layers) return false;
    this.levelOfLayer[layer] = level;
    this.layersInUse++;
    const first = layer * SLOTS_PER_LAYER;
    // Popped from the end: cells fill from the layer's top left corner.
    for (let cell = slotsPerLayer(level) - 1; cell >= 0; cell--) (this.free[level] as number[]).push(first + cell);
    return true;
  }

  private makeRoom(level: number, count: number, stamp: number, force: boolean): boolean {
    const { oldest, oldestStamp, idlest } = this.surveyLayers(level, stamp);
    const own = this.idleSlots(level, stamp);
    const ownStamp = own.length > 0 ? (this.stamps[own[0] as number] as number) : Number.POSITIVE_INFINITY;
    if (oldest >= 0 && oldestStamp <= ownStamp) this.clearLayer(oldest);
    else if (own.length > 0) for (const slot of own.slice(0, count)) this.release(slot);
    else if (force && idlest >= 0) this.clearLayer(idlest);
    else return false;
    return true;
  }

  /** The layer whose last use is longest ago, and that of another level with the fewest slots in use. */
  private surveyLayers(level: number, stamp: number): { oldest: number; oldestStamp: number; idlest: number } {
    let oldest = -1;
    let oldestStamp = stamp;
    let idlest = -1;
    let idlestCount = Number.POSITIVE_INFINITY;
    for (let layer = 0; layer < this.layers; layer++) {
      const own = this.levelOfLayer[layer] as number;
      let latest = 0;
      let held = 0;
      let inUse = 0;
      const first = layer * SLOTS_PER_LAYER;
      for (let slot = first; slot < first + slotsPerLayer(own); slot++) {
        if ((this.rowOfSlot[slot] as number) < 0) continue;
        held++;
        const at = this.stamps[slot] as number;
        if (at > latest) latest = at;
        if (at >= stamp) inUse++;
      }
      // Clearing an empty layer of the level that is wanted would gain nothing.
      if (latest < oldestStamp && (held > 0 || own !== level)) {
        oldest = layer;
        oldestStamp = latest;
      }
      if (own !== level && inUse < idlestCount) {
        idlest = layer;
        idlestCount = inUse;
      }
    }
    return { oldest, oldestStamp, idlest };
  }

  /** Slots of a level that are not in use, longest idle first. */
  private idleSlots(level: number, stamp: number): number[] {
    const idle: number[] = [];
    for (let layer = 0; layer < this.layers; layer++) {
      if (this.levelOfLayer[layer] !== level) continue;
      const first = layer * SLOTS_PER_LAYER;
      for (let slot = first; slot < first + slotsPerLayer(level); slot++) {
        if ((this.rowOfSlot[slot] as number) >= 0 && (this.stamps[slot] as number) < stamp) idle.push(slot);
      }
    }
    return idle.sort((a, b) => (this.stamps[a] as number) - (this.stamps[b] as number));
  }

  private clearLayer(layer: number): void {
    const level = this.levelOfLayer[layer] as number;
    const first = layer * SLOTS_PER_LAYER;
    for (let slot = first; slot < first + slotsPerLayer(level); slot++) {
      if ((this.rowOfSlot[slot] as number) >= 0) this.release(slot);
    }
    this.free[level] = (this.free[level] as number[]).filter((slot) => Math.floor(slot / SLOTS_PER_LAYER) !== layer);
    this.levelOfLayer[layer] = -1;
    this.layersInUse--;
  }

  private release(slot: number): void {
    const row = this.rowOfSlot[slot] as number;
    const after = this.nextSlot[slot] as number;
    if (this.head[row] === slot) this.head[row] = after;
    else {
      let before = this.head[row] as number;
      while (this.nextSlot[before] !== slot) before = this.nextSlot[before] as number;
      this.nextSlot[before] = after;
    }
    this.rowOfSlot[slot] = -1;
    this.nextSlot[slot] = -1;
    this.used--;
    (this.free[this.levelOf(slot)] as number[]).push(slot);
    this.onEvict(row, slot, this.sheetOfSlot[slot] as number);
  }
}
