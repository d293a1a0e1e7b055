/** The toolbar of what is selected: what can be done with all of it at once. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useOutside } from "../common/outside";
import { LabelKey, LabelSearchBox, useLabelQuery } from "../inspector/label-search";
import { cssColor, draggedSelection } from "../legend/legend";
import type { View } from "../view";

export function SelectionBar({ view }: { view: View }) {
  const { store } = view;
  const rows = store.selection.value;
  if (store.review.at.value >= 0 || rows.length === 0) return null;
  void store.labels.info.value; // flags are in an array beside the signal
  const allFlagged = rows.every((row) => store.labels.flags[row] === 1);
  // Keys act on it while no image is open.
  const keyed = view.inspected.value < 0;
  return (
    <div class="pp-selection" role="toolbar" aria-label="Selection" data-keyed={keyed}>
      <button
        type="button"
        class="pp-chip"
        draggable
        title="Drag onto a label in the legend to relabel; click to zoom to"
        onClick={() => {
          view.map?.zoomTo(rows);
          view.focus?.take();
        }}
        onDragStart={(event) => event.dataTransfer?.setData(draggedSelection(view), "selection")}
        onDragEnd={() => view.focus?.take()}
      >
        {rows.length.toLocaleString()} selected
      </button>
      <Relabel view={view} />
      <button type="button" title="x" onClick={() => store.flag(rows, !allFlagged)}>
        {allFlagged ? "Unflag" : "Flag"}
      </button>
      {allFlagged && <FlagReason view={view} rows={rows} />}
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
            view.hotspotMade = store.hotspots.add(rows);
            view.leftPanel.value = "hotspots";
          }}
        >
          Make hotspot
        </button>
      )}
      <button type="button" title="Look through them one by one" onClick={() => view.reviewSelection()}>
        Review
      </button>
      <button type="button" class="pp-clear" title="Esc" onClick={() => store.select(new Int32Array(0))}>
        Clear
      </button>
    </div>
  );
}

function Relabel({ view }: { view: View }) {
  const open = view.relabelOpen;
  return (
    <div class="pp-popover-holder">
      <button
        type="button"
        title="n"
        aria-haspopup="listbox"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        Relabel
      </button>
      {open.value && <RelabelMenu view={view} />}
    </div>
  );
}

function RelabelMenu({ view }: { view: View }) {
  const { store } = view;
  const query = useLabelQuery(view);
  const menu = useOutside<HTMLDivElement>(() => {
    view.relabelOpen.value = false;
  });
  const close = () => {
    view.relabelOpen.value = false;
    view.focus?.take();
  };
  const give = (name: string | null) => {
    store.relabel(store.selection.value, name);
    close();
  };
  useEffect(
    () => () => {
      view.relabelOpen.value = false;
    },
    [view],
  );
  const marked = query.taken();
  const { palette } = store.labels.info.value;
  return (
    <div ref={menu} class="pp-popover pp-up">
      <LabelSearchBox
        view={view}
        query={query}
        name="Relabel to"
        placeholder={store.data.manifest.value?.new_labels ? "Find, or type a new label…" : "Find a label…"}
        focus
        onTake={give}
        onLeave={close}
      />
      <div role="listbox" aria-label="Labels" class="pp-options">
        {query.choices.value.map((choice) => (
          <button
            key={choice.code}
            type="button"
            role="option"
            class="pp-entry"
            aria-selected={marked?.code === choice.code}
            onClick={() => give(choice.name)}
          >
            <span class="pp-swatch" style={{ background: cssColor(palette, choice.code) }} />
            <span class="pp-name">{choice.code < 0 ? `Add label “${choice.name}”` : choice.name}</span>
            <LabelKey view={view} code={choice.code} marked={marked} />
          </button>
        ))}
        {query.text.value === "" && (
          <button type="button" role="option" aria-selected={false} class="pp-entry pp-none" onClick={() => give(null)}>
            No label
          </button>
        )}
      </div>
    </div>
  );
}

/** Why they are flagged: the same for all. */
function FlagReason({ view, rows }: { view: View; rows: Int32Array }) {
  const asked = useSignal(false);
  if (!asked.value) {
    return (
      <button
        type="button"
        onClick={() => {
          asked.value = true;
        }}
      >
        Reason…
      </button>
    );
  }
  return (
    <input
      type="text"
      aria-label="Reason for all"
      placeholder="Why? Enter to write it"
      ref={(input) => input?.focus()}
      onKeyDown={(event) => {
        if (event.isComposing || event.key !== "Enter") return;
        const text = event.currentTarget.value.trim();
        if (text) view.store.flag(rows, true, text);
        asked.value = false;
        view.focus?.take();
      }}
      onBlur={() => {
        asked.value = false;
      }}
    />
  );
}
