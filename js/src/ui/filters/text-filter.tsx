import { useEffect, useRef } from "preact/hooks";
import type { View } from "../view";

const TYPING_MS = 250;

/** Images whose text in a column holds some words. */
export function TextFilter({ view, column }: { view: View; column: string }) {
  const { filter } = view.store;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const now = filter.on(column);
  return (
    <input
      type="search"
      aria-label={`${column} contains`}
      placeholder="contains…"
      value={now && "contains" in now ? now.contains : ""}
      onInput={(event) => {
        const contains = event.currentTarget.value;
        clearTimeout(timer.current);
        timer.current = setTimeout(
          () => filter.replace(filter.on(column), contains ? { column, contains } : null),
          TYPING_MS,
        );
      }}
    />
  );
}
