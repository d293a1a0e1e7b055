/** Names of layouts with options, `category?by=year&across=predicted`: the mirror of pixplot_widget/layouts/arrangements.py. */

import type { LayoutOption } from "../protocol";

export interface Arrangement {
  kind: string;
  chosen: Readonly<Record<string, string>>;
}

export function splitName(name: string): Arrangement {
  const at = name.indexOf("?");
  if (at < 0) return { kind: name, chosen: {} };
  const chosen: Record<string, string> = {};
  for (const part of name.slice(at + 1).split("&")) {
    const equals = part.indexOf("=");
    if (equals > 0) chosen[part.slice(0, equals)] = decodeURIComponent(part.slice(equals + 1));
  }
  return { kind: name.slice(0, at), chosen };
}

export function joinName({ kind, chosen }: Arrangement): string {
  const parts = Object.entries(chosen).map(([name, value]) => `${name}=${quote(value)}`);
  return parts.length > 0 ? `${kind}?${parts.join("&")}` : kind;
}

/** As Python's urllib.parse.quote has it, which leaves fewer characters alone. Halves of characters cannot be written. */
function quote(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, "\ufffd")).replace(
    /[!*'()]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What an option of an arrangement is now. */
export function chosenOf({ chosen }: Arrangement, option: LayoutOption): string {
  return chosen[option.name] ?? option.default;
}

/** The name of an arrangement with one option changed: options in their order, without those that are the default. */
export function withOption(
  now: Arrangement,
  options: readonly LayoutOption[],
  changed: LayoutOption,
  value: string,
): string {
  const chosen: Record<string, string> = {};
  for (const option of options) {
    const next = option === changed ? value : chosenOf(now, option);
    if (next !== option.default) chosen[option.name] = next;
  }
  return joinName({ kind: now.kind, chosen });
}
