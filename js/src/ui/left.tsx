import type { ComponentType } from "preact";
import { Icon, type IconName } from "./common/icons";
import { FilterPanel } from "./filters/filter-panel";
import { HotspotPanel } from "./hotspots/hotspots";
import { Legend } from "./legend/legend";
import type { LeftPanel, View } from "./view";

interface Entry {
  id: LeftPanel;
  icon: IconName;
  name: string;
  Panel: ComponentType<{ view: View }>;
}

/** The panels that stand on the left of the picture, one at a time. */
const PANELS: readonly Entry[] = [
  { id: "legend", icon: "legend", name: "Legend", Panel: Legend },
  { id: "filters", icon: "filter", name: "Filters", Panel: FilterPanel },
  { id: "hotspots", icon: "hotspots", name: "Hotspots", Panel: HotspotPanel },
];

export function LeftPanels({ view }: { view: View }) {
  if (!view.store.data.manifest.value) return null;
  const open = PANELS.find(({ id }) => id === view.leftPanel.value);
  const active = view.store.filter.conditions.value.length;
  return (
    <div class="pp-left">
      <div class="pp-tabs" data-open={open !== undefined}>
        {PANELS.map(({ id, icon, name }) => (
          <button
            key={id}
            type="button"
            class="pp-tool"
            aria-label={name}
            aria-expanded={open?.id === id}
            title={id === "filters" && active > 0 ? `${name}: ${active} active` : name}
            onClick={() => {
              view.leftPanel.value = open?.id === id ? null : id;
            }}
          >
            <Icon name={icon} />
            {id === "filters" && active > 0 && <span class="pp-badge">{active}</span>}
          </button>
        ))}
      </div>
      {open && <open.Panel view={view} />}
    </div>
  );
}
