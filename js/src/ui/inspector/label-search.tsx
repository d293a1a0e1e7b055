import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { type Choice, LabelQuery } from "../../store/label-query";
import { givesFromBox } from "../common/keys";
import type { View } from "../view";

export function useLabelQuery({ store }: View): LabelQuery {
  return useMemo(
    () =>
      new LabelQuery(
        () => store.labels.info.value.names,
        () => store.data.manifest.value?.new_labels ?? false,
      ),
    [store],
  );
}

/** What gives a label of a list: its key, or Enter. Keys that are typed, while somebody types, are not shown then. */
export function LabelKey({ view, code, marked }: { view: View; code: number; marked: Choice | null }) {
  if (marked?.code === code) return <kbd>Enter</kbd>;
  const key = view.keyOfLabel(code);
  const { keys, names } = view.keyed.value;
  return key ? <kbd data-typed={!givesFromBox(code, keys, names)}>{key}</kbd> : null;
}

/**
 * The box that labels are looked for in: arrows go through what it offers, Enter takes what is marked. While nothing is
 * typed the numbers of the list give their labels.
 */
export function LabelSearchBox(props: {
  view: View;
  query: LabelQuery;
  name: string;
  placeholder: string;
  class?: string;
  /** Whether it takes the focus when it comes. */
  focus?: boolean;
  onTake: (name: string) => void;
  onLeave: () => void;
}) {
  const { query, view } = props;
  const input = useRef<HTMLInputElement>(null);
  // Before anything else is painted: the next key of a fast typist belongs to the box.
  useLayoutEffect(() => {
    if (props.focus) input.current?.focus();
  }, []);
  return (
    <input
      ref={input}
      type="search"
      class={props.class}
      aria-label={props.name}
      placeholder={props.placeholder}
      value={query.text}
      onInput={(event) => query.type(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
        const { keys, names } = view.keyed.value;
        const code = query.text.value === "" ? keys.indexOf(event.key) : -1;
        if (code >= 0 && view.keyOfLabel(code) && givesFromBox(code, keys, names)) {
          event.preventDefault();
          if (!event.repeat) props.onTake(names[code] as string);
          return;
        }
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
          event.preventDefault();
          query.move(event.key === "ArrowDown" ? 1 : -1);
        } else if (event.key === "Escape") {
          query.type("");
          props.onLeave();
        } else if (event.key === "Enter") {
          const taken = query.taken();
          if (!taken) return;
          props.onTake(taken.name);
          query.type("");
        }
      }}
    />
  );
}
