/** Whole pictures that boxes are cut from: fetched once for all their boxes, and a few of them kept. */

import type { Source } from "../../store/source";

export interface Whole {
  url: string;
  /** Of the full picture, px: what boxes are measured in. */
  width: number;
  height: number;
}

const MOST = 8;

export class WholePictures {
  private kept = new Map<number, Promise<Whole>>();
  private stop = new AbortController();

  constructor(private readonly source: Source) {}

  /** The picture of a row; the same one for every row that shows it, if that is called by one number. */
  get(row: number): Promise<Whole> {
    const found = this.kept.get(row) ?? this.load(row);
    this.kept.delete(row);
    this.kept.set(row, found); // the one used last stands last
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > MOST && oldest !== undefined) this.drop(oldest);
    return found;
  }

  clear(): void {
    this.stop.abort(new DOMException("the view was closed", "AbortError"));
    this.stop = new AbortController();
    for (const row of [...this.kept.keys()]) this.drop(row);
  }

  private async load(row: number): Promise<Whole> {
    try {
      const { bytes, mime, size } = await this.source.fetchImage(row, true, this.stop.signal);
      const [width = 0, height = 0] = size;
      return { url: URL.createObjectURL(new Blob([bytes as BlobPart], { type: mime })), width, height };
    } catch (error) {
      this.kept.delete(row); // asked again, it may be there
      throw error;
    }
  }

  private drop(row: number): void {
    const dropped = this.kept.get(row);
    this.kept.delete(row);
    dropped?.then(
      ({ url }) => URL.revokeObjectURL(url),
      () => {}, // it never had one
    );
  }
}
