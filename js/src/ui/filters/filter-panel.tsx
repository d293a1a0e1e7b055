import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { FacetKind } from "../../protocol";
import { Choice } from "../common/choice";
import type { View } from "../view";
import { FacetValues } from "./facet-values";
import { RangeFilter } from "./range-filter";
import { TextFilter } from "./text-filter";

/** So many columns are open at first. */
const OPEN_AT_FIRST = 2;

const STATES = [
  ["Flagged", "flagged", "not flagged"],
  ["Edited", "edited", "not edited"],
  ["Unreadable", "unreadable", "readable"],
] as const;

/** Narrows the picture by any column, and by what was done to the images. */
export function FilterPanel({ view }: { view: View }) {
  const { store } = view;
  const manifest = store.data.manifest.value;
  const facets = manifest?.facets ?? [];
  const n = manifest?.n ?? 0;
  const shown = store.rows.shown.value;
  const filtered = store.filter.conditions.value.length > 0;
  return (
    <section class="pp-filters" aria-label="Filters">
      <header>
        <strong>{filtered ? `${shown.toLocaleString()} of ${n.toLocaleString()}` : n.toLocaleString()} images</strong>
        <button type="button" class="pp-link" disabled={!filtered} onClick={() => store.filter.set([])}>
          Reset
        </button>
      </header>
      <div class="pp-facets">
        <div class="pp-states">
          {STATES.map(([name, yes, no]) => (
            <StateFilter key={name} view={view} name={name} yes={yes} no={no} />
          ))}
        </div>
        {facets.map(([column, kind], k) => (
          <Facet key={column} view={view} column={column} kind={kind} openAtFirst={k < OPEN_AT_FIRST} />
        ))}
      </div>
      <label class="pp-toggle">
        <input
          type="checkbox"
          checked={view.hideFiltered}
          onChange={(event) => {
            view.hideFiltered.value = event.currentTarget.checked;
          }}
        />
        <span>Hide the rest, not only dim it</span>
      </label>
    </section>
  );
}

function StateFilter({ view, name, yes, no }: { view: View; name: string; yes: string; no: string }) {
  const { filter, data } = view.store;
  if (yes === "unreadable" && !data.manifest.value?.problem_count) return null;
  const now = filter.conditions.value.find((each) => "is" in each && (each.is === yes || each.is === no)) ?? null;
  return (
    <Choice
      name={name}
      options={[
        ["all", "All"],
        [yes, "Yes"],
        [no, "No"],
      ]}
      value={now && "is" in now ? now.is : "all"}
      onChange={(is) => filter.replace(now, is === "all" ? null : { is })}
    />
  );
}

interface FacetProps {
  view: View;
  column: string;
  kind: FacetKind;
  openAtFirst: boolean;
}

function Facet({ view, column, kind, openAtFirst }: FacetProps) {
  const open = useMemo(() => signal(openAtFirst || view.store.filter.on(column) !== null), [view, column, openAtFirst]);
  const active = view.store.filter.on(column) !== null;
  return (
    <section class="pp-facet">
      <h3>
        <button
          type="button"
          aria-expanded={open.value}
          onClick={() => {
            open.value = !open.value;
          }}
        >
          <span class="pp-turn" aria-hidden="true" />
          <span class="pp-name">{column}</span>
          {active && <span class="pp-dot" role="img" aria-label="active" />}
        </button>
      </h3>
      {open.value && <Body view={view} column={column} kind={kind} />}
    </section>
  );
}

function Body({ view, column, kind }: { view: View; column: string; kind: FacetKind }) {
  if (kind === "text") return <TextFilter view={view} column={column} />;
  if (kind === "numbers" || kind === "dates") return <RangeFilter view={view} column={column} />;
  return <FacetValues view={view} column={column} tags={kind === "tags"} />;
}
