import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";

import type { Condition } from "../../protocol";
import { folded } from "../../store/folded";
import { Choice } from "../common/choice";
import type { View } from "../view";

/** More values than this get a search box. */
const SEARCH_FROM = 9;
/** So many are listed at once; the others are found by search. */
const MOST_LISTED = 200;

interface Value {
  name: string | null;
  count: number;
}

/** What a column holds, and of how many images; null while that is on its way. */
function valuesOf(view: View, column: string): Value[] | null {
  const { labels, data, filter } = view.store;
  if (column === data.manifest.value?.label_column) {
    const { names, counts, unlabeled } = labels.info.value;
    return withMissing(names, counts, unlabeled);
  }
  const facet = filter.facet(column);
  if (!facet) return null;
  let { missing } = facet;
  if (facet.kind === "tags" && facet.complete) missing = data.n - new Set(facet.rows).size;
  return withMissing(facet.names, facet.counts, missing);
}

function withMissing(names: readonly string[], counts: ArrayLike<number>, missing: number): Value[] {
  const values: Value[] = names.map((name, code) => ({ name, count: counts[code] ?? 0 }));
  return missing > 0 ? [...values, { name: null, count: missing }] : values;
}

function chosenIn(condition: Condition | null): readonly (string | null)[] {
  return condition && "any" in condition ? condition.any : condition && "all" in condition ? condition.all : [];
}

/** Boxes to tick for the categories or tags of a column. */
export function FacetValues({ view, column, tags }: { view: View; column: string; tags: boolean }) {
  const { filter } = view.store;
  const query = useMemo(() => signal(""), []);
  const all = useMemo(() => signal(false), []);
  const values = valuesOf(view, column);
  const now = filter.on(column);
  if (!values) return <p class="pp-soft">Loading…</p>;
  const chosen = chosenIn(now);
  const every = now ? "all" in now : all.value;
  const condition = (names: (string | null)[], together: boolean): Condition | null =>
    names.length === 0 ? null : together ? { column, all: names } : { column, any: names };
  const needle = folded(query.value.trim());
  const found = values.filter(({ name }) => folded(name ?? "no value").includes(needle));
  const listed = found.slice(0, MOST_LISTED);
  const toggle = (name: string | null) => {
    const latest = filter.on(column); // not what was drawn: two boxes may be ticked before it is drawn again
    const before = chosenIn(latest);
    const next = before.includes(name) ? before.filter((each) => each !== name) : [...before, name];
    filter.replace(latest, condition(next, latest ? "all" in latest : all.value));
  };
  return (
    <>
      {tags && (
        <Choice
          name="Images with"
          options={[
            ["any", "Any"],
            ["all", "All"],
          ]}
          value={every ? "all" : "any"}
          onChange={(mode) => {
            all.value = mode === "all";
            if (now) filter.replace(now, condition([...chosen], mode === "all"));
          }}
        />
      )}
      {values.length >= SEARCH_FROM && (
        <input
          type="search"
          aria-label={`Find in ${column}`}
          placeholder={`Find in ${values.length.toLocaleString()}…`}
          value={query}
          onInput={(event) => {
            query.value = event.currentTarget.value;
          }}
        />
      )}
      <fieldset class="pp-values" aria-label={column}>
        {listed.map(({ name, count }) => (
          <label key={name ?? "\0"} class="pp-entry" title={name ?? "no value"}>
            <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />
            <span class={name === null ? "pp-name pp-soft" : "pp-name"}>{name ?? "no value"}</span>
            <span class="pp-count">{count.toLocaleString()}</span>
          </label>
        ))}
        {listed.length === 0 && <p class="pp-soft">{needle ? "Nothing of that name." : "No values."}</p>}
        {found.length > listed.length && (
          <p class="pp-soft">and {(found.length - listed.length).toLocaleString()} more: search for them</p>
        )}
      </fieldset>
    </>
  );
}
