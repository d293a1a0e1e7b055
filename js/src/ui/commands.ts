/** What can be done with keys: one table, from which the keys act and the list of shortcuts is made. */

import { takesKey } from "./common/keys";
import { closeOne } from "./opened";
import type { View } from "./view";

interface Command {
  /** The keys that do it, alone or with Shift; none: it is done by hand, or by the keys that have no other command. */
  keys?: readonly string[];
  /** Whether Ctrl, or Cmd, and this key, in lower case, do it too. */
  ctrl?(key: string, shift: boolean): boolean;
  /** The row in the list of shortcuts: keys, and what they do. */
  help?: readonly [string, string];
  /** False: the key is the notebook's, or the browser's. */
  act?(view: View, event: KeyboardEvent): boolean;
}

const done = (act: (view: View) => void) => (view: View) => {
  act(view);
  return true;
};

/** Not when the key is held down: it must not decide one image after the other. */
const once = (act: (view: View) => void) => (view: View, event: KeyboardEvent) => {
  if (!event.repeat) act(view);
  return true;
};

/** What keys do that have no command of their own: they give labels. */
const LABELS: Command = {
  help: [
    "1–9, 0, then letters",
    "give this label to the open image, else to the selection (the legend shows which); of detections: this class",
  ],
  act: (view, { key, repeat }) => view.giveByKey(key, repeat),
};

export const COMMANDS: readonly Command[] = [
  LABELS,
  { keys: ["n"], help: ["n", "find a label, or type a new one"], act: findLabel },
  {
    keys: ["s"],
    help: ["s", "give the open image the label that is suggested for it"],
    act: once((view) => view.takeSuggested()),
  },
  { keys: ["x"], help: ["x", "flag for removal, or take the flag back"], act: once((view) => view.toggleFlag()) },
  {
    keys: ["z"],
    ctrl: (key, shift) => key === "z" && !shift,
    help: ["z or Ctrl+Z, Shift+z or Ctrl+Y", "undo, redo (on a Mac Cmd in place of Ctrl; Ctrl+Shift+Z, too)"],
    act: done(({ store }) => store.undo()),
  },
  {
    keys: ["Z"],
    ctrl: (key, shift) => (key === "z" && shift) || (key === "y" && !shift),
    act: done(({ store }) => store.redo()),
  },
  {
    ctrl: (key, shift) => key === "a" && !shift,
    help: ["Ctrl+A", "select all images that are shown"],
    act: once((view) => view.choose(view.store.shownRows())),
  },
  {
    keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"],
    help: ["← →", "previous, next image; move the picture while none is open"],
    act: arrow,
  },
  {
    keys: ["Enter"],
    help: [
      "Enter",
      "open the image under the pointer, or in the middle; in a review: right as it is; after a relabel: these too",
    ],
    act: enter,
  },
  {
    keys: ["l"],
    help: ["l", "lasso on and off"],
    act: done((view) => {
      view.tool.value = view.tool.value === "lasso" ? "pan" : "lasso";
    }),
  },
  { keys: ["g"], help: ["g", "of a box: its ground truth, and back"], act: (view) => view.toggleTruth() },
  {
    keys: ["/"],
    help: ["/", "search; Enter opens the first hit, and then the next; ↓ and ↑ go through them from the box"],
    act: (_view, event) => {
      (event.currentTarget as HTMLElement).querySelector<HTMLInputElement>(".pp-search input")?.focus();
      return true;
    },
  },
  { help: ["F2", "rename the label of the legend that has the focus"] },
  {
    keys: ["+", "=", "-"],
    help: ["+ −", "zoom in, zoom out"],
    act: (view, { key, repeat }) => view.map?.press(key, repeat) ?? false,
  },
  { keys: ["Home"], help: ["Home", "fit everything"], act: done((view) => view.map?.fit()) },
  { keys: ["Escape"], help: ["Esc", "close, or clear the selection"], act: closeOne },
  { help: ["Drag", "move the picture; with the lasso, choose images"] },
  {
    help: [
      "Shift+drag, Alt+drag",
      "add images to the selection, take them from it (Ctrl: a rectangle instead of a lasso)",
    ],
  },
  { help: ["Shift+click", "select an image, or take it out of the selection"] },
  {
    keys: ["?"],
    help: ["?", "this list"],
    act: done((view) => {
      view.helpOpen.value = !view.helpOpen.value;
    }),
  },
];

/** Does what a key says, if it is one of ours, and keeps only such from the notebook. */
export function onKey(event: KeyboardEvent, view: View): void {
  if (event.altKey || event.isComposing) return;
  const { key, shiftKey } = event;
  const ctrl = event.ctrlKey || event.metaKey;
  if (takesKey(event.target, key)) {
    if (ctrl) return;
    // Out of a box with Escape: the keys are the widget's again.
    if (key === "Escape") view.focus?.take();
    event.stopPropagation();
    return;
  }
  const command = ctrl
    ? COMMANDS.find((each) => each.ctrl?.(key.toLowerCase(), shiftKey))
    : (COMMANDS.find((each) => each.keys?.includes(key)) ?? LABELS);
  if (!ctrl && view.lightboxKeys?.(key, event.repeat)) {
    // the large picture has keys of its own
  } else if (!command?.act?.(view, event)) return;
  event.preventDefault();
  event.stopPropagation();
}

function enter(view: View, { target, repeat }: KeyboardEvent): boolean {
  if (target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement) return false;
  const { store } = view;
  if (repeat) return true;
  if (store.propagation.current.value) store.propagate();
  else if (store.review.row() >= 0) view.keep();
  else if (view.nextHit()) return true;
  else if (view.hover.value) view.inspect(view.hover.value.row);
  // Where there is no pointer; but one Enter more than a review has images shall open none.
  else if (view.inspected.value < 0 && store.review.at.value < 0) view.inspect(view.map?.middle() ?? -1);
  return true;
}

/** Goes to where labels are looked for: in the inspector, else in the selection's toolbar. */
function findLabel(view: View, event: KeyboardEvent): boolean {
  const root = event.currentTarget as HTMLElement;
  if (view.inspected.value >= 0) root.querySelector<HTMLInputElement>(".pp-inspector .pp-find-label")?.focus();
  else if (view.store.selection.value.length > 0) {
    view.relabelOpen.value = true;
    root.querySelector<HTMLInputElement>(".pp-selection .pp-up > input")?.focus(); // it may not have closed yet
  }
  return true;
}

/** Steps through images while one is open, else moves the picture. */
function arrow(view: View, { key, target, repeat }: KeyboardEvent): boolean {
  if (view.inspected.value >= 0) {
    view.step(key === "ArrowRight" || key === "ArrowDown" ? 1 : -1);
    return true;
  }
  if (target instanceof HTMLInputElement) return false;
  return view.map?.press(key, repeat) ?? false;
}
