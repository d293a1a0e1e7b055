/** The small things around the map: selection toolbar, status line, notices, help, what the pointer is over. */

import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { patchCsv } from "../store/patch";
import { Icon } from "./icons";
import { shortName } from "./inspector";
import { SHORTCUTS } from "./keys";
import type { View } from "./view";

/** What a dragged selection is called while it is over a legend entry. */
export const DRAGGED_SELECTION = "application/x-pixplot-selection";

export function SelectionBar({ view }: { view: View }) {
  const { store } = view;
  const rows = store.selection.value;
  const choosing = useMemo(() => signal(false), []);
  if (rows.length === 0 && !store.contactSheet.value) return null;
  const { names } = store.labels.info.value;
  const allFlagged = rows.every((row) => store.labels.flags[row] === 1);
  return (
    <div class="pp-selection" role="toolbar" aria-label="Selection">
      <button
        type="button"
        class="pp-chip"
        draggable
        title="Drag onto a label in the legend to relabel; click to zoom to"
        onClick={() => view.map?.zoomTo(rows)}
        onDragStart={(event) => event.dataTransfer?.setData(DRAGGED_SELECTION, "selection")}
      >
        {rows.length.toLocaleString()} selected
      </button>
      <div class="pp-popover-holder">
        <button
          type="button"
          aria-haspopup="listbox"
          aria-expanded={choosing.value}
          onClick={() => {
            choosing.value = !choosing.value;
          }}
        >
          Relabel
        </button>
        {choosing.value && (
          <RelabelMenu
            view={view}
            names={names}
            done={() => {
              choosing.value = false;
            }}
          />
        )}
      </div>
      <button type="button" title="x" onClick={() => store.flag(rows, !allFlagged)}>
        {allFlagged ? "Unflag" : "Flag"}
      </button>
      <button type="button" onClick={() => view.map?.zoomTo(rows)}>
        Zoom to
      </button>
      <button type="button" aria-pressed={store.contactSheet.value !== null} onClick={() => view.toggleGrid()}>
        {store.contactSheet.value ? "Back to layout" : "Show as grid"}
      </button>
      {rows.length > 1 && (
        <button
          type="button"
          onClick={() => {
            store.hotspots.add(rows);
            view.leftPanel.value = "hotspots";
          }}
        >
          Make hotspot
        </button>
      )}
      <button type="button" title="Esc" onClick={() => store.select(new Int32Array(0))}>
        Clear
      </button>
    </div>
  );
}

function RelabelMenu({ view, names, done }: { view: View; names: readonly string[]; done: () => void }) {
  const { store } = view;
  const query = useMemo(() => signal(""), []);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const text = query.value.trim();
  const visible = names.filter((name) => name.toLowerCase().includes(text.toLowerCase()));
  const isNew = text !== "" && !names.includes(text) && (store.data.manifest.value?.new_labels ?? false);
  const give = (name: string) => {
    store.relabel(store.selection.value, name);
    done();
  };
  return (
    <div class="pp-popover pp-up">
      <input
        ref={input}
        type="search"
        aria-label="Relabel to"
        placeholder="Relabel to…"
        value={query}
        onInput={(event) => {
          query.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") done();
          if (event.key !== "Enter") return;
          const exact = names.find((name) => name.toLowerCase() === text.toLowerCase());
          const target = exact ?? (visible.length === 1 ? visible[0] : isNew ? text : undefined);
          if (target !== undefined) give(target);
        }}
      />
      <div role="listbox" aria-label="Labels" class="pp-options">
        {visible.map((name) => (
          <button key={name} type="button" role="option" aria-selected={false} onClick={() => give(name)}>
            {name}
          </button>
        ))}
        {isNew && (
          <button type="button" role="option" aria-selected={false} onClick={() => give(text)}>
            New label “{text}”
          </button>
        )}
      </div>
    </div>
  );
}

export function StatusLine({ view }: { view: View }) {
  const { store } = view;
  const manifest = store.data.manifest.value;
  const progress = store.data.progress.value;
  const { edits, flagged } = store.labels.info.value;
  const pending = store.pendingCount.value;
  const n = manifest?.n ?? 0;
  const parts: string[] = [];
  if (!manifest) parts.push("Waiting for the kernel…");
  else if (store.shown.value < n) parts.push(`${store.shown.value.toLocaleString()} of ${n.toLocaleString()} images`);
  else parts.push(`${n.toLocaleString()} image${n === 1 ? "" : "s"}`);
  if (store.selection.value.length > 0) parts.push(`${store.selection.value.length.toLocaleString()} selected`);
  if (flagged > 0) parts.push(`${flagged.toLocaleString()} flagged`);
  if (edits > 0) parts.push(`${edits.toLocaleString()} edit${edits === 1 ? "" : "s"}`);
  if (pending > 0) parts.push(`${pending} not yet in the DataFrame (kernel busy?)`);
  if (manifest && manifest.problem_count > 0) parts.push(`${manifest.problem_count.toLocaleString()} unreadable`);
  const working = progress && progress.stage !== "";
  return (
    <div class="pp-status">
      <span role="status">{parts.join(" · ")}</span>
      {pending > 0 && (
        <button
          type="button"
          class="pp-link"
          title="For plot.merge, should the kernel be gone"
          onClick={() => savePending(view)}
        >
          Save pending edits
        </button>
      )}
      {working && (
        <span class="pp-progress">
          {progress.stage}
          {progress.total > 0 && ` ${Math.floor((100 * progress.done) / progress.total)} %`}
          {progress.seconds_left >= 1 && `, ${duration(progress.seconds_left)} left`}
          <progress
            aria-label={progress.stage}
            {...(progress.total > 0 ? { max: progress.total, value: progress.done } : {})}
          />
        </span>
      )}
      {progress?.error && <span class="pp-error">{progress.error}</span>}
    </div>
  );
}

/** Hands the edits that the kernel has not acknowledged to the user as a file. */
function savePending({ store }: View): void {
  const { label_column: label = "", flag_column: flag = "" } = store.data.manifest.value ?? {};
  const text = patchCsv(store.labels.inForce(), (row) => store.data.names.get(row), { label, flag });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = "pending-edits.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}

export function duration(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

export function Notices({ view }: { view: View }) {
  const { store } = view;
  return (
    <div class="pp-notices" aria-live="polite">
      {store.notices.value.map((notice) => (
        <div key={notice.text} class="pp-notice" data-kind={notice.kind}>
          <span>{notice.text}</span>
          <button type="button" class="pp-tool" aria-label="Dismiss" onClick={() => store.dismiss(notice)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}

export function Help({ view }: { view: View }) {
  if (!view.helpOpen.value) return null;
  return (
    <div class="pp-help" role="dialog" aria-label="Keyboard shortcuts">
      <header>
        <strong>Keys and gestures</strong>
        <button
          type="button"
          class="pp-tool"
          aria-label="Close help"
          onClick={() => {
            view.helpOpen.value = false;
          }}
        >
          <Icon name="close" />
        </button>
      </header>
      <dl>
        {SHORTCUTS.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const PREVIEW_PX = 160;
const GAP_PX = 14;

/** A larger picture beside the pointer, with the file's name and its label. */
export function HoverCard({ view, widthPx, heightPx }: { view: View; widthPx: number; heightPx: number }) {
  const hover = view.hover.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const painted = useMemo(() => signal(false), []);
  const row = hover?.row ?? -1;
  useEffect(() => {
    painted.value = row >= 0 && canvas.current !== null && (view.map?.paint(row, canvas.current) ?? false);
  }, [row, view, painted]);
  if (!hover || row === view.inspected.value) return null;
  const { store } = view;
  const { names } = store.labels.info.value;
  const code = store.labels.codes[row] ?? -1;
  const name = store.data.names.get(row);
  const cardWidth = PREVIEW_PX + 12;
  const cardHeight = PREVIEW_PX + 60;
  const left = hover.xPx + GAP_PX + cardWidth < widthPx ? hover.xPx + GAP_PX : hover.xPx - GAP_PX - cardWidth;
  const top = Math.max(4, Math.min(hover.yPx + GAP_PX, heightPx - cardHeight));
  return (
    <div
      class="pp-hover"
      role="tooltip"
      style={{ left: `${Math.max(4, left)}px`, top: `${top}px`, width: `${cardWidth}px` }}
    >
      <canvas ref={canvas} width={PREVIEW_PX * 2} height={PREVIEW_PX * 2} hidden={!painted.value} />
      <strong>{shortName(name)}</strong>
      <span>{code >= 0 ? names[code] : "unlabelled"}</span>
      {store.labels.flags[row] === 1 && <span class="pp-flagged">flagged</span>}
    </div>
  );
}
