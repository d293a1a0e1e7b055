/**
 * What is where: the CPU's knowledge of the sprites, shared by every way of drawing them.
 *
 * Sprites are addressed by *rank*, their place in a fixed random order (geometry/order.ts). Their stacking is by band
 * (selected, hit, ordinary, filtered out) and, inside a band, by rank: it never depends on camera or frame budget.
 */
import { type Bounds, boundsOf, EMPTY_BOUNDS } from "../geometry/camera";
import { fairOrder, ranksOf } from "../geometry/order";
import { buildIndex, type SpatialIndex } from "../geometry/spatial-index";
import { buildIndexInWorker } from "./index-worker";
import { FILTERED_OUT, FLAGGED, HIT, HOVERED, PENDING, SELECTED } from "./types";

/** From the top of the stack down. */
export const BANDS = 4;
export const ORDINARY_BAND = 2;
export const FILTERED_BAND = 3;

const MARKS = FLAGGED | PENDING;
/** Up to here the index is built at once: 50,000 rows take about 2 ms, less than a round trip to a worker. */
const INDEX_AT_ONCE = 50_000;

export function bandOf(state: number): number {
  if (state & SELECTED) return 0;
  if (state & HIT) return 1;
  return state & FILTERED_OUT ? FILTERED_BAND : ORDINARY_BAND;
}

interface Transition {
  /** float32 (n, 2): where the sprites were when it began. */
  from: Float32Array;
  startMs: number;
  durationMs: number;
}

export class Scene {
  n = 0;
  /** Row of every rank, rank of every row. */
  order: Uint32Array = new Uint32Array(0);
  ranks: Uint32Array = new Uint32Array(0);
  positions: Float32Array = new Float32Array(0);
  shapes: Uint8Array = new Uint8Array(0);
  states: Uint8Array = new Uint8Array(0);
  bands: Uint8Array = new Uint8Array(0);
  bandCounts = new Float64Array(BANDS);
  /** Bounds of the centers now and, while easing, before. */
  bounds: Bounds = EMPTY_BOUNDS;
  index: SpatialIndex | null = null;
  hovered: number[] = [];
  /** Rows that are flagged or have an edit pending. */
  marked = 0;
  private marks = new Uint8Array(0);
  /** Counts changes of places and of bands: lists made before are void. */
  version = 0;
  private transition: Transition | null = null;
  private ease = 1;
  private indexing: AbortController | null = null;

  /** @param onIndex called when an index built in the worker has arrived. */
  constructor(private readonly onIndex: () => void = () => undefined) {}

  /** Start over with `n` rows. */
  reset(n: number, shapes: Uint8Array, states: Uint8Array): void {
    this.n = n;
    this.order = fairOrder(n);
    this.ranks = ranksOf(this.order);
    this.shapes = shapes;
    this.positions = new Float32Array(0);
    this.transition = null;
    this.ease = 1;
    this.setStates(states);
  }

  /** More rows follow; those there are stay where they stand, until `setPositions` says where all are. */
  extend(n: number, shapes: Uint8Array, states: Uint8Array): void {
    const positions = new Float32Array(2 * n).fill(Number.NaN);
    positions.set(this.snapshot(performance.now()));
    this.reset(n, shapes, states);
    this.positions = positions;
  }

  setStates(states: Uint8Array): void {
    this.states = states;
    this.bands = new Uint8Array(this.n);
    this.bandCounts.fill(0);
    this.hovered = [];
    this.marks = new Uint8Array(this.n);
    this.marked = 0;
    for (let row = 0; row < this.n; row++) {
      const state = states[row] as number;
      const band = bandOf(state);
      this.bands[row] = band;
      this.bandCounts[band] = (this.bandCounts[band] as number) + 1;
      this.mark(row, state);
      if (state & HOVERED) this.hovered.push(row);
    }
    this.version++;
  }

  /**
   * Take over what `states` says of `rows`.
   *
   * @returns whether some sprite now lies deeper in the stack, which uncovers what was below it.
   */
  touchStates(rows: ArrayLike<number>): boolean {
    let lowered = false;
    let moved = false;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const state = this.states[row] as number;
      const before = this.bands[row] as number;
      const band = bandOf(state);
      if (band !== before) {
        moved = true;
        lowered ||= band > before;
        this.bands[row] = band;
        this.bandCounts[before] = (this.bandCounts[before] as number) - 1;
        this.bandCounts[band] = (this.bandCounts[band] as number) + 1;
      }
      this.mark(row, state);
      const at = this.hovered.indexOf(row);
      if (state & HOVERED && at < 0) this.hovered.push(row);
      if (!(state & HOVERED) && at >= 0) this.hovered.splice(at, 1);
    }
    if (moved) this.version++;
    return lowered;
  }

  /**
   * Move the sprites; they ease there from where they are now, also in the middle of an earlier move.
   *
   * @returns whether there is anything to ease.
   */
  setPositions(positions: Float32Array, durationMs: number, nowMs: number): boolean {
    const eases = durationMs > 0 && this.positions.length === positions.length && this.n > 0;
    const from = eases ? this.snapshot(nowMs) : null;
    const before = this.bounds;
    this.positions = positions;
    this.bounds = boundsOf(positions);
    this.transition = null;
    this.ease = 1;
    if (from) {
      for (let i = 0; i < from.length; i++) {
        // A row that had no place appears where it belongs; one that loses its place is gone at once.
        if (!Number.isFinite((from[i] as number) + (positions[i] as number))) from[i] = positions[i] as number;
      }
      this.transition = { from, startMs: nowMs, durationMs };
      this.ease = 0;
      this.bounds = {
        x0: Math.min(before.x0, this.bounds.x0),
        y0: Math.min(before.y0, this.bounds.y0),
        x1: Math.max(before.x1, this.bounds.x1),
        y1: Math.max(before.y1, this.bounds.y1),
      };
    }
    this.version++;
    this.reindex();
    return eases;
  }

  /** Where the running transition started from, or null when the sprites rest. */
  get from(): Float32Array | null {
    return this.transition?.from ?? null;
  }

  /** How far the transition has come, eased, in 0..1. */
  get eased(): number {
    return this.ease;
  }

  /** Move the clock on. Returns whether the sprites are still moving. */
  advance(nowMs: number): boolean {
    if (!this.transition) return false;
    const t = Math.min(1, Math.max(0, (nowMs - this.transition.startMs) / this.transition.durationMs));
    this.ease = t * t * (3 - 2 * t);
    if (t < 1) return true;
    this.transition = null;
    this.bounds = boundsOf(this.positions);
    this.version++;
    return false;
  }

  xOf(row: number): number {
    const x = this.positions[2 * row] as number;
    const from = this.transition?.from;
    return from ? (from[2 * row] as number) * (1 - this.ease) + x * this.ease : x;
  }

  yOf(row: number): number {
    const y = this.positions[2 * row + 1] as number;
    const from = this.transition?.from;
    return from ? (from[2 * row + 1] as number) * (1 - this.ease) + y * this.ease : y;
  }

  /** Is `a` drawn over `b`? Both are ranks. */
  above(a: number, b: number): boolean {
    const bandA = this.bands[this.order[a] as number] as number;
    const bandB = this.bands[this.order[b] as number] as number;
    return bandA === bandB ? a < b : bandA < bandB;
  }

  destroy(): void {
    this.indexing?.abort();
    this.indexing = null;
  }

  private mark(row: number, state: number): void {
    const mark = state & MARKS ? 1 : 0;
    this.marked += mark - (this.marks[row] as number);
    this.marks[row] = mark;
  }

  private snapshot(nowMs: number): Float32Array {
    this.advance(nowMs);
    const from = this.positions.slice();
    if (this.transition) {
      for (let row = 0; row < this.n; row++) {
        from[2 * row] = this.xOf(row);
        from[2 * row + 1] = this.yOf(row);
      }
    }
    return from;
  }

  private reindex(): void {
    this.indexing?.abort();
    this.indexing = null;
    this.index = null;
    if (this.n <= INDEX_AT_ONCE) {
      this.index = buildIndex(this.positions, this.order);
      return;
    }
    const indexing = new AbortController();
    this.indexing = indexing;
    void buildIndexInWorker(this.positions, this.order, indexing.signal).then((index) => {
      if (indexing.signal.aborted || !index) return;
      this.index = index;
      this.indexing = null;
      this.onIndex();
    });
  }
}
