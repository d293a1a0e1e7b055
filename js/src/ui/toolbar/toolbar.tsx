import { LABEL_COLORING } from "../../store/coloring";
import { Icon, type IconName } from "../common/icons";
import { ReviewMenu } from "../review/review-menu";
import type { View } from "../view";
import { LayoutPicker } from "./layout-options";
import { SearchBox } from "./search";
import { ViewOptions } from "./view-options";

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
          value={store.appearance.colorBy.value === null ? NO_COLORS : `=${store.appearance.colorBy.value}`}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            store.appearance.setColoring(chosen === NO_COLORS ? null : chosen.slice(1));
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
        <ReviewMenu view={view} />
        <div class="pp-popover-holder">
          <ToolButton
            icon="view"
            name="View options"
            pressed={view.optionsOpen.value}
            onClick={() => {
              view.optionsOpen.value = !view.optionsOpen.value;
            }}
          />
          {view.optionsOpen.value && <ViewOptions view={view} />}
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
