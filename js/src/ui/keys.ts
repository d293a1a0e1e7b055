/** Which key does what. Keys act only while the widget has focus, and only ours are kept from the notebook. */

const RESERVED = new Set(["x", "z", "l", "g"]);
const LABEL_KEYS = [..."1234567890abcdefghijklmnopqrstuvwxyz"].filter((key) => !RESERVED.has(key));

const LOOK_KEYS: Readonly<Record<string, string>> = { truth: "g" };

/** The key that switches a box's picture to this, "" if there is none. */
export function keyOfLook(look: string): string {
  return LOOK_KEYS[look] ?? "";
}

/** The key that assigns the label of this code, "" when there are more labels than keys. */
export function keyOfLabel(code: number): string {
  return LABEL_KEYS[code] ?? "";
}

export function labelOfKey(key: string, labels: number): number {
  const code = LABEL_KEYS.indexOf(key);
  return code < labels ? code : -1;
}

export const SHORTCUTS: readonly (readonly [string, string])[] = [
  ["1–9, 0, a–w", "give the selected or open image this label (the legend shows which)"],
  ["x", "flag for removal, or take the flag back"],
  ["z, Shift+z", "undo, redo"],
  ["← →", "previous, next image"],
  ["l", "lasso on and off"],
  ["g", "of a box: its ground truth, and back"],
  ["/", "search; Enter and ↓ go to the next hit, ↑ to the one before"],
  ["F2", "rename the label of the legend that has the focus"],
  ["Enter", "open the image under the pointer; in a review: right as it is; after a relabel: these too"],
  ["+ −", "zoom in, zoom out"],
  ["Home", "fit everything"],
  ["Esc", "close, or clear the selection"],
  ["Drag", "move the picture; with the lasso, choose images"],
  ["Shift+drag, Alt+drag", "add images to the selection, take them from it (Ctrl: a rectangle instead of a lasso)"],
  ["Shift+click", "select an image, or no longer"],
  ["?", "this list"],
];
