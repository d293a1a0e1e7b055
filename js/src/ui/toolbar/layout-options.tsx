/** The picker of layouts and, beside it, what can be chosen of the one that is shown. */

import { type Signal, signal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type { LayoutOption } from "../../protocol";
import { chosenOf } from "../../store/arrangement";
import { Icon } from "../common/icons";
import { useOutside } from "../common/outside";
import type { View } from "../view";

export function LayoutPicker({ view }: { view: View }) {
  const { store } = view;
  const open = view.layoutOptionsOpen;
  const button = useRef<HTMLButtonElement>(null);
  const { now, options } = store.appearance.arrangement();
  const choices = options.filter((option) => option.kind !== "steps" || option.values.length > 1);
  const close = () => {
    open.value = false;
    button.current?.focus();
  };
  return (
    <>
      <label class="pp-field">
        <span>Layout</span>
        <select
          aria-label="Layout"
          value={now.kind}
          onChange={(event) => store.appearance.setKind(event.currentTarget.value)}
        >
          {(store.data.manifest.value?.layouts ?? [])
            .filter(([name]) => !name.includes("?"))
            .map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
        </select>
      </label>
      {choices.length > 0 && (
        <div class="pp-popover-holder pp-layout-holder">
          <button
            ref={button}
            type="button"
            class="pp-tool"
            aria-label="Layout options"
            title="Layout options"
            aria-expanded={open.value}
            data-chosen={Object.keys(now.chosen).length > 0}
            onClick={() => {
              open.value = !open.value;
            }}
          >
            <Icon name="options" />
          </button>
          {open.value && <Options view={view} choices={choices} close={close} />}
        </div>
      )}
    </>
  );
}

function Options({ view, choices, close }: { view: View; choices: readonly LayoutOption[]; close: () => void }) {
  const popover = useOutside<HTMLDivElement>(() => {
    view.layoutOptionsOpen.value = false;
  });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a popover
    <div
      ref={popover}
      class="pp-popover pp-layout-options"
      role="group"
      aria-label="Options of the layout"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      {choices.map((option) => (
        <Choice key={`${view.store.appearance.arrangement().now.kind} ${option.name}`} view={view} option={option} />
      ))}
    </div>
  );
}

function Choice({ view, option }: { view: View; option: LayoutOption }) {
  const { store } = view;
  const value = chosenOf(store.appearance.arrangement().now, option);
  const set = (next: string) => store.appearance.setOption(option, next);
  switch (option.kind) {
    case "steps":
      return <Steps option={option} value={value} set={set} />;
    case "switch":
      return (
        <label class="pp-toggle">
          <input
            type="checkbox"
            checked={value !== ""}
            onChange={(event) => set(event.currentTarget.checked ? "1" : "")}
          />
          <span>{option.title}</span>
        </label>
      );
    case "share":
      return <Share option={option} value={value} set={set} />;
    default: {
      // A column that Python asked for may be one that is not offered.
      const values = option.values.includes(value) ? option.values : [...option.values, value];
      return (
        <label class="pp-layout-choice">
          <span>{option.title}</span>
          <select aria-label={option.title} value={value} onChange={(event) => set(event.currentTarget.value)}>
            {values.map((each) => (
              <option key={each} value={each}>
                {option.words[each] ?? (each || "nothing")}
              </option>
            ))}
          </select>
        </label>
      );
    }
  }
}

interface ChoiceProps {
  option: LayoutOption;
  value: string;
  set: (value: string) => void;
}

function Steps({ option, value, set }: ChoiceProps) {
  return (
    <label class="pp-slider">
      <span>
        {option.title} <output>{value}</output>
      </span>
      <input
        type="range"
        aria-label={option.title}
        aria-valuetext={value}
        min={0}
        max={option.values.length - 1}
        value={option.values.indexOf(value)}
        onInput={(event) => set(option.values[Number(event.currentTarget.value)] ?? option.default)}
      />
    </label>
  );
}

/** A switch, and when it is on how much: the last value of a drag counts, for each is a layout of its own to make. */
function Share({ option, value, set }: ChoiceProps) {
  const shown: Signal<string> = useMemo(() => signal(value), [value]);
  const last = useRef(String(option.usual));
  return (
    <>
      <label class="pp-toggle">
        <input
          type="checkbox"
          checked={value !== ""}
          onChange={(event) => set(event.currentTarget.checked ? last.current : "")}
        />
        <span>{option.title}</span>
      </label>
      {value !== "" && (
        <label class="pp-slider">
          <span>
            Fill <output>{Math.round(Number(shown.value) * 100)} %</output>
          </span>
          <input
            type="range"
            aria-label="Fill"
            min={option.lowest}
            max={1}
            step={0.05}
            value={shown}
            onInput={(event) => {
              shown.value = event.currentTarget.value;
            }}
            onChange={(event) => {
              last.current = event.currentTarget.value;
              set(event.currentTarget.value);
            }}
          />
        </label>
      )}
    </>
  );
}
