/** One image from near: its picture, flag, label and metadata, and the way to the next. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ImageSent, RowSent } from "../../protocol";
import { BoxPanel } from "../boxes/boxes";
import { useFetched, useObjectUrl } from "../common/fetched";
import { Icon } from "../common/icons";
import type { View } from "../view";
import { LabelChoice } from "./label-choice";

export function Inspector({ view }: { view: View }) {
  const row = view.inspected.value;
  const { store } = view;
  if (row < 0 || row >= store.data.n) return null;
  return <Inspected view={view} row={row} />;
}

function Inspected({ view, row }: { view: View; row: number }) {
  const { store } = view;
  const name = store.data.names.get(row) || `image ${row}`;
  // An edit, of whomever, may have changed what is written of the row.
  const facts = useFetched<RowSent>(row, store.labels.info.value.revision, (at, stop) =>
    store.source.fetchRow(at, stop),
  );
  return (
    <aside class="pp-inspector" aria-label="Inspector">
      <header>
        <strong title={name}>{shortName(name)}</strong>
        <button type="button" class="pp-tool" aria-label="Close" title="Close (Esc)" onClick={() => view.inspect(-1)}>
          <Icon name="close" />
        </button>
      </header>
      {store.data.manifest.value?.boxes ? (
        <BoxPanel view={view} row={row}>
          <Steps view={view} row={row} />
        </BoxPanel>
      ) : (
        <>
          <Picture view={view} row={row} problem={facts.value?.problem ?? ""} />
          <Steps view={view} row={row}>
            <button
              type="button"
              class="pp-link"
              title="Select the images most like this one, and lay them side by side"
              onClick={() => view.showSimilar(row)}
            >
              Similar
            </button>
          </Steps>
        </>
      )}
      <FlagBox view={view} row={row} reason={facts.value?.reason ?? ""} />
      <LabelChoice view={view} row={row} />
      <Metadata view={view} facts={facts.value} error={facts.error} />
    </aside>
  );
}

/** The file's own name: folders matter less than what tells images apart. */
export function shortName(name: string): string {
  return name.split(/[\\/]/).at(-1) || name;
}

/** Previous and next, and where in which sequence the image is. */
export function Steps({ view, row, children }: { view: View; row: number; children?: ComponentChildren }) {
  const sequence = view.sequence();
  const at = sequence.indexOf(row);
  const { review, selection } = view.store;
  const within = review.at.value >= 0 ? " to review" : sequence === selection.value ? " selected" : "";
  return (
    <nav>
      <button type="button" class="pp-tool" aria-label="Previous" title="Previous (←)" onClick={() => view.step(-1)}>
        <Icon name="previous" />
      </button>
      <span>
        {at < 0 ? "not shown" : `${(at + 1).toLocaleString()} of ${sequence.length.toLocaleString()}`}
        {within}
      </span>
      <button type="button" class="pp-tool" aria-label="Next" title="Next (→)" onClick={() => view.step(1)}>
        <Icon name="next" />
      </button>
      {children}
    </nav>
  );
}

function FlagBox({ view, row, reason }: { view: View; row: number; reason: string }) {
  const { store } = view;
  void store.labels.info.value; // flags are in an array beside the signal
  const flagged = store.labels.flags[row] === 1;
  return (
    <div class="pp-flag">
      <label>
        <input
          type="checkbox"
          aria-label="Flag for removal"
          checked={flagged}
          onChange={(event) => store.flag(Int32Array.of(row), event.currentTarget.checked)}
        />
        <span>{flagged ? "Flagged" : "Flag for removal"}</span>
      </label>
      {flagged && <Reason key={row} view={view} row={row} reason={reason} />}
      <kbd>x</kbd>
    </div>
  );
}

function Reason({ view, row, reason }: { view: View; row: number; reason: string }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // What comes late, or from elsewhere, does not disturb who is typing.
    if (input.current && !input.current.matches(":focus")) input.current.value = reason;
  }, [reason]);
  return (
    <input
      ref={input}
      type="text"
      aria-label="Reason"
      placeholder="Why? (optional)"
      onChange={(event) => {
        const text = event.currentTarget.value.trim();
        if (text !== reason) view.store.flag(Int32Array.of(row), true, text);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.isComposing) view.focus?.take();
      }}
    />
  );
}

/** The image, and over it why it cannot be read or placed. */
function Picture({ view, row, problem }: { view: View; row: number; problem: string }) {
  const { value, error } = useFetched<ImageSent>(row, 0, (at, stop) => view.store.source.fetchImage(at, false, stop));
  const canvas = useRef<HTMLCanvasElement>(null);
  const url = useObjectUrl(value);
  useEffect(() => {
    if (canvas.current && view.map) view.map.paint(row, canvas.current);
  }, [row, url, view]);
  const name = view.store.data.names.get(row);
  return (
    <div class="pp-picture">
      {url ? (
        <button
          type="button"
          aria-label="Show full size"
          onClick={() => {
            view.lightbox.value = row;
          }}
        >
          <img src={url} alt={name} />
        </button>
      ) : (
        <canvas ref={canvas} width={256} height={256} />
      )}
      {(problem || error) && <p class="pp-error">{problem || error}</p>}
    </div>
  );
}

function Metadata({ view, facts, error }: { view: View; facts: RowSent | null; error: string }) {
  if (error) return <p class="pp-error">{error}</p>;
  if (!facts) return null;
  // Both stand above, where they are changed.
  const manifest = view.store.data.manifest.value;
  const above = new Set([manifest?.label_column, manifest?.flag_column]);
  return (
    <section>
      {manifest?.boxes && facts.problem && <p class="pp-error">{facts.problem}</p>}
      {facts.description && <p class="pp-description">{facts.description}</p>}
      <dl>
        {facts.fields
          .filter(([column]) => !above.has(column))
          .map(([column, text]) => (
            <div key={column}>
              <dt>{column}</dt>
              <dd title={text}>{text}</dd>
            </div>
          ))}
      </dl>
      {/^https?:\/\//i.test(facts.permalink) && (
        <a href={facts.permalink} target="_blank" rel="noopener noreferrer">
          Open source page <Icon name="out" />
        </a>
      )}
    </section>
  );
}
