/** Which key does what. Keys act only while the widget has focus, and only ours are kept from the notebook. */

const RESERVED = new Set(["x", "z", "l", "n", "g", "s"]);
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

/** The code of the label that this key assigns, of so many labels; -1: none. */
export function labelOfKey(key: string, labels: number): number {
  const code = LABEL_KEYS.indexOf(key);
  return code < labels ? code : -1;
}

/** Whether an element takes this key as its own: text is typed into it, a list or slider is moved by it. */
export function takesKey(target: EventTarget | null, key: string): boolean {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLElement && target.isContentEditable) return true;
  if (!(target instanceof HTMLInputElement)) return false;
  switch (target.type) {
    case "checkbox":
    case "button":
      return key === " ";
    case "radio":
      return key === " " || key === "ArrowUp" || key === "ArrowDown";
    case "range":
      return key.startsWith("Arrow") || key.startsWith("Page") || key === "Home" || key === "End";
    default:
      return true;
  }
}

export const SHORTCUTS: readonly (readonly [string, string])[] = [
  ["1–9, 0, then letters", "give this label to the open image, else to the selection (the legend shows which)"],
  ["n", "find a label, or type a new one"],
  ["s", "give the open image the label that is suggested for it"],
  ["x", "flag for removal, or take the flag back"],
  ["z, Shift+z", "undo, redo"],
  ["← →", "previous, next image; move the picture while none is open"],
  [
    "Enter",
    "open the image under the pointer, or in the middle; in a review: right as it is; after a relabel: these too",
  ],
  ["l", "lasso on and off"],
  ["g", "of a box: its ground truth, and back"],
  ["/", "search; Enter and ↓ go to the next hit, ↑ to the one before"],
  ["F2", "rename the label of the legend that has the focus"],
  ["+ −", "zoom in, zoom out"],
  ["Home", "fit everything"],
  ["Esc", "close, or clear the selection"],
  ["Drag", "move the picture; with the lasso, choose images"],
  ["Shift+drag, Alt+drag", "add images to the selection, take them from it (Ctrl: a rectangle instead of a lasso)"],
  ["Shift+click", "select an image, or no longer"],
  ["?", "this list"],
];
