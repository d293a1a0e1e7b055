/** What the painter has yet to be told of places and looks: collected as things change, handed over before a frame. */
import { type LookSource, writeLook } from "./looks";
import type { Painter } from "./painter";
import type { Picture } from "./picture";
import type { Scene } from "./scene";

export class Uploads {
  private placesDue = true;
  private looksDue = true;
  private readonly touched = new Set<number>();

  constructor(
    private readonly scene: Scene,
    private readonly picture: Picture,
    private readonly looks: LookSource,
  ) {}

  /** All looks have been handed over. */
  get settled(): boolean {
    return this.touched.size === 0 && !this.looksDue;
  }

  movePlaces(): void {
    this.placesDue = true;
  }

  /** Any look may be another. */
  touchAll(): void {
    this.looksDue = true;
    this.picture.demand("over");
  }

  touchRow(row: number): void {
    this.touched.add(this.scene.ranks[row] as number);
  }

  touchRanks(ranks: Iterable<number>): void {
    for (const rank of ranks) this.touched.add(rank);
  }

  /** Ranks are others now, and so is everything. */
  startOver(): void {
    this.touched.clear();
    this.placesDue = true;
    this.touchAll();
  }

  applyPlaces(painter: Painter): void {
    if (this.placesDue) painter.setPlaces(this.fillPlaces);
    this.placesDue = false;
  }

  applyLooks(painter: Painter): void {
    const write = (rank: number, out: Uint32Array, at: number): void => writeLook(this.looks, rank, out, at);
    if (this.looksDue) painter.setLooks(write);
    else if (this.touched.size > 0) painter.touchLooks(Uint32Array.from(this.touched), write);
    if (!this.looksDue) this.picture.touch(this.touched);
    this.looksDue = false;
    this.touched.clear();
  }

  private readonly fillPlaces = (start: number, end: number, out: Float32Array): void => {
    const { order, positions, from } = this.scene;
    for (let rank = start; rank < end; rank++) {
      const row = order[rank] as number;
      const at = 4 * (rank - start);
      const x = positions[2 * row] as number;
      const y = positions[2 * row + 1] as number;
      // Unplaced rows are in no list; zero keeps NaN out of the GPU's hands.
      out[at + 2] = Number.isFinite(x) ? x : 0;
      out[at + 3] = Number.isFinite(y) ? y : 0;
      out[at] = from && Number.isFinite(x) ? (from[2 * row] as number) : (out[at + 2] as number);
      out[at + 1] = from && Number.isFinite(y) ? (from[2 * row + 1] as number) : (out[at + 3] as number);
    }
  };
}
