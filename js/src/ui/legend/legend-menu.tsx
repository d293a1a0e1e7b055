import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { View } from "../view";

export interface Entry {
  code: number;
  name: string;
  count: number;
  color: string;
}

interface Props {
  view: View;
  entry: Entry;
  /** Whether it is a label, which may be given another name. */
  renamable: boolean;
  done: () => void;
}

/** What can be done with one entry of the legend, below it: by mouse, keys or touch alike. */
export function LegendMenu({ view, entry, renamable, done }: Props) {
  const { store } = view;
  const { code, name, count } = entry;
  const isolated = store.coloring.isolated.value;
  const shown = isolated.has(code);
  return (
    <fieldset
      class="pp-legend-menu"
      aria-label={name}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        done();
      }}
    >
      {renamable && <Rename view={view} name={name} done={done} />}
      <div>
        <button type="button" onClick={() => store.coloring.isolateOne(code, false)}>
          {shown && isolated.size === 1 ? "Show all" : "Only these"}
        </button>
        {isolated.size > 0 && !(shown && isolated.size === 1) && (
          <button type="button" onClick={() => store.coloring.isolateOne(code, true)}>
            {shown ? "Not these" : "These too"}
          </button>
        )}
        <button
          type="button"
          onClick={() => {
            view.choose(view.rowsOf(code));
            done();
          }}
        >
          Select {count.toLocaleString()}
        </button>
      </div>
    </fieldset>
  );
}

function Rename({ view, name, done }: { view: View; name: string; done: () => void }) {
  const { store } = view;
  const text = useMemo(() => signal(name), [name]);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  const { names } = store.labels.info.value;
  const open = store.data.manifest.value?.new_labels ?? false;
  const wanted = text.value.trim();
  const merges = wanted !== name && names.includes(wanted);
  const possible = wanted !== "" && wanted !== name && (open || merges);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const typed = input.current?.value.trim() ?? ""; // Enter may be quicker than what is drawn
        if (typed === "" || typed === name || !(open || names.includes(typed))) return;
        store.renameLabel(name, typed);
        done();
      }}
    >
      <input
        ref={input}
        type="text"
        aria-label={`New name for ${name}`}
        value={text}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
      <button type="submit" aria-disabled={!possible}>
        {merges ? "Merge" : "Rename"}
      </button>
      {!open && !merges && wanted !== name && <p class="pp-soft">Only labels of the list may be given.</p>}
    </form>
  );
}
