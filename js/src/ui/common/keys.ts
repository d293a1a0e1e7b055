/** Which key does what. Keys act only while the widget has focus, and only ours are kept from the notebook. */

const RESERVED = new Set(["x", "z", "l", "n", "g", "s"]);
const LABEL_KEYS = [..."1234567890abcdefghijklmnopqrstuvwxyz"].filter((key) => !RESERVED.has(key));

const LOOK_KEYS: Readonly<Record<string, string>> = { truth: "g" };

/** The key that switches a box's picture to this, "" if there is none. */
export function keyOfLook(look: string): string {
  return LOOK_KEYS[look] ?? "";
}

const isDigit = (key: string): boolean => key >= "0" && key <= "9" && key.length === 1;

/**
 * The key that assigns each of these labels, "" where there are more labels than keys. A label that is called as a key
 * has that one; where labels are digits, no digit gives another one than it says.
 */
export function keysOfLabels(names: readonly string[]): string[] {
  const own = names.map((name) => (LABEL_KEYS.includes(name) ? name : ""));
  names.forEach((name, code) => {
    const key = name.toLowerCase().replace(/\.0$/, ""); // whole numbers, in a column with gaps
    if (own[code] === "" && LABEL_KEYS.includes(key) && !own.includes(key)) own[code] = key;
  });
  const free = LABEL_KEYS.filter((key) => !own.includes(key) && !(isDigit(key) && own.some(isDigit)));
  return own.map((key) => key || (free.shift() ?? ""));
}

/**
 * Whether a label's key gives it also to who is in the box that labels are looked for in: a digit that is not what the
 * text of another one begins with.
 */
export function givesFromBox(code: number, keys: readonly string[], names: readonly string[]): boolean {
  const key = keys[code] ?? "";
  return isDigit(key) && names.every((name, other) => other === code || !name.startsWith(key));
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
  [
    "1–9, 0, then letters",
    "give this label to the open image, else to the selection (the legend shows which); of detections: this class",
  ],
  ["n", "find a label, or type a new one"],
  ["s", "give the open image the label that is suggested for it"],
  ["x", "flag for removal, or take the flag back"],
  ["z or Ctrl+Z, Shift+z or Ctrl+Y", "undo, redo (on a Mac Cmd in place of Ctrl; Ctrl+Shift+Z, too)"],
  ["Ctrl+A", "select all images that are shown"],
  ["← →", "previous, next image; move the picture while none is open"],
  [
    "Enter",
    "open the image under the pointer, or in the middle; in a review: right as it is; after a relabel: these too",
  ],
  ["l", "lasso on and off"],
  ["g", "of a box: its ground truth, and back"],
  ["/", "search; Enter opens the first hit, and then the next; ↓ and ↑ go through them from the box"],
  ["F2", "rename the label of the legend that has the focus"],
  ["+ −", "zoom in, zoom out"],
  ["Home", "fit everything"],
  ["Esc", "close, or clear the selection"],
  ["Drag", "move the picture; with the lasso, choose images"],
  ["Shift+drag, Alt+drag", "add images to the selection, take them from it (Ctrl: a rectangle instead of a lasso)"],
  ["Shift+click", "select an image, or no longer"],
  ["?", "this list"],
];
