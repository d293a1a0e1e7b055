import { useEffect, useMemo, useRef } from "preact/hooks";
import { LabelQuery } from "../store/label-query";
import type { View } from "./view";

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

/** The box that labels are looked for in: arrows go through what it offers, Enter takes what is marked. */
export function LabelSearchBox(props: {
  query: LabelQuery;
  name: string;
  placeholder: string;
  class?: string;
  /** Whether it takes the focus when it comes. */
  focus?: boolean;
  onTake: (name: string) => void;
  onLeave: () => void;
}) {
  const { query } = props;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
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
        if (event.isComposing) return;
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
