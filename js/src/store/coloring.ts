/** What images are colored by, and the filter as far as it is one of colors. */

import { computed, type ReadonlySignal } from "@preact/signals";
import type { Appearance } from "./appearance";
import type { Dataset } from "./dataset";
import { codesOf, type Filter } from "./filter";
import type { LabelState } from "./labels";
import { lengthened } from "./row-sets";

export interface Colors {
  name: string;
  kind: "categories" | "scale" | "none";
  names: readonly string[];
  palette: Uint8Array;
}

/** Name of the coloring that is the label column itself: it follows edits at once. */
export const LABEL_COLORING = "";

const NO_COLORS: Colors = { name: "none", kind: "none", names: [], palette: new Uint8Array(0) };

export class ColoringState {
  readonly colors: ReadonlySignal<Colors>;
  /** Codes of the coloring to which the filter narrows the picture; empty: all. */
  readonly isolated: ReadonlySignal<ReadonlySet<number>>;
  private noCodes = new Int32Array(0);

  constructor(
    private readonly data: Dataset,
    private readonly appearance: Appearance,
    private readonly labels: LabelState,
    private readonly filter: Filter,
  ) {
    this.colors = computed(() => {
      const name = appearance.colorBy.value;
      if (name === null) return NO_COLORS;
      const coloring = data.colorings.value.get(name);
      if (coloring) return coloring;
      const { names, palette } = labels.info.value;
      return { name: LABEL_COLORING, kind: "categories", names, palette };
    });
    this.isolated = computed(() => {
      const { kind, names } = this.colors.value;
      const condition = kind === "categories" ? filter.on(this.column()) : null;
      return condition && "any" in condition ? codesOf(condition.any, names) : new Set();
    });
  }

  /** Narrows the picture to codes of the coloring; an empty set shows all. */
  isolate(codes: ReadonlySet<number>): void {
    const column = this.column();
    const { names } = this.colors.value;
    const any = [...codes].map((code) => names[code] ?? null);
    this.filter.replace(this.filter.on(column), codes.size > 0 ? { column, any } : null);
  }

  /** Narrows the picture to one code, or to one more or fewer; to all where it was that one already. */
  isolateOne(code: number, add: boolean): void {
    const isolated = this.isolated.value;
    const next = new Set(add ? isolated : []);
    const wasOnly = !add && isolated.size === 1 && isolated.has(code);
    if (wasOnly || next.has(code)) next.delete(code);
    else next.add(code);
    this.isolate(next);
  }

  /** The column that is colored by, by its own name. */
  column(): string {
    return this.appearance.colorBy.value || (this.data.manifest.value?.label_column ?? "");
  }

  /** Codes of the coloring that is shown, one a row. */
  codes(): Int32Array {
    const name = this.appearance.colorBy.value;
    if (name === null) {
      if (this.noCodes.length !== this.data.n) this.noCodes = new Int32Array(this.data.n).fill(-1);
      return this.noCodes;
    }
    const codes = this.data.colorings.value.get(name)?.codes ?? this.labels.codes;
    // Those of rows that have just been added are on their way.
    return codes.length < this.data.n ? lengthened(codes, this.data.n, -1) : codes;
  }
}
