import { useEffect, useRef } from "preact/hooks";
import { Focus } from "./common/focus";
import { useFullScreen } from "./common/full-screen";
import { takesKey } from "./common/keys";
import { pictureFirst } from "./common/picture-first";
import { Chips } from "./filters/chips";
import { Inspector } from "./inspector/inspector";
import { Lightbox } from "./inspector/lightbox";
import { LeftPanels } from "./left";
import { ImageMap } from "./map/map";
import { PropagationBar, ReviewBar } from "./review/queue";
import { SelectionBar } from "./selection/selection-bar";
import { Help, Notices, StatusLine } from "./status/panels";
import { Disconnected, Kernelless } from "./status/pending";
import { Toolbar } from "./toolbar/toolbar";
import type { View } from "./view";

export function App({ view, root }: { view: View; root: HTMLElement }) {
  const { store } = view;
  useEffect(() => {
    const stop = new AbortController();
    view.focus = new Focus(root, stop.signal, (focused) => {
      view.focused.value = focused;
    });
    root.addEventListener("keydown", (event) => onKey(event, view), { signal: stop.signal });
    store.rows.touched.on(pictureFirst, stop.signal);
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
      view.closed.abort();
    };
  }, [root, view, store]);
  useFlights(view);
  const frame = useFullScreen(view.fullScreen.value);
  if (store.kernelless.value && !store.data.manifest.value) return <Kernelless view={view} />;
  return (
    <div
      ref={frame}
      class="pp-frame"
      data-narrow={view.narrow.value}
      data-inspecting={view.inspected.value >= 0}
      data-full={view.fullScreen.value}
      style={{
        height: view.fullScreen.value ? undefined : `${store.appearance.heightPx.value}px`,
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
        <div class="pp-bars">
          <PropagationBar view={view} />
          <ReviewBar view={view} />
          <SelectionBar view={view} />
        </div>
        <div class="pp-notices" aria-live="polite">
          <Disconnected view={view} />
          <Notices view={view} />
        </div>
        <Help view={view} />
        <Lightbox view={view} />
      </div>
      <StatusLine view={view} />
    </div>
  );
}

/** Goes where the kernel sends the camera. */
function useFlights(view: View): void {
  const flight = view.store.flight.value;
  // Where an earlier view went is no news to one that opens later.
  const done = useRef(flight?.taken ? flight : null);
  useEffect(() => {
    if (!flight || flight === done.current) return;
    done.current = flight;
    flight.taken = true;
    if (flight.open) view.inspect(flight.row); // first: the image is to stand beside the inspector
    view.map?.flyTo(flight.row);
  }, [flight, view]);
}

function onKey(event: KeyboardEvent, view: View): void {
  if (event.altKey || event.isComposing) return;
  const ctrl = event.ctrlKey || event.metaKey;
  if (takesKey(event.target, event.key)) {
    if (ctrl) return;
    // Out of a box with Escape: the keys are the widget's again.
    if (event.key === "Escape") view.focus?.take();
    event.stopPropagation();
    return;
  }
  if (!(ctrl ? actWithCtrl(event, view) : act(event, view))) return;
  event.preventDefault();
  event.stopPropagation();
}

/** What Ctrl, or Cmd, does everywhere else; all other such keys are the notebook's and the browser's. */
function actWithCtrl({ key, shiftKey, repeat }: KeyboardEvent, view: View): boolean {
  const { store } = view;
  const name = key.toLowerCase();
  if (name === "z" && !shiftKey) store.undo();
  else if (name === "z" || (name === "y" && !shiftKey)) store.redo();
  else if (name !== "a" || shiftKey) return false;
  else if (!repeat) view.choose(store.shownRows());
  return true;
}

/** Does what the key says; false if it is none of ours. */
function act(event: KeyboardEvent, view: View): boolean {
  const { store } = view;
  const { key } = event;
  if (view.lightboxKeys?.(key, event.repeat)) return true;
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
      return view.map?.press(key, event.repeat) ?? false;
    case "/":
      (event.currentTarget as HTMLElement).querySelector<HTMLInputElement>(".pp-search input")?.focus();
      return true;
    case "ArrowLeft":
    case "ArrowRight":
    case "ArrowUp":
    case "ArrowDown":
      return arrow(event, view);
    case "Enter":
      if (event.target instanceof HTMLButtonElement || event.target instanceof HTMLAnchorElement) return false;
      return event.repeat || enter(view);
    case "n":
      return findLabel(event.currentTarget as HTMLElement, view);
    case "s":
      if (!event.repeat) view.takeSuggested();
      return true;
    case "x":
      // A key held down must not decide one image after the other.
      if (!event.repeat) view.toggleFlag();
      return true;
    default:
      return view.giveByKey(key, event.repeat);
  }
}

function enter(view: View): boolean {
  const { store } = view;
  if (store.propagation.current.value) store.propagate();
  else if (store.review.row() >= 0) view.keep();
  else if (view.nextHit()) return true;
  else if (view.hover.value) view.inspect(view.hover.value.row);
  // Where there is no pointer; but one Enter more than a review has images shall open none.
  else if (view.inspected.value < 0 && store.review.at.value < 0) view.inspect(view.map?.middle() ?? -1);
  return true;
}

/** Goes to where labels are looked for: in the inspector, else in the selection's toolbar. */
function findLabel(root: HTMLElement, view: View): boolean {
  if (view.inspected.value >= 0) root.querySelector<HTMLInputElement>(".pp-inspector .pp-find-label")?.focus();
  else if (view.store.selection.value.length > 0) {
    view.relabelOpen.value = true;
    root.querySelector<HTMLInputElement>(".pp-selection .pp-up > input")?.focus(); // it may not have closed yet
  }
  return true;
}

/** Closes what was opened last. */
function close(view: View): boolean {
  if (view.map?.cancelGesture()) return true;
  if (view.lightbox.value >= 0) view.lightbox.value = -1;
  else if (view.helpOpen.value) view.helpOpen.value = false;
  else if (view.relabelOpen.value) view.relabelOpen.value = false;
  else if (view.ordersOpen.value) view.ordersOpen.value = false;
  else if (view.layoutOptionsOpen.value) view.layoutOptionsOpen.value = false;
  else if (view.optionsOpen.value) view.optionsOpen.value = false;
  else if (view.store.propagation.current.value) view.store.propagation.dismiss();
  else if (view.store.review.at.value >= 0) view.leaveReview();
  else if (view.inspected.value >= 0) view.inspect(-1);
  else if (view.store.contactSheet.value) view.toggleGrid();
  else if (view.store.selection.value.length > 0) view.store.select(new Int32Array(0));
  else if (view.tool.value === "lasso") view.tool.value = "pan";
  else if (view.fullScreen.value) view.fullScreen.value = false;
  else return false;
  return true;
}

/** Steps through images while one is open, else moves the picture. */
function arrow({ key, target, repeat }: KeyboardEvent, view: View): boolean {
  if (view.inspected.value >= 0) {
    view.step(key === "ArrowRight" || key === "ArrowDown" ? 1 : -1);
    return true;
  }
  if (target instanceof HTMLInputElement) return false;
  return view.map?.press(key, repeat) ?? false;
}
