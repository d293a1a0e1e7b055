/** Which keys give labels, and which are typed into a box. What the others do is in `commands.ts`. */

/** Letters that are keys of commands. */
export const RESERVED: ReadonlySet<string> = new Set(["x", "z", "l", "n", "g", "s"]);
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
