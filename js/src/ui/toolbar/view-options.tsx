import type { Signal } from "@preact/signals";
import { useOutside } from "../common/outside";
import type { View } from "../view";

/** How images are drawn: size, frames, points, colors. */
export function ViewOptions({ view }: { view: View }) {
  const { store } = view;
  const popover = useOutside<HTMLDivElement>(() => {
    view.optionsOpen.value = false;
  });
  return (
    <div ref={popover} class="pp-popover">
      <Slider view={view} name="Sprite size" setting="sprite_size" min={0.2} max={5} step={0.05} />
      <Slider view={view} name="Border width" setting="border_width" min={0} max={8} step={0.5} />
      <Toggle name="Points instead of pictures" value={view.points} />
      <Toggle name="Captions" value={view.captions} />
      <Toggle name="Hide what is filtered out" value={view.hideFiltered} />
      <label class="pp-toggle">
        <input
          type="checkbox"
          checked={store.appearance.palette.value === "colorblind"}
          onChange={(event) => store.appearance.setPalette(event.currentTarget.checked ? "colorblind" : "standard")}
        />
        <span>Colors for color-blind eyes</span>
      </label>
    </div>
  );
}

export function Toggle({ name, value }: { name: string; value: Signal<boolean> }) {
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

interface SliderProps {
  view: View;
  name: string;
  setting: "sprite_size" | "border_width";
  min: number;
  max: number;
  step: number;
}

function Slider({ view, name, setting, min, max, step }: SliderProps) {
  const { store } = view;
  const value = setting === "sprite_size" ? store.appearance.spriteSize : store.appearance.borderWidth;
  return (
    <label class="pp-slider">
      <span>{name}</span>
      <input
        type="range"
        aria-label={name}
        min={min}
        max={max}
        step={step}
        value={value}
        onInput={(event) => {
          value.value = Number(event.currentTarget.value); // seen at once; the kernel hears of the last one
        }}
        onChange={(event) => store.source.settings.set(setting, Number(event.currentTarget.value))}
      />
    </label>
  );
}
