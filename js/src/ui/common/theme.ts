/** Light or dark, as the notebook around the widget has it. */

import { type Signal, signal } from "@preact/signals";

export interface Theme {
  dark: boolean;
  /** 0..1 each: what the canvas is cleared with, and what marks the selection. */
  background: [number, number, number];
  accent: [number, number, number];
}

type Rgb = [number, number, number];

let pixel: CanvasRenderingContext2D | null = null;

/** A color as CSS writes it, also in ways that name no red, green and blue; null: one sees more of what is behind it. */
function parseRgb(css: string): Rgb | null {
  const said = css.startsWith("rgb") ? (css.match(/[\d.]+/g)?.map(Number) ?? []) : painted(css);
  const [red = 0, green = 0, blue = 0, alpha = 1] = said;
  return said.length < 3 || alpha < 0.5 ? null : [red / 255, green / 255, blue / 255];
}

function painted(css: string): number[] {
  pixel ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!pixel) return [];
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = "transparent"; // what it does not know leaves it as it is
  pixel.fillStyle = css;
  pixel.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 0] = pixel.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

function brightness([red, green, blue]: Rgb): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Elements up the tree, out of the shadow roots that hosts put widgets into. */
function* around(el: Element): Generator<Element> {
  for (let at: Element | null = el; at; at = at.parentElement ?? hostOf(at)) yield at;
}

function hostOf(el: Element): Element | null {
  const top = el.getRootNode();
  return top instanceof ShadowRoot ? top.host : null;
}

/**
 * Whether the page behind `el` is dark: the first opaque background up the tree decides. Where there is none the page
 * is painted in the color that goes with its text, which is light on dark pages: so the dark mode of the system counts
 * on pages that follow it, and only there.
 */
function isDark(el: Element): boolean {
  for (const at of around(el)) {
    const rgb = parseRgb(getComputedStyle(at).backgroundColor);
    if (rgb) return brightness(rgb) < 0.5;
  }
  const text = parseRgb(getComputedStyle(el).color);
  return text !== null && brightness(text) > 0.5;
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
    // Hosts change attributes all the time; with new colors the whole picture is painted again.
    if (String(Object.values(now)) !== String(Object.values(theme.value))) theme.value = now;
  };
  // Hosts switch themes by attributes or classes of the body, or of the document, and then swap style sheets.
  const observer = new MutationObserver(() => {
    if (waiting === 0) waiting = requestAnimationFrame(update);
  });
  const hosts = [...around(root)].filter(
    (at) => at.shadowRoot || at === document.body || at === document.documentElement,
  );
  for (const target of hosts) observer.observe(target, { attributes: true });
  observer.observe(document.head, { childList: true });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", update, { signal: stop });
  stop.addEventListener("abort", () => {
    observer.disconnect();
    cancelAnimationFrame(waiting);
  });
  return theme;
}
