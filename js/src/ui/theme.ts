/** Light or dark, as the notebook around the widget has it. */

import { type Signal, signal } from "@preact/signals";

export interface Theme {
  dark: boolean;
  /** 0..1 each: what the canvas is cleared with, and what marks the selection. */
  background: [number, number, number];
  accent: [number, number, number];
}

type Rgb = [number, number, number];

function parseRgb(css: string): Rgb | null {
  const parts = css.match(/[\d.]+/g)?.map(Number);
  if (!parts || parts.length < 3 || (parts.length > 3 && parts[3] === 0)) return null;
  return [(parts[0] as number) / 255, (parts[1] as number) / 255, (parts[2] as number) / 255];
}

/** Whether the page behind `el` is dark: the first opaque background up the tree decides. */
function isDark(el: Element): boolean {
  for (let at: Element | null = el; at; at = at.parentElement) {
    const rgb = parseRgb(getComputedStyle(at).backgroundColor);
    if (rgb) return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2] < 0.5;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Follows the theme of what `root` stands in; sets `data-theme` on `root`, for the style sheet. */
export function watchTheme(root: HTMLElement, stop: AbortSignal): Signal<Theme> {
  const read = (): Theme => {
    const dark = isDark(root.parentElement ?? document.body);
    root.dataset.theme = dark ? "dark" : "light";
    const style = getComputedStyle(root);
    const background = parseRgb(style.backgroundColor) ?? (dark ? [0.1, 0.1, 0.1] : [1, 1, 1]);
    return { dark, background, accent: parseRgb(style.accentColor) ?? [0.13, 0.52, 0.96] };
  };
  const theme = signal(read());
  let waiting = 0;
  const update = () => {
    waiting = 0;
    const now = read();
    // Hosts change attributes all the time; with new colours the whole picture is painted again.
    if (String(Object.values(now)) !== String(Object.values(theme.value))) theme.value = now;
  };
  // Hosts switch themes by attributes or classes of the body, or of the document, and then swap style sheets.
  const observer = new MutationObserver(() => {
    if (waiting === 0) waiting = requestAnimationFrame(update);
  });
  for (const target of [document.documentElement, document.body]) observer.observe(target, { attributes: true });
  observer.observe(document.head, { childList: true });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", update, { signal: stop });
  stop.addEventListener("abort", () => {
    observer.disconnect();
    cancelAnimationFrame(waiting);
  });
  return theme;
}
