/** The anywidget module: `initialize` makes one session for a model, `render` one view of it. */

import type { AnyModel, Initialize, Render } from "@anywidget/types";
import { h, render as renderPreact } from "preact";
import { newId } from "../store/new-id";
import { browserStorage } from "../store/outbox";
import { Store } from "../store/store";
import { kernelSource } from "../transport/kernel";
import { App } from "../ui/app";
import { View } from "../ui/view";
import "./widget.css";

/**
 * Texts of this module as names of properties. Every model holds them whole, 0.3 MB, and hosts keep the model of each
 * time a cell was run. V8 has the name of a property once: a text that becomes one gives way to what is there. Measured:
 * a cell run anew leaves 0.2 MB less.
 */
const texts: Record<string, true> = {};

/** What ends something, once: the host's signal does, where it has one, and whoever calls what is returned. */
function once(signal: AbortSignal | undefined, end: () => void): () => void {
  let open = true;
  const close = () => {
    if (open) {
      open = false;
      end();
    }
  };
  if (signal?.aborted) close();
  signal?.addEventListener("abort", close);
  return close;
}

export default function factory(): { initialize: Initialize; render: Render } {
  let store: Store | null = null;
  let views = 0;

  function initialize({ model, signal }: { model: AnyModel; signal?: AbortSignal }): () => void {
    for (const name of ["_esm", "_css"]) texts[String(model.get(name))] = true;
    const client = newId();
    const stop = new AbortController();
    const made = new Store(kernelSource(model, client, stop.signal), browserStorage(), stop.signal);
    made.source.hello();
    store = made;
    globalThis.addEventListener?.("pagehide", () => made.outbox.leave(), { signal: stop.signal });
    return once(signal, () => stop.abort());
  }

  function render({ el, signal }: { el: HTMLElement; signal?: AbortSignal }): () => void {
    if (!store) throw new Error("pixplot_widget: a view was asked for before its model was there");
    const session = store;
    const root = document.createElement("div");
    root.className = "pixplot";
    root.tabIndex = 0;
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", "PixPlot");
    root.dataset.lmSuppressShortcuts = "true";
    el.append(root);
    views += 1;
    if (session.sheetsReleased) session.fetchSheetsAgain();
    renderPreact(h(App, { view: new View(session), root }), root);
    return once(signal, () => {
      renderPreact(null, root);
      root.remove();
      views -= 1;
      if (views === 0) session.releaseSheets();
    });
  }

  return { initialize, render };
}
