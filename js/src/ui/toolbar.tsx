import { type Signal, signal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { LABEL_COLORING } from "../store/store";
import { Icon, type IconName } from "./icons";
import { LayoutPicker } from "./layout-options";
import type { View } from "./view";

/** No column is called so: columns go with a "=" before them. */
const NO_COLORS = "none";

function ToolButton(props: {
  icon: IconName;
  name: string;
  keys?: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      class="pp-tool"
      aria-label={props.name}
      title={props.keys ? `${props.name} (${props.keys})` : props.name}
      aria-pressed={props.pressed}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}

export function Toolbar({ view }: { view: View }) {
  const { store } = view;
  const manifest = store.data.manifest.value;
  const { undo, redo } = store.labels.info.value;
  const viewOpen = useMemo(() => signal(false), []);
  return (
    <div class="pp-toolbar">
      <div class="pp-group">
        <ToolButton icon="pan" name="Pan" pressed={view.tool.value === "pan"} onClick={() => setTool(view, "pan")} />
        <ToolButton
          icon="lasso"
          name="Lasso"
          keys="l"
          pressed={view.tool.value === "lasso"}
          onClick={() => setTool(view, "lasso")}
        />
        <ToolButton icon="fit" name="Fit" keys="Home" onClick={() => view.map?.fit()} />
      </div>
      <div class="pp-group">
        <ToolButton
          icon="undo"
          name="Undo"
          keys={undo ? `z: ${undo}` : "z"}
          disabled={!undo}
          onClick={() => store.undo()}
        />
        <ToolButton
          icon="redo"
          name="Redo"
          keys={redo ? `Shift+z: ${redo}` : "Shift+z"}
          disabled={!redo}
          onClick={() => store.redo()}
        />
      </div>
      <LayoutPicker view={view} />
      <label class="pp-field">
        <span>Color</span>
        <select
          aria-label="Color by"
          value={store.colorBy.value === null ? NO_COLORS : `=${store.colorBy.value}`}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            store.setColoring(chosen === NO_COLORS ? null : chosen.slice(1));
          }}
        >
          <option value={`=${LABEL_COLORING}`}>{manifest?.label_column ?? "label"}</option>
          {(manifest?.colorings ?? []).map((name) => (
            <option key={name} value={`=${name}`}>
              {name}
            </option>
          ))}
          <option value={NO_COLORS}>None</option>
        </select>
      </label>
      <SearchBox view={view} />
      <div class="pp-group pp-end">
        <div class="pp-popover-holder">
          <ToolButton
            icon="view"
            name="View options"
            pressed={viewOpen.value}
            onClick={() => {
              viewOpen.value = !viewOpen.value;
            }}
          />
          <div class="pp-popover" hidden={!viewOpen.value}>
            <Slider view={view} name="Sprite size" setting="sprite_size" min={0.2} max={5} step={0.05} />
            <Slider view={view} name="Border width" setting="border_width" min={0} max={8} step={0.5} />
            <Toggle name="Points instead of pictures" value={view.points} />
            <Toggle name="Hide what is filtered out" value={view.hideFiltered} />
          </div>
        </div>
        <ToolButton
          icon="full"
          name="Full screen"
          pressed={view.fullScreen.value}
          onClick={() => toggleFullScreen(view)}
        />
        <ToolButton
          icon="help"
          name="Shortcuts"
          keys="?"
          pressed={view.helpOpen.value}
          onClick={() => {
            view.helpOpen.value = !view.helpOpen.value;
          }}
        />
      </div>
    </div>
  );
}

export function setTool(view: View, tool: "pan" | "lasso"): void {
  view.tool.value = tool;
}

function toggleFullScreen(view: View): void {
  view.fullScreen.value = !view.fullScreen.value;
}

function Toggle({ name, value }: { name: string; value: Signal<boolean> }) {
  return (
    <label class="pp-toggle">
      <input
        type="checkbox"
        checked={value}
        onChange={(event) => {
          value.value = event.currentTarget.checked;
        }}
      />
      <span>{name}</span>
    </label>
  );
}

function Slider(props: {
  view: View;
  name: string;
  setting: "sprite_size" | "border_width";
  min: number;
  max: number;
  step: number;
}) {
  const { store } = props.view;
  const value = props.setting === "sprite_size" ? store.spriteSize : store.borderWidth;
  return (
    <label class="pp-slider">
      <span>{props.name}</span>
      <input
        type="range"
        aria-label={props.name}
        min={props.min}
        max={props.max}
        step={props.step}
        value={value}
        onInput={(event) => {
          value.value = Number(event.currentTarget.value); // seen at once; the kernel hears of the last one
        }}
        onChange={(event) => store.source.settings.set(props.setting, Number(event.currentTarget.value))}
      />
    </label>
  );
}

const SEARCH_DELAY_MS = 120;

function SearchBox({ view }: { view: View }) {
  const { store } = view;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const asked = useRef<AbortController | undefined>(undefined);
  const text = useMemo(() => signal(""), []);
  const at = useRef(-1);
  const going = useRef(false);
  const hits = store.hits.value;

  const search = (now: string) => {
    asked.current?.abort();
    at.current = -1;
    going.current = false;
    if (!now.trim()) return store.setHits(new Int32Array(0));
    const local = Int32Array.from(store.data.names.search(now));
    store.setHits(local);
    const asking = new AbortController();
    asked.current = asking;
    store.source.search(now, asking.signal).then(
      ({ rows }) => {
        store.setHits(Int32Array.from(new Set([...local, ...rows])));
        if (going.current) go(1);
      },
      (error) => {
        if (!asking.signal.aborted) store.notify({ text: `Search failed: ${error.message}`, kind: "error" });
      },
    );
  };
  const go = (by: number) => {
    const found = store.hits.value; // what a search of just now found, not what was last drawn
    going.current = found.length === 0; // Enter was quicker than the kernel's answer: go when that is there
    if (going.current) return;
    at.current = at.current < 0 ? 0 : (at.current + by + found.length) % found.length;
    const row = found[at.current] as number;
    view.inspect(row);
    view.map?.flyTo(row);
  };
  return (
    <div class="pp-search">
      <Icon name="search" />
      <input
        type="search"
        placeholder="Search images"
        aria-label="Search images"
        value={text}
        onInput={(event) => {
          const now = event.currentTarget.value;
          text.value = now;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => search(now), SEARCH_DELAY_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            clearTimeout(timer.current);
            if (at.current < 0) search(text.value);
            go(event.key === "ArrowUp" || event.shiftKey ? -1 : 1);
          }
          if (event.key === "Escape") {
            text.value = "";
            search("");
          }
        }}
      />
      {text.value.trim() && <output class="pp-hits">{hits.length.toLocaleString()}</output>}
    </div>
  );
}
