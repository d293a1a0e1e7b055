/**
 * Which rows are shown. The kernel holds the filter; this page judges its conditions at once, as far as it has the
 * columns, so that a busy kernel is not waited for. What only the kernel can judge comes from its last answer.
 */

import { signal } from "@preact/signals";
import type { Condition, FacetSent, FilterSent, FilterWanted, Manifest } from "../protocol";
import { NameTable } from "./dataset";
import type { LabelState } from "./labels";

type Judge = (row: number) => boolean;

interface Surroundings {
  client: string;
  send(message: FilterWanted): void;
  want(part: string): void;
  labels: LabelState;
  manifest(): Manifest | null;
  /** Any row may be shown or not shown now. */
  changed(): void;
}

export class Filter {
  readonly conditions = signal<readonly Condition[]>([]);
  readonly facets = signal<ReadonlyMap<string, FacetSent>>(new Map());
  /** Columns of text that this page can search itself. */
  readonly texts = new Map<string, NameTable>();
  /** 1 where a row passes; null: all do. */
  private passes: Uint8Array | null = null;
  private answer: FilterSent | null = null;
  private seq = 0;
  private readonly wanted = new Set<string>();

  constructor(private readonly around: Surroundings) {}

  isShown(row: number): boolean {
    return this.passes === null || this.passes[row] === 1;
  }

  // --- actions ---

  /** Shows only rows of which all conditions hold. Not `settled`: a handle still moves, and the kernel need not know. */
  set(conditions: readonly Condition[], settled = true): void {
    this.conditions.value = conditions;
    this.judgeAll();
    if (settled) {
      this.seq += 1;
      const { client } = this.around;
      this.around.send({ type: "set-filter", client, seq: this.seq, conditions: [...conditions] });
    }
    this.around.changed();
  }

  /**
   * Puts a condition in the place of another one, at the end if there is none such; null takes it away. What it says
   * counts, not which object it is: with every answer the kernel's own come in the place of those that were asked for.
   */
  replace(before: Condition | null, after: Condition | null, settled = true): void {
    const said = JSON.stringify(before);
    const next = this.conditions.value.flatMap((each) =>
      JSON.stringify(each) === said ? (after ? [after] : []) : [each],
    );
    if (after && !next.includes(after)) next.push(after);
    this.set(next, settled);
  }

  /** The first condition on a column. */
  on(column: string): Condition | null {
    return this.conditions.value.find((each) => "column" in each && each.column === column) ?? null;
  }

  /** A column as one can filter by it; asks for it where it is not here, and gives null for now. */
  facet(column: string): FacetSent | null {
    const found = this.facets.value.get(column);
    if (!found && !this.wanted.has(column)) {
      this.wanted.add(column);
      this.around.want(`facet/${column}`);
    }
    return found ?? null;
  }

  // --- what comes in ---

  addFacet(facet: FacetSent): void {
    this.facets.value = new Map(this.facets.value).set(facet.name, facet);
    if (facet.kind === "text" && facet.complete) {
      const table = new NameTable();
      table.add({ type: "names", start: 0, offsets: facet.offsets, text: facet.text });
      this.texts.set(facet.name, table);
    }
    if (!this.conditions.value.some((each) => "column" in each && each.column === facet.name)) return;
    this.judgeAll();
    this.around.changed();
  }

  /** The kernel's filter, unless this page has asked for another since. */
  receive(message: FilterSent): void {
    if (message.client === this.around.client && message.seq < this.seq) return;
    this.answer = message;
    this.conditions.value = message.conditions;
    this.passes = message.mask.length > 0 ? message.mask.slice() : null;
    this.around.changed();
  }

  /** Labels or flags of some rows are others, or of all (null). */
  edited(rows: Int32Array | null): void {
    if (this.conditions.value.length === 0) return;
    if (rows === null || this.passes === null) this.judgeAll();
    else {
      const judge = this.judge();
      for (const row of rows) this.passes[row] = judge(row) ? 1 : 0;
    }
  }

  // --- judging ---

  private judgeAll(): void {
    const n = this.around.manifest()?.n ?? 0;
    if (this.conditions.value.length === 0) this.passes = null;
    else {
      const judge = this.judge();
      this.passes = Uint8Array.from({ length: n }, (_, row) => (judge(row) ? 1 : 0));
    }
  }

  private judge(): Judge {
    const conditions = this.conditions.value;
    const judges: Judge[] = [];
    let known = true; // whether only queries, rows and texts are left to the kernel, which it judges apart
    let alone = false;
    for (const condition of conditions) {
      const judge = this.judgeOf(condition);
      if (judge) judges.push(judge);
      else if ("query" in condition || "rows" in condition || "contains" in condition) alone = true;
      else known = false;
    }
    const fixed = this.answer?.fixed;
    if (alone && fixed && fixed.length > 0) judges.push((row) => fixed[row] === 1);
    const mask = this.answer?.mask;
    if (!known && mask && mask.length > 0) judges.push((row) => mask[row] === 1);
    return (row) => judges.every((judge) => judge(row));
  }

  /** Null where this page cannot judge. */
  private judgeOf(condition: Condition): Judge | null {
    if ("is" in condition) return this.stateJudge(condition.is);
    if (!("column" in condition)) return null;
    if ("contains" in condition) return this.textJudge(condition.column, condition.contains);
    const manifest = this.around.manifest();
    if (manifest && condition.column === manifest.label_column && "any" in condition) {
      const { labels } = this.around;
      const codes = codesOf(condition.any, labels.info.value.names);
      return (row) => codes.has(labels.codes[row] as number);
    }
    const facet = this.facet(condition.column);
    return facet?.complete ? judgeByFacet(condition, facet, manifest?.n ?? 0) : null;
  }

  private textJudge(column: string, text: string): Judge | null {
    this.facet(column); // asked for where it is not here
    const found = this.texts.get(column)?.search(text);
    if (!found) return null;
    const rows = new Set(found);
    return (row) => rows.has(row);
  }

  private stateJudge(state: string): Judge | null {
    const { labels, manifest } = this.around;
    const wanted = state === "readable" || state.startsWith("not ") ? 0 : 1;
    if (state.endsWith("flagged")) return (row) => labels.flags[row] === wanted;
    if (state.endsWith("edited")) return (row) => labels.edited[row] === wanted;
    const known = manifest();
    if (!known || known.problem_count > known.problems.length) return null;
    const unreadable = new Set(known.problems.map(([row]) => row));
    return (row) => unreadable.has(row) === (wanted === 1);
  }
}

/** Codes of names; -1 for null, which is no value. */
export function codesOf(names: readonly (string | null)[], all: readonly string[]): Set<number> {
  const wanted = new Set(names);
  const codes = new Set<number>();
  if (wanted.has(null)) codes.add(-1);
  all.forEach((name, code) => {
    if (wanted.has(name)) codes.add(code);
  });
  return codes;
}

function judgeByFacet(condition: Condition, facet: FacetSent, n: number): Judge | null {
  if (facet.kind === "numbers" || facet.kind === "dates") {
    const { min, max } = condition as { min?: number; max?: number };
    const low = min === undefined ? Number.NEGATIVE_INFINITY : Math.fround(min - facet.low);
    const high = max === undefined ? Number.POSITIVE_INFINITY : Math.fround(max - facet.low);
    return (row) => {
      const value = facet.values[row] as number; // NaN is in no range
      return value >= low && value <= high;
    };
  }
  const wanted = "all" in condition ? condition.all : "any" in condition ? condition.any : [];
  if (facet.kind === "categories") {
    const codes = codesOf(wanted, facet.names);
    const every = "all" in condition && new Set(wanted).size > 1;
    return (row) => !every && codes.has(facet.codes[row] as number);
  }
  return facet.kind === "tags" ? judgeTags(facet, wanted, "all" in condition, n) : null;
}

function judgeTags(facet: FacetSent, wanted: readonly (string | null)[], all: boolean, n: number): Judge {
  const codes = codesOf(wanted, facet.names);
  const borne = new Uint16Array(n);
  const any = new Uint8Array(n);
  facet.rows.forEach((row, i) => {
    any[row] = 1;
    if (codes.has(facet.codes[i] as number)) borne[row] = (borne[row] as number) + 1;
  });
  const least = all ? new Set(wanted).size : 1;
  const bare = codes.has(-1) ? 1 : 0;
  return (row) => (borne[row] as number) + (bare && !any[row] ? 1 : 0) >= least;
}
