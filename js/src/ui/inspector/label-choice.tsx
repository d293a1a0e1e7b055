/** The inspector's labels: one radio button each, the key that gives it, and a box to find or make one. */

import { Icon } from "../common/icons";
import { cssColor } from "../legend/legend";
import type { View } from "../view";
import { LabelKey, LabelSearchBox, useLabelQuery } from "./label-search";

/** With so many labels there is a search box above them. */
const SEARCH_FROM = 13;

export function LabelChoice({ view, row }: { view: View; row: number }) {
  const { store } = view;
  const query = useLabelQuery(view);
  const { names, palette } = store.labels.info.value;
  const code = store.labels.codes[row] ?? -1;
  const manifest = store.data.manifest.value;
  const canMake = manifest?.new_labels ?? false;
  const give = (name: string | null) => {
    // In a review what is chosen with the pointer, or typed, decides, as a key does; who walks the buttons does not.
    if (store.review.row() === row) view.give(name);
    else store.relabel(Int32Array.of(row), name);
  };
  const walk = (name: string | null) => {
    if (view.focus?.pointed) give(name);
    else store.relabel(Int32Array.of(row), name);
  };
  const marked = query.taken();
  return (
    <section>
      <h3>
        <span>{manifest?.label_column ?? "Label"}</span>
        {code >= 0 ? (
          <>
            <span class="pp-swatch" style={{ background: cssColor(palette, code) }} />
            <strong title={names[code]}>{names[code]}</strong>
            <button
              type="button"
              class="pp-tool"
              aria-label="Take the label away"
              title="Take the label away"
              onClick={() => give(null)}
            >
              <Icon name="close" />
            </button>
          </>
        ) : (
          <em>unlabeled</em>
        )}
      </h3>
      <SuggestedLabel view={view} row={row} />
      <ClassKeys view={view} />
      {(names.length >= SEARCH_FROM || canMake) && (
        <LabelSearchBox
          view={view}
          query={query}
          class="pp-find-label"
          name="Search labels"
          placeholder={canMake ? "Find, or type a new label… (n)" : `Find in ${names.length}… (n)`}
          onTake={(name) => {
            give(name);
            view.focus?.take();
          }}
          onLeave={() => {}}
        />
      )}
      <div class="pp-labels" role="radiogroup" aria-label="Label">
        {query.choices.value.map(({ name, code: k }) =>
          k < 0 ? (
            <button
              key="new"
              type="button"
              class="pp-entry pp-new"
              data-marked={marked?.code === k}
              onClick={() => {
                give(name);
                query.type("");
              }}
            >
              <span class="pp-name">Add label “{name}”</span>
              {marked?.code === k && <kbd>Enter</kbd>}
            </button>
          ) : (
            <label key={k} class={k === code ? "pp-entry pp-on" : "pp-entry"} data-marked={marked?.code === k}>
              <input
                type="radio"
                name={`${view.id}-label`}
                value={name}
                checked={k === code}
                // The browser checks it by itself when it is clicked, also where the next image is shown at once.
                ref={(input) => {
                  if (input) input.checked = k === code;
                }}
                onChange={() => walk(name)}
              />
              <span class="pp-swatch" style={{ background: cssColor(palette, k) }} />
              <span class="pp-name" title={name}>
                {name}
              </span>
              <LabelKey view={view} code={k} marked={marked} />
            </label>
          ),
        )}
      </div>
    </section>
  );
}

/** Where labels are computed, what keys give in their place. */
function ClassKeys({ view }: { view: View }) {
  const { names, keys, classes } = view.keyed.value;
  if (!classes) return null;
  return (
    <fieldset class="pp-labels" aria-label="Class">
      {names.map((name, k) => (
        <button
          key={name}
          type="button"
          class="pp-entry"
          title={name}
          onClick={() => view.giveByKey(keys[k] ?? "", false)}
        >
          <span class="pp-name">{name}</span>
          {keys[k] && <kbd>{keys[k]}</kbd>}
        </button>
      ))}
    </fieldset>
  );
}

/** What a column of the frame suggests. Where that is nothing the line stays: what is below must not jump. */
function SuggestedLabel({ view, row }: { view: View; row: number }) {
  const { labels, suggested } = view.store;
  if (!suggested.known) return null;
  const name = suggested.of(row);
  const { names, palette } = labels.info.value;
  return (
    <button
      type="button"
      class="pp-entry pp-suggested"
      disabled={name === null}
      title={name === null ? "No other label is suggested" : `Give the label “${name}”`}
      onClick={() => view.takeSuggested()}
    >
      <span>Suggested</span>
      {name === null ? (
        <em>no other</em>
      ) : (
        <>
          <span class="pp-swatch" style={{ background: cssColor(palette, names.indexOf(name)) }} />
          <span class="pp-name">{name}</span>
          <kbd>s</kbd>
        </>
      )}
    </button>
  );
}
