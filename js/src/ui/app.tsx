import { useEffect, useRef } from "preact/hooks";
import { Chips } from "./chips";
import { Inspector, Lightbox } from "./inspector";
import { labelOfKey } from "./keys";
import { LeftPanels } from "./left";
import { ImageMap } from "./map";
import { Help, Notices, SelectionBar, StatusLine } from "./panels";
import { ReviewBar, SuggestionBar } from "./queue";
import { Toolbar } from "./toolbar";
import type { View } from "./view";

export function App({ view, root }: { view: View; root: HTMLElement }) {
  const { store } = view;
  useEffect(() => {
    const stop = new AbortController();
    root.addEventListener("keydown", (event) => onKey(event, view), { signal: stop.signal });
    const observer = new ResizeObserver(([entry]) => {
      const width = entry?.contentRect.width ?? 0;
      if (view.widthPx.value === 0 && width > 0 && width < 640) view.leftPanel.value = null;
      view.widthPx.value = width;
    });
    observer.observe(root);
    return () => {
      stop.abort();
      observer.disconnect();
      view.pictures.clear();
    };
  }, [root, view]);
  useFlights(view);
  return (
    <div
      class="pp-frame"
      data-narrow={view.narrow.value}
      data-inspecting={view.inspected.value >= 0}
      data-full={view.fullScreen.value}
      style={{
        height: view.fullScreen.value ? "100vh" : `${store.heightPx.value}px`,
        "--pp-left": `${view.covered().leftPx}px`,
        "--pp-right": `${view.covered().rightPx}px`,
      }}
    >
      <Toolbar view={view} />
      <Chips view={view} />
      <div class="pp-main">
        <ImageMap view={view} root={root} />
        <LeftPanels view={view} />
        <Inspector view={view} />
        <SelectionBar view={view} />
        <ReviewBar view={view} />
        <SuggestionBar view={view} />
        <Notices view={view} />
        <Help view={view} />
        <Lightbox view={view} />
      </div>
      <StatusLine view={view} />
    </div>
  );
}

/** Goes where the kernel sends the camera. */
function useFlights(view: View): void {
  const done = useRef<unknown>(null);
  const flight = view.store.flight.value;
  useEffect(() => {
    if (!flight || flight === done.current) return;
    done.current = flight;
    view.map?.flyTo(flight.row);
    if (flight.open) view.inspect(flight.row);
  }, [flight, view]);
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (!(target instanceof HTMLInputElement)) return false;
  return !["radio", "checkbox", "button"].includes(target.type);
}

/** By these a slider or a group of radios is walked. JupyterLab takes them for its cells if they reach it. */
const WALKING = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"]);

function onKey(event: KeyboardEvent, view: View): void {
  if (event.target instanceof HTMLInputElement && WALKING.has(event.key)) event.stopPropagation();
  if (event.ctrlKey || event.metaKey || isTyping(event.target)) return;
  if (!act(event, view)) return;
  event.preventDefault();
  event.stopPropagation();
}

/** Does what the key says; false if it is none of ours. */
function act(event: KeyboardEvent, view: View): boolean {
  const { store } = view;
  const { key } = event;
  if (view.lightboxKeys?.(key)) return true;
  switch (key) {
    case "Escape":
      return close(view);
    case "?":
      view.helpOpen.value = !view.helpOpen.value;
      return true;
    case "g":
      return view.toggleTruth();
    case "l":
      view.tool.value = view.tool.value === "lasso" ? "pan" : "lasso";
      return true;
    case "z":
      store.undo();
      return true;
    case "Z":
      store.redo();
      return true;
    case "Home":
      view.map?.fit();
      return true;
    case "+":
    case "=":
    case "-":
      return view.map?.press(key) ?? false;
    case "/":
      (event.currentTarget as HTMLElement).querySelector<HTMLInputElement>(".pp-search input")?.focus();
      return true;
    case "ArrowLeft":
    case "ArrowRight":
    case "ArrowUp":
    case "ArrowDown":
      return arrow(event, view);
    case "Enter":
      if (event.target instanceof HTMLButtonElement) return false;
      if (store.suggestion.current.value) {
        store.acceptSuggestion();
        return true;
      }
      if (view.reviewed() >= 0) {
        view.step(1);
        return true;
      }
      if (!view.hover.value) return false;
      view.inspect(view.hover.value.row);
      return true;
    default:
      return label(key, view);
  }
}

/** Closes what was opened last. */
function close(view: View): boolean {
  if (view.map?.cancelGesture()) return true;
  if (view.lightbox.value >= 0) view.lightbox.value = -1;
  else if (view.helpOpen.value) view.helpOpen.value = false;
  else if (view.store.suggestion.current.value) view.store.suggestion.dismiss();
  else if (view.store.reviewAt.value >= 0) view.store.reviewTo(-1);
  else if (view.inspected.value >= 0) view.inspect(-1);
  else if (view.store.selection.value.length > 0) view.store.select(new Int32Array(0));
  else if (view.tool.value === "lasso") view.tool.value = "pan";
  else if (view.fullScreen.value) view.fullScreen.value = false;
  else return false;
  return true;
}

/** Steps through images while one is open, else moves the picture. */
function arrow({ key, target }: KeyboardEvent, view: View): boolean {
  const sideways = key === "ArrowLeft" || key === "ArrowRight";
  if (view.inspected.value >= 0) {
    if (!sideways) return false; // radios are walked by these
    view.step(key === "ArrowRight" ? 1 : -1);
    return true;
  }
  if (target instanceof HTMLInputElement) return false;
  return view.map?.press(key) ?? false;
}

function label(key: string, view: View): boolean {
  const { store } = view;
  const rows = view.targets();
  if (key === "x") {
    if (rows.length > 0) store.flag(rows, !rows.every((row) => store.labels.flags[row] === 1));
    if (view.reviewed() >= 0) view.step(1);
    return true;
  }
  const { names } = store.labels.info.value;
  const code = labelOfKey(key, names.length);
  if (code < 0) return false;
  if (rows.length > 0) store.relabel(rows, names[code] as string);
  if (view.reviewed() >= 0) view.step(1);
  return true;
}
