/** Which sprites to draw, in drawing order: from the top of the stack down. */
import { area, type Bounds, containsBounds, grow } from "../geometry/camera";
import { countIn, visitCells } from "../geometry/spatial-index";
import { BANDS, FILTERED_BAND, ORDINARY_BAND, type Scene } from "./scene";

/** The list reaches this share of the view beyond its rim, so that a small pan needs no new one. */
const MARGIN = 0.15;
/** A list is made anew when it covers more than this many times the view's area: most of it would be clipped. */
const SLACK = 3;

export class DrawLists {
  private full: Uint32Array | null = null;
  private local: Uint32Array | null = null;
  private localBounds: Bounds | null = null;
  private version = -1;
  private hide = false;

  constructor(private readonly scene: Scene) {}

  /**
   * Ranks of the sprites that may show in `view`: a superset, in drawing order.
   *
   * @param view data units, already grown by half a sprite.
   * @param hideFiltered leave out the rows the filter leaves out.
   */
  visible(view: Bounds, hideFiltered: boolean): Uint32Array {
    if (this.version !== this.scene.version || this.hide !== hideFiltered) {
      this.version = this.scene.version;
      this.hide = hideFiltered;
      this.full = null;
      this.local = null;
    }
    const { bounds, index } = this.scene;
    if (containsBounds(view, bounds)) return this.all();
    // Until the index is here, or while sprites move, the area tells how much is in view.
    const estimate =
      index && !this.scene.from
        ? countIn(index, view)
        : this.scene.n * Math.min(1, area(intersection(view, bounds)) / (area(bounds) || 1));
    if (estimate > 0.6 * this.scene.n) return this.all();
    const reusable =
      this.local &&
      this.localBounds &&
      containsBounds(this.localBounds, view) &&
      area(this.localBounds) <= SLACK * area(view);
    if (reusable && this.local) return this.local;
    const wide = grow(view, MARGIN * Math.min(view.x1 - view.x0, view.y1 - view.y0));
    this.localBounds = wide;
    // Sorting k ranks costs more than walking all n once k is more than about an eighth of n.
    this.local =
      index && !this.scene.from && estimate < this.scene.n / 8
        ? this.gather(wide, hideFiltered, this.scene.n)
        : this.scan(wide);
    return this.local;
  }

  /**
   * About the topmost `most` sprites in `view`, in drawing order: a fair sample of what is there, found without
   * looking at the rest. Null until there is an index.
   */
  sample(view: Bounds, hideFiltered: boolean, most: number): { ranks: Uint32Array; all: boolean } | null {
    const { n, index, from } = this.scene;
    if (!index || from) return null;
    const count = countIn(index, view);
    const all = count <= most;
    const ranks = this.gather(view, hideFiltered, all ? n : Math.ceil((n * most) / count));
    return { ranks, all };
  }

  private all(): Uint32Array {
    this.full ??= this.scan(null);
    return this.full;
  }

  /** Walk all ranks in order, sorting them into bands. */
  private scan(view: Bounds | null): Uint32Array {
    const { n, order, bands, positions, from } = this.scene;
    const found = new Uint32Array(n);
    const counts = new Uint32Array(BANDS);
    let count = 0;
    for (let rank = 0; rank < n; rank++) {
      const row = order[rank] as number;
      const x = positions[2 * row] as number;
      const y = positions[2 * row + 1] as number;
      if (!Number.isFinite(x + y)) continue;
      if (view && !inside(view, x, y)) {
        if (!from || !inside(view, from[2 * row] as number, from[2 * row + 1] as number)) continue;
      }
      const band = bands[row] as number;
      if (this.hide && band === FILTERED_BAND) continue;
      found[count++] = rank;
      counts[band] = (counts[band] as number) + 1;
    }
    const ranks = count === n ? found : found.slice(0, count);
    if (counts[ORDINARY_BAND] === count) return ranks;
    return this.byBand(ranks, counts);
  }

  private byBand(ranks: Uint32Array, counts: Uint32Array): Uint32Array {
    const next = new Uint32Array(BANDS);
    for (let band = 1; band < BANDS; band++) next[band] = (next[band - 1] as number) + (counts[band - 1] as number);
    const sorted = new Uint32Array(ranks.length);
    for (const rank of ranks) {
      const band = this.scene.bands[this.scene.order[rank] as number] as number;
      const at = next[band] as number;
      sorted[at] = rank;
      next[band] = at + 1;
    }
    return sorted;
  }

  /** Collect those of rank below `below` from the index, then sort. */
  private gather(view: Bounds, hide: boolean, below: number): Uint32Array {
    const { n, order, bands, positions, index } = this.scene;
    if (!index) return this.scan(view);
    const keys = new Uint32Array(countIn(index, view));
    let count = 0;
    visitCells(index, view, (start, end) => {
      for (let at = start; at < end; at++) {
        const rank = index.ranks[at] as number;
        // They ascend: the rest of the cell lies deeper still.
        if (rank >= below) return;
        const row = order[rank] as number;
        if (!inside(view, positions[2 * row] as number, positions[2 * row + 1] as number)) continue;
        const band = bands[row] as number;
        if (hide && band === FILTERED_BAND) continue;
        keys[count++] = band * n + rank;
      }
    });
    const sorted = keys.subarray(0, count).sort();
    for (let i = 0; i < count; i++) sorted[i] = (sorted[i] as number) % n;
    return sorted;
  }
}

function inside(view: Bounds, x: number, y: number): boolean {
  return x >= view.x0 && x <= view.x1 && y >= view.y0 && y <= view.y1;
}

function intersection(a: Bounds, b: Bounds): Bounds {
  return {
    x0: Math.max(a.x0, b.x0),
    y0: Math.max(a.y0, b.y0),
    x1: Math.min(a.x1, b.x1),
    y1: Math.min(a.y1, b.y1),
  };
}
