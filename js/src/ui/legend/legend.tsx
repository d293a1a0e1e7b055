import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { LABEL_COLORING } from "../../store/coloring";
import { folded } from "../../store/folded";
import { RangeFilter } from "../filters/range-filter";
import type { View } from "../view";
import { type Entry, LegendMenu } from "./legend-menu";

/** What a dragged selection is called while it is over a legend entry: only its own widget knows those rows. */
export function draggedSelection({ store }: View): string {
  return `application/x-pixplot-selection-${store.source.client.toLowerCase()}`;
}

/** More entries than this get a search box. */
const SEARCH_FROM = 13;

export function cssColor(palette: Uint8Array, code: number): string {
  if (code < 0) return "transparent";
  return `rgb(${palette[code * 3]} ${palette[code * 3 + 1]} ${palette[code * 3 + 2]})`;
}

/** Labels that nothing bears any more, as after a rename, are left out where new ones may be made at any time. */
function entriesOf({ store }: View): Entry[] {
  const { name, names, palette } = store.coloring.colors.value;
  const info = store.labels.info.value;
  const labels = name === LABEL_COLORING;
  const counts = labels ? info.counts : countCodes(store.coloring.codes(), names.length);
  const missing = labels ? info.unlabeled : store.data.n - counts.reduce((sum, k) => sum + k, 0);
  const open = store.data.manifest.value?.new_labels ?? false;
  const entries = names
    .map((label, code) => ({ code, name: label, count: counts[code] ?? 0, color: cssColor(palette, code) }))
    .filter(({ count }) => count > 0 || (labels && !open));
  if (missing > 0) {
    entries.push({ code: -1, name: labels ? "unlabeled" : "no value", count: missing, color: "transparent" });
  }
  return entries;
}

function countCodes(codes: Int32Array, k: number): number[] {
  const counts = new Array<number>(k).fill(0);
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

export function Legend({ view }: { view: View }) {
  const { kind } = view.store.coloring.colors.value;
  if (kind === "none") return <p class="pp-legend pp-soft">No colors: choose a column under “Color by”.</p>;
  return kind === "scale" ? <ScaleLegend view={view} /> : <Categories view={view} />;
}

function Categories({ view }: { view: View }) {
  const { store } = view;
  const query = useMemo(() => signal(""), []);
  const menu = useMemo(() => signal<number | null>(null), []);
  useEffect(() => () => view.light(null), [view]);
  const entries = entriesOf(view);
  const isolated = store.coloring.isolated.value;
  const needle = folded(query.value.trim());
  const visible = entries.filter(({ name }) => folded(name).includes(needle));
  return (
    <div class="pp-legend">
      {entries.length >= SEARCH_FROM && (
        <input
          type="search"
          placeholder={`Find in ${entries.length}…`}
          aria-label="Search legend"
          value={query}
          onInput={(event) => {
            query.value = event.currentTarget.value;
          }}
        />
      )}
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari drops the list role of lists without bullets */}
      <ul role="list" aria-label="Legend" onPointerLeave={() => view.light(null)}>
        {visible.map((entry) => (
          <LegendEntry key={entry.code} view={view} entry={entry} menu={menu} />
        ))}
      </ul>
      {visible.length === 0 && <p class="pp-soft">{needle ? "Nothing of that name." : "No image has a label yet."}</p>}
      {isolated.size > 0 && (
        <button type="button" class="pp-link" onClick={() => store.coloring.isolate(new Set())}>
          Show all
        </button>
      )}
    </div>
  );
}

interface EntryProps {
  view: View;
  entry: Entry;
  /** Code of the entry whose menu is open. */
  menu: Signal<number | null>;
}

function LegendEntry({ view, entry, menu }: EntryProps) {
  const { store } = view;
  const { code, name, count, color } = entry;
  const over = useMemo(() => signal(false), []);
  const labels = store.coloring.colors.value.name === LABEL_COLORING;
  const isolated = store.coloring.isolated.value;
  const key = labels ? view.keyOfLabel(code) : "";
  const open = menu.value === code;
  const light = () => view.light(view.rowsOf(code));
  const takes = ({ dataTransfer }: DragEvent) => labels && dataTransfer?.types.includes(draggedSelection(view));
  return (
    <li>
      <div class={isolated.size > 0 && !isolated.has(code) ? "pp-line pp-off" : "pp-line"}>
        <button
          type="button"
          class="pp-entry"
          aria-pressed={isolated.has(code)}
          title={`${name}: ${count.toLocaleString()}. Click to show only these, Shift-click to show them too.`}
          data-drop={over.value}
          onPointerEnter={light}
          onFocus={light}
          onBlur={() => view.light(null)}
          onContextMenu={(event) => {
            event.preventDefault();
            event.stopPropagation();
            menu.value = open ? null : code;
          }}
          onClick={(event) => store.coloring.isolateOne(code, event.shiftKey)}
          onKeyDown={(event) => {
            if (event.key === "F2" && labels && code >= 0) menu.value = code;
          }}
          onDragOver={(event) => {
            if (!takes(event)) return;
            event.preventDefault();
            over.value = true;
          }}
          onDragLeave={() => {
            over.value = false;
          }}
          onDrop={(event) => {
            over.value = false;
            if (!takes(event)) return;
            event.preventDefault();
            store.relabel(store.selection.value, code < 0 ? null : name);
          }}
        >
          <span class="pp-swatch" style={{ background: color }} data-none={code < 0} />
          <span class="pp-name">{name}</span>
          <span class="pp-count">{count.toLocaleString()}</span>
          {key && <kbd>{key}</kbd>}
        </button>
        <button
          type="button"
          class="pp-more"
          aria-label="More"
          title={`More for ${name}`}
          aria-expanded={open}
          onClick={() => {
            menu.value = open ? null : code;
          }}
        >
          ⋯
        </button>
      </div>
      {open && (
        <LegendMenu
          view={view}
          entry={entry}
          renamable={labels && code >= 0}
          done={() => {
            menu.value = null;
          }}
        />
      )}
    </li>
  );
}

function ScaleLegend({ view }: { view: View }) {
  const { name, palette } = view.store.coloring.colors.value;
  const steps = palette.length / 3;
  const stops = Array.from({ length: 9 }, (_, i) => cssColor(palette, Math.round(((steps - 1) * i) / 8)));
  return (
    <section class="pp-legend" aria-label="Legend">
      <strong>{name}</strong>
      <div class="pp-scale" style={{ background: `linear-gradient(to right, ${stops.join(",")})` }} />
      <RangeFilter view={view} column={name} />
    </section>
  );
}
