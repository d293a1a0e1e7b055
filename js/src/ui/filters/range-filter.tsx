import type { Condition, FacetSent } from "../../protocol";
import type { View } from "../view";
import { writer } from "./chips";

/** Steps of a handle over the whole range. */
const STEPS = 400;
const DAY_S = 86_400;

interface Range {
  min: number;
  max: number;
}

/** A histogram with two handles, for numbers and dates. */
export function RangeFilter({ view, column }: { view: View; column: string }) {
  const { filter } = view.store;
  const facet = filter.facet(column);
  if (!facet) return <p class="pp-soft">Loading…</p>;
  if (facet.counts.length === 0) return <p class="pp-soft">No values.</p>;
  const now = filter.on(column);
  const range = rangeOf(now, facet);
  const write = writer(facet);
  const step = stepOf(facet);
  const move = (side: keyof Range, to: number, settled: boolean) => {
    const latest = filter.on(column); // not the one that was drawn: a change follows an input at once
    const { min, max } = rangeOf(latest, facet);
    const next = side === "min" ? { min: Math.min(to, max), max } : { min, max: Math.max(to, min) };
    filter.replace(latest, conditionOf(column, next, facet), settled);
  };
  return (
    <div class="pp-range">
      <Histogram view={view} facet={facet} range={range} />
      <div class="pp-handles">
        {(["min", "max"] as const).map((side) => (
          <input
            key={side}
            type="range"
            aria-label={`${side === "min" ? "Lowest" : "Highest"} ${column}`}
            aria-valuetext={write(range[side])}
            min={facet.low}
            max={facet.high}
            step={step}
            value={range[side]}
            disabled={facet.low === facet.high}
            onInput={(event) => move(side, Number(event.currentTarget.value), false)}
            onChange={(event) => move(side, Number(event.currentTarget.value), true)}
          />
        ))}
      </div>
      <div class="pp-ends">
        <span>{write(range.min)}</span>
        {facet.missing > 0 && <span>{facet.missing.toLocaleString()} without</span>}
        <span>{write(range.max)}</span>
      </div>
    </div>
  );
}

function stepOf({ low, high, kind, whole }: FacetSent): number | "any" {
  const step = (high - low) / STEPS;
  if (kind === "dates") return step >= 1 ? Math.max(1, Math.round(step)) : "any";
  if (whole) return Math.max(1, Math.round(step));
  return step > 0 ? step : "any";
}

function rangeOf(now: Condition | null, { low, high }: FacetSent): Range {
  if (!now || !("column" in now) || "any" in now || "all" in now || "contains" in now) return { min: low, max: high };
  return { min: now.min ?? low, max: now.max ?? high };
}

/** The ends of the range are no bounds: then new rows beyond them pass too. */
function conditionOf(column: string, { min, max }: Range, facet: FacetSent): Condition | null {
  const low = min <= facet.low ? {} : { min: facet.kind === "dates" ? dayStart(min, facet) : min };
  // A handle's last step may fall short of the end.
  const slack = facet.whole && facet.kind === "numbers" ? 0 : (facet.high - facet.low) / STEPS / 2;
  const high = max >= facet.high - slack ? {} : { max };
  const condition = { column, ...low, ...high };
  return "min" in condition || "max" in condition ? condition : null;
}

/** Over years, a day's part does not matter: bounds are whole days then. */
function dayStart(seconds: number, { low, high }: FacetSent): number {
  return high - low < STEPS * DAY_S ? seconds : Math.floor(seconds / DAY_S) * DAY_S;
}

/** All images in gray, those that are shown in color over it. */
function Histogram({ view, facet, range }: { view: View; facet: FacetSent; range: Range }) {
  const { counts, low, high } = facet;
  const { conditions } = view.store.filter;
  const shown = conditions.value.length > 0 && facet.complete ? countShown(view, facet) : null;
  const highest = Math.max(...counts, 1);
  const share = (at: number) => (high > low ? (at - low) / (high - low) : 0) * counts.length;
  const bar = (count: number) => (count === 0 ? 0 : Math.max(0.04, Math.sqrt(count / highest)));
  return (
    <svg class="pp-histogram" viewBox={`0 0 ${counts.length} 1`} preserveAspectRatio="none" aria-hidden="true">
      {Array.from(counts, (count, k) => {
        const inside = k + 1 > share(range.min) && k < Math.max(share(range.max), share(range.min) + 1e-9);
        const kept = shown ? (shown[k] as number) : inside ? count : 0;
        return (
          <g key={k}>
            <rect class="pp-bar" x={k} y={1 - bar(count)} width={0.86} height={bar(count)} />
            <rect class="pp-bar pp-kept" x={k} y={1 - bar(kept)} width={0.86} height={bar(kept)} />
          </g>
        );
      })}
    </svg>
  );
}

function countShown({ store }: View, { values, counts, low, high }: FacetSent): Uint32Array {
  const bins = new Uint32Array(counts.length);
  const span = high - low || 1;
  if (store.rows.shown.value === 0) return bins;
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] as number;
    if (Number.isNaN(value) || !store.filter.isShown(row)) continue;
    const bin = Math.min(counts.length - 1, Math.floor((value / span) * counts.length));
    bins[bin] = (bins[bin] as number) + 1;
  }
  return bins;
}
