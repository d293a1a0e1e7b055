import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { ImageSent, RowSent } from "../protocol";
import { BoxLightbox } from "./box-lightbox";
import { BoxPanel } from "./boxes";
import { Icon } from "./icons";
import { keyOfLabel } from "./keys";
import { cssColor } from "./legend";
import type { View } from "./view";

/** With more labels than this there is a search box above them. */
const SEARCH_FROM = 13;

export function Inspector({ view }: { view: View }) {
  const row = view.inspected.value;
  const { store } = view;
  if (row < 0 || row >= store.data.n) return null;
  const name = store.data.names.get(row) || `image ${row}`;
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
          <Picture view={view} row={row} />
          <Steps view={view} row={row} />
        </>
      )}
      <FlagBox view={view} row={row} />
      <LabelChoice view={view} row={row} />
      <Metadata view={view} row={row} />
    </aside>
  );
}

/** Previous and next, and where one is. */
function Steps({ view, row }: { view: View; row: number }) {
  const sequence = view.sequence();
  const at = sequence.indexOf(row);
  return (
    <nav>
      <button type="button" class="pp-tool" aria-label="Previous" title="Previous (←)" onClick={() => view.step(-1)}>
        <Icon name="previous" />
      </button>
      <span>
        {at < 0 ? "not shown" : `${(at + 1).toLocaleString()} of ${sequence.length.toLocaleString()}`}
        {sequence === view.store.selection.value ? " selected" : ""}
      </span>
      <button type="button" class="pp-tool" aria-label="Next" title="Next (→)" onClick={() => view.step(1)}>
        <Icon name="next" />
      </button>
    </nav>
  );
}

/** The file's own name: folders matter less than what tells images apart. */
export function shortName(name: string): string {
  return name.split(/[\\/]/).at(-1) || name;
}

function LabelChoice({ view, row }: { view: View; row: number }) {
  const { store } = view;
  const query = useMemo(() => signal(""), []);
  const { names, palette } = store.labels.info.value;
  const code = store.labels.codes[row];
  const canMake = store.data.manifest.value?.new_labels ?? false;
  const needle = query.value.trim().toLowerCase();
  const visible = names.map((name, k) => ({ name, k })).filter(({ name }) => name.toLowerCase().includes(needle));
  const isNew = canMake && needle !== "" && !names.includes(query.value.trim());
  const give = (name: string) => {
    store.relabel(Int32Array.of(row), name);
    query.value = "";
  };
  return (
    <section>
      <h3>{store.data.manifest.value?.label_column ?? "Label"}</h3>
      {(names.length >= SEARCH_FROM || canMake) && (
        <input
          type="search"
          aria-label="Search labels"
          placeholder={canMake ? "Find, or type a new label…" : `Find in ${names.length}…`}
          value={query}
          onInput={(event) => {
            query.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            const only = visible.length === 1 ? visible[0]?.name : undefined;
            if (only !== undefined) give(only);
            else if (isNew) give(query.value.trim());
          }}
        />
      )}
      <div class="pp-labels" role="radiogroup" aria-label="Label">
        {visible.map(({ name, k }) => (
          <label key={k} class={k === code ? "pp-entry pp-on" : "pp-entry"}>
            <input type="radio" name={`label-${row}`} value={name} checked={k === code} onChange={() => give(name)} />
            <span class="pp-swatch" style={{ background: cssColor(palette, k) }} />
            <span class="pp-name">{name}</span>
            {keyOfLabel(k) && <kbd>{keyOfLabel(k)}</kbd>}
          </label>
        ))}
      </div>
      {isNew && (
        <button type="button" class="pp-link" onClick={() => give(query.value.trim())}>
          New label “{query.value.trim()}”
        </button>
      )}
    </section>
  );
}

function FlagBox({ view, row }: { view: View; row: number }) {
  const { store } = view;
  void store.labels.info.value; // flags are in an array beside the signal
  const flagged = store.labels.flags[row] === 1;
  const { value } = useFetched<RowSent>(view, row, (at, stop) => store.source.fetchRow(at, stop));
  return (
    <div class="pp-flag">
      <label>
        <input
          type="checkbox"
          aria-label="Flag for removal"
          checked={flagged}
          onChange={(event) => store.flag(Int32Array.of(row), event.currentTarget.checked)}
        />
        <span>Flag for removal</span>
        <kbd>x</kbd>
      </label>
      {flagged && (
        <input
          key={row}
          type="text"
          aria-label="Reason"
          placeholder="Why? (optional)"
          defaultValue={value?.reason ?? ""}
          onChange={(event) => store.flag(Int32Array.of(row), true, event.currentTarget.value)}
        />
      )}
    </div>
  );
}

/** Calls `fetch` for a row, and gives what it last answered for that same row. */
function useFetched<T>(
  view: View,
  row: number,
  fetch: (row: number, stop: AbortSignal) => Promise<T>,
): { value: T | null; error: string } {
  const state = useMemo(
    () => signal<{ row: number; value: T | null; error: string }>({ row: -1, value: null, error: "" }),
    [view],
  );
  const keep = useRef(fetch);
  keep.current = fetch;
  useEffect(() => {
    const asking = new AbortController();
    keep.current(row, asking.signal).then(
      (value) => {
        state.value = { row, value, error: "" };
      },
      (error) => {
        if (!asking.signal.aborted) state.value = { row, value: null, error: String(error.message ?? error) };
      },
    );
    return () => asking.abort(new DOMException("another image was opened", "AbortError"));
  }, [row, state]);
  return state.value.row === row ? state.value : { value: null, error: "" };
}

function Picture({ view, row }: { view: View; row: number }) {
  const { value, error } = useFetched<ImageSent>(view, row, (at, stop) =>
    view.store.source.fetchImage(at, false, stop),
  );
  const canvas = useRef<HTMLCanvasElement>(null);
  const url = useMemo(
    () => (value ? URL.createObjectURL(new Blob([value.bytes as BlobPart], { type: value.mime })) : ""),
    [value],
  );
  useEffect(() => {
    if (canvas.current && view.map) view.map.paint(row, canvas.current);
    return () => URL.revokeObjectURL(url);
  }, [row, url, view]);
  const name = view.store.data.names.get(row);
  return (
    <div class="pp-picture">
      {url ? (
        <button type="button" aria-label="Show full size" onClick={() => openLightbox(view, row)}>
          <img src={url} alt={name} />
        </button>
      ) : (
        <canvas ref={canvas} width={256} height={256} />
      )}
      {error && <p class="pp-error">{error}</p>}
    </div>
  );
}

function openLightbox(view: View, row: number): void {
  view.lightbox.value = row;
}

function Metadata({ view, row }: { view: View; row: number }) {
  // A relabelled row says its new label here too.
  const { value, error } = useFetched<RowSent>(view, row, (at, stop) => view.store.source.fetchRow(at, stop));
  if (error) return <p class="pp-error">{error}</p>;
  if (!value) return null;
  const label = view.store.data.manifest.value?.label_column;
  return (
    <section>
      {value.problem && <p class="pp-error">{value.problem}</p>}
      {value.description && <p class="pp-description">{value.description}</p>}
      <dl>
        {value.fields
          .filter(([column]) => column !== label)
          .map(([column, text]) => (
            <div key={column}>
              <dt>{column}</dt>
              <dd title={text}>{text}</dd>
            </div>
          ))}
      </dl>
      {/^https?:\/\//i.test(value.permalink) && (
        <a href={value.permalink} target="_blank" rel="noopener noreferrer">
          Open source page <Icon name="out" />
        </a>
      )}
    </section>
  );
}

/** The full picture over the map. */
export function Lightbox({ view }: { view: View }) {
  const row = view.lightbox.value;
  if (row < 0) return null;
  if (view.store.data.manifest.value?.boxes) return <BoxLightbox view={view} row={row} />;
  return <LightboxPicture view={view} row={row} />;
}

function LightboxPicture({ view, row }: { view: View; row: number }) {
  const { value, error } = useFetched<ImageSent>(view, row, (at, stop) => view.store.source.fetchImage(at, true, stop));
  const url = useMemo(
    () => (value ? URL.createObjectURL(new Blob([value.bytes as BlobPart], { type: value.mime })) : ""),
    [value],
  );
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => close.current?.focus(), []);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  const shut = () => {
    view.lightbox.value = -1;
  };
  return (
    <div class="pp-lightbox" role="dialog" aria-label="Full picture">
      <button
        ref={close}
        type="button"
        class="pp-backdrop"
        aria-label="Close picture"
        title="Close (Esc)"
        onClick={shut}
      >
        <Icon name="close" />
      </button>
      {error && <p class="pp-error">{error}</p>}
      {url && (
        <div class="pp-full">
          <img src={url} alt={view.store.data.names.get(row)} />
        </div>
      )}
    </div>
  );
}
