/** What Escape closes: one table, what lies on top first. */

import type { View } from "./view";

interface Opened {
  isOpen(view: View): boolean;
  close(view: View): void;
}

const shut = (
  name: "helpOpen" | "relabelOpen" | "ordersOpen" | "layoutOptionsOpen" | "optionsOpen" | "fullScreen",
) => ({
  isOpen: (view: View) => view[name].value,
  close: (view: View) => {
    view[name].value = false;
  },
});

const OPENED: readonly Opened[] = [
  {
    isOpen: (view) => view.lightbox.value >= 0,
    close: (view) => {
      view.lightbox.value = -1;
    },
  },
  shut("helpOpen"),
  shut("relabelOpen"),
  shut("ordersOpen"),
  shut("layoutOptionsOpen"),
  shut("optionsOpen"),
  {
    isOpen: ({ store }) => store.propagation.current.value !== null,
    close: ({ store }) => store.propagation.dismiss(),
  },
  { isOpen: ({ store }) => store.review.at.value >= 0, close: (view) => view.leaveReview() },
  { isOpen: (view) => view.inspected.value >= 0, close: (view) => view.inspect(-1) },
  { isOpen: ({ store }) => store.contactSheet.value !== null, close: (view) => view.toggleGrid() },
  {
    isOpen: ({ store }) => store.selection.value.length > 0,
    close: ({ store }) => store.select(new Int32Array(0)),
  },
  {
    isOpen: (view) => view.tool.value === "lasso",
    close: (view) => {
      view.tool.value = "pan";
    },
  },
  shut("fullScreen"),
];

/** Ends what is being drawn, or closes what lies on top; false where nothing is open. */
export function closeOne(view: View): boolean {
  if (view.map?.cancelGesture()) return true;
  const top = OPENED.find((each) => each.isOpen(view));
  top?.close(view);
  return top !== undefined;
}
