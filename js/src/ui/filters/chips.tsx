import type { Condition, FacetSent } from "../../protocol";
import { Icon } from "../common/icons";
import type { View } from "../view";

const MOST_NAMED = 2;

/** What is filtered, each condition to be taken away by a click. */
export function Chips({ view }: { view: View }) {
  const { store } = view;
  const conditions = store.filter.conditions.value;
  if (conditions.length === 0) return null;
  const shown = store.rows.shown.value;
  return (
    <div class="pp-chips" role="toolbar" aria-label="Active filters">
      {conditions.map((condition, k) => {
        const text = describe(condition, store.filter.facets.value);
        return (
          <span key={`${k} ${text}`} class="pp-filter-chip">
            <span title={text}>{text}</span>
            <button
              type="button"
              aria-label={`Remove filter ${text}`}
              onClick={() => store.filter.replace(condition, null)}
            >
              <Icon name="close" />
            </button>
          </span>
        );
      })}
      <button
        type="button"
        class="pp-link"
        disabled={shown === 0}
        onClick={() => view.choose(store.shownRows())}
        title="Select the images that pass"
      >
        Select {shown.toLocaleString()}
      </button>
      <button type="button" class="pp-link" aria-label="Clear filters" onClick={() => store.filter.set([])}>
        Clear
      </button>
    </div>
  );
}

/** A condition in words. */
export function describe(condition: Condition, facets: ReadonlyMap<string, FacetSent>): string {
  if ("query" in condition) return condition.query; // also where its rows alone were kept
  if ("rows" in condition) return `${condition.count.toLocaleString()} rows chosen in Python`;
  if ("is" in condition) return condition.is;
  if ("contains" in condition) return `${condition.column} contains “${condition.contains}”`;
  if ("any" in condition) return `${condition.column}: ${listed(condition.any, " or ")}`;
  if ("all" in condition) return `${condition.column}: ${listed(condition.all, " and ")}`;
  const { column, min, max } = condition;
  const write = writer(facets.get(column));
  if (min === undefined) return `${column} ≤ ${write(max ?? 0)}`;
  return max === undefined ? `${column} ≥ ${write(min)}` : `${column} ${write(min)} – ${write(max)}`;
}

function listed(names: readonly (string | null)[], joint: string): string {
  if (names.length === 0) return "nothing";
  const shown = names.slice(0, MOST_NAMED).map((name) => name ?? "no value");
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(joint)}${joint}${rest} more` : shown.join(joint);
}

/** How values of a column are written: numbers briefly, dates as days, or with the time where all lie close together. */
export function writer(facet: FacetSent | undefined): (value: number) => string {
  if (facet?.kind === "dates") {
    const days = (facet.high - facet.low) / 86_400;
    return (value) => {
      const text = new Date(value * 1000).toISOString().replace(".000Z", "").replace("T", " ");
      return days < 3 ? text.slice(0, text.lastIndexOf(":")) : text.slice(0, text.indexOf(" "));
    };
  }
  const span = facet ? facet.high - facet.low : 1;
  const digits = Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(span || 1))));
  return (value) => String(Number(value.toFixed(Number.isInteger(value) ? 0 : digits)));
}
