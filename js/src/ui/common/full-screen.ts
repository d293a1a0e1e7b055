/** A widget that fills the page, and not only what the notebook leaves it. */

import { useEffect, useRef } from "preact/hooks";

/**
 * Puts an element on the browser's top layer while `full`: notebooks contain their cells, and what is fixed in one of
 * those stays in it. Escape is the widget's, which it would not be in the browser's own full screen.
 */
export function useFullScreen(full: boolean) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const frame = element.current;
    if (!frame?.showPopover || !full) return; // an older browser fills what the notebook leaves
    frame.popover = "manual";
    frame.showPopover();
    return () => {
      frame.popover = null;
    };
  }, [full]);
  return element;
}
