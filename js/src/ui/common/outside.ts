/** What is open over the picture closes when something else is pressed. */

import { useEffect, useRef } from "preact/hooks";

/** @returns to be put on what is open; its parent, with the button that opens it, counts as inside. */
export function useOutside<T extends HTMLElement>(close: () => void) {
  const open = useRef<T>(null);
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    const stop = new AbortController();
    const shut = (event: Event) => {
      if (!event.composedPath().includes(open.current?.parentElement as EventTarget)) latest.current();
    };
    open.current?.ownerDocument.addEventListener("pointerdown", shut, { signal: stop.signal, capture: true });
    return () => stop.abort();
  }, []);
  return open;
}
