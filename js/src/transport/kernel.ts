/** A Jupyter kernel as the source: one anywidget model, its messages and traits. */

import type { AnyModel } from "@anywidget/types";
import { signal as observable } from "@preact/signals";
import { Decoder, encode, type FromKernel, type ToKernel } from "../protocol";
import type { Settings, SettingValues, Source } from "../store/source";
import { type Answer, type Question, Questions } from "./questions";

/** A question before it has its number. */
type Unnumbered<T> = T extends Question ? Omit<T, "id"> : never;

export function kernelSource(model: AnyModel, client: string, signal: AbortSignal): Source {
  const decoder = new Decoder();
  const questions = new Questions((question) => send(question));
  const have = new Map<string, string>();
  const lost = observable("");
  let handler: (message: FromKernel) => void = () => {};
  let counter = 0;

  /** Whether the message is on its way. */
  function send(message: ToKernel): boolean {
    if (lost.value) return false; // the outbox keeps edits
    counter += 1;
    try {
      for (const { content, buffers } of encode(message, `${client}-${counter}`))
        model.send(content, undefined, buffers);
    } catch (error) {
      lost.value = `The kernel cannot be reached (${(error as Error).message}).`;
    }
    return !lost.value;
  }

  function receive(content: unknown, buffers?: readonly (ArrayBufferView | ArrayBuffer)[]): void {
    lost.value = "";
    // Jupyter hands over views; other hosts the bare buffers.
    const views = (buffers ?? []).map((each) => (ArrayBuffer.isView(each) ? each : new Uint8Array(each)));
    const received = decoder.feed(content, views);
    if (!received) return;
    const { message, part } = received;
    if (part) {
      const at = part.lastIndexOf("@");
      const [name, version] = [part.slice(0, at), part.slice(at + 1)];
      if (have.get(name) === version) return; // the kernel repeats its first parts while it cannot hear us
      have.set(name, version);
    }
    if ("id" in message && message.id >= 0) {
      questions.answer(message);
      return;
    }
    if (message.type === "ack") questions.heard();
    if (message.type === "roll-call") hello(true);
    else handler(message);
  }

  function hello(called: boolean): void {
    send({ type: "hello", client, have: [...have].map(([name, version]) => `${name}@${version}`), called });
  }

  function ask<T extends Answer>(question: Unnumbered<Question>, abort: AbortSignal): Promise<T> {
    // Numbers must differ between the pages of one kernel: every page hears every answer.
    const id = Math.floor(Math.random() * 2 ** 31);
    return questions.ask({ ...question, id } as Question, abort) as Promise<T>;
  }

  model.on("msg:custom", receive);
  // What ipywidgets' models say when their kernel restarts or shuts down; other hosts say nothing of it.
  const cut = () => {
    lost.value = "The kernel was restarted or shut down.";
  };
  model.on("comm_live_update", cut);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", receive);
    model.off("comm_live_update", cut);
    questions.end("the widget was closed");
  });

  return {
    client,
    lost,
    settings: modelSettings(model),
    listen(next) {
      handler = next;
    },
    send,
    hello: () => hello(false),
    want: (part) => send({ type: "want", part }),
    forget(prefix) {
      for (const name of have.keys()) if (name.startsWith(prefix)) have.delete(name);
    },
    fetchSheet: (cell, rows, abort) => ask({ type: "want-sheet", cell, rows }, abort),
    fetchRow: (row, abort) => ask({ type: "want-row", row }, abort),
    fetchImage: (row, whole, abort) => ask({ type: "want-image", row, whole }, abort),
    fetchBoxes: (row, abort) => ask({ type: "want-boxes", row }, abort),
    search: (text, abort) => ask({ type: "search", text }, abort),
    similar: (rows, k, abort, among) =>
      ask({ type: "want-similar", rows, k, among: among ? "label" : "all", label: among?.label ?? null }, abort),
  };
}

function modelSettings(model: AnyModel): Settings {
  return {
    get: <K extends keyof SettingValues>(name: K) => model.get(name) as SettingValues[K],
    set(name, value) {
      if (model.get(name) === value) return;
      model.set(name, value);
      model.save_changes();
    },
    observe(name, changed, signal) {
      model.on(`change:${name}`, changed);
      signal.addEventListener("abort", () => model.off(`change:${name}`, changed));
    },
  };
}
