import { useEffect, useRef } from "preact/hooks";
import { onKey } from "./commands";
import { Focus } from "./common/focus";
import { useFullScreen } from "./common/full-screen";
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
