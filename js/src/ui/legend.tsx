import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { LABEL_COLORING } from "../store/store";
import { keyOfLabel } from "./keys";
import { DRAGGED_SELECTION } from "./panels";
import type { View } from "./view";

/** More entries than this get a search box. */
const SEARCH_FROM = 13;

interface Entry {
  code: number;
  name: string;
  count: number;
  color: string;
}

export function cssColor(palette: Uint8Array, code: number): string {
  if (code < 0) return "transparent";
  return `rgb(${palette[code * 3]} ${palette[code * 3 + 1]} ${palette[code * 3 + 2]})`;
}

function entriesOf({ store }: View): Entry[] {
  const { name, names, palette } = store.colors.value;
  const info = store.labels.info.value;
  const counts = name === LABEL_COLORING ? info.counts : countCodes(store.colorCodes(), names.length);
  const missing = name === LABEL_COLORING ? info.unlabelled : store.data.n - counts.reduce((sum, k) => sum + k, 0);
  const entries = names.map((label, code) => ({
    code,
    name: label,
    count: counts[code] ?? 0,
    color: cssColor(palette, code),
  }));
  if (missing > 0) {
    const text = name === LABEL_COLORING ? "unlabelled" : "no value";
    entries.push({ code: -1, name: text, count: missing, color: "transparent" });
  }
  return entries;
}

function countCodes(codes: Int32Array, k: number): number[] {
  const counts = new Array<number>(k).fill(0);
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

export function Legend({ view }: { view: View }) {
  const { store } = view;
  const query = useMemo(() => signal(""), []);
  const over = useMemo(() => signal<number | null>(null), []);
  const colors = store.colors.value;
  if (colors.kind === "none") return null;
  if (colors.kind === "scale") return <ScaleBar view={view} />;
  const entries = entriesOf(view);
  const isolated = store.isolated.value;
  const droppable = colors.name === LABEL_COLORING;
  const needle = query.value.toLowerCase();
  const visible = entries.filter(({ name }) => name.toLowerCase().includes(needle));
  const isolate = (code: number, add: boolean) => {
    const next = new Set(add ? isolated : []);
    const wasOnly = !add && isolated.size === 1 && isolated.has(code);
    if (wasOnly || next.has(code)) next.delete(code);
    else next.add(code);
    store.isolate(next);
  };
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
      <ul role="list" aria-label="Legend">
        {visible.map(({ code, name, count, color }) => {
          const key = colors.name === LABEL_COLORING ? keyOfLabel(code) : "";
          const off = isolated.size > 0 && !isolated.has(code);
          return (
            <li key={code}>
              <button
                type="button"
                class={off ? "pp-entry pp-off" : "pp-entry"}
                aria-pressed={isolated.has(code)}
                title={`${name}: ${count.toLocaleString()}. Click to show only these, Shift-click to show them too.`}
                data-drop={over.value === code}
                onClick={(event) => isolate(code, event.shiftKey)}
                onDragOver={(event) => {
                  if (!droppable || !event.dataTransfer?.types.includes(DRAGGED_SELECTION)) return;
                  event.preventDefault();
                  over.value = code;
                }}
                onDragLeave={() => {
                  over.value = null;
                }}
                onDrop={(event) => {
                  event.preventDefault();
                  over.value = null;
                  store.relabel(store.selection.value, code < 0 ? null : name);
                }}
              >
                <span class="pp-swatch" style={{ background: color }} data-none={code < 0} />
                <span class="pp-name">{name}</span>
                <span class="pp-count">{count.toLocaleString()}</span>
                {key && <kbd>{key}</kbd>}
              </button>
            </li>
          );
        })}
      </ul>
      {isolated.size > 0 && (
        <button type="button" class="pp-link" onClick={() => store.isolate(new Set())}>
          Show all
        </button>
      )}
    </div>
  );
}

function ScaleBar({ view }: { view: View }) {
  const { names, palette } = view.store.colors.value;
  const steps = palette.length / 3;
  const stops = Array.from({ length: 9 }, (_, i) => cssColor(palette, Math.round(((steps - 1) * i) / 8)));
  return (
    <div class="pp-legend">
      <div class="pp-scale" style={{ background: `linear-gradient(to right, ${stops.join(",")})` }} />
      <div class="pp-ends">
        <span>{names[0]}</span>
        <span>{names[1]}</span>
      </div>
    </div>
  );
}
