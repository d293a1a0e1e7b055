/** Runs in the page: the whole widget, with a kernel that tests speak for. Tests call it as `lab`. */

import factory from "../../src/entry/widget";
import { encode, type FromKernel, type ToKernel } from "../../src/protocol";
import { labels, manifest } from "../store/fake-source";
import { fakeModel } from "../transport/fake-model";

const traits: Record<string, unknown> = {
  layout_name: "umap",
  color_by: "",
  palette: "standard",
  sprite_size: 1,
  border_width: 2,
  height: 640,
  _still_jpeg: "",
};

/** What may be given of a widget; the rest is as of `n` images in a square. */
interface Given {
  names?: string[];
  codes?: number[];
  manifest?: Parameters<typeof manifest>[1];
  /** Whether the host gives signals; default: it does. */
  signals?: boolean;
  /** A still picture that the widget holds, in base64. */
  still?: string;
}

class WidgetLab {
  private readonly fake = fakeModel();
  private readonly made = factory();
  private counter = 0;
  readonly ends: (() => void)[] = [];
  private signals = true;

  constructor() {
    this.fake.model.get = ((name: string) => traits[name]) as never;
    this.fake.model.set = ((name: string, value: unknown) => {
      traits[name] = value;
    }) as never;
  }

  /** What the widget said of a kind. */
  sent(type: string): Record<string, unknown>[] {
    return this.fake.sent.filter((message) => message.type === type);
  }

  /** Forgets what it said until now. */
  clear(): void {
    this.fake.sent.length = 0;
  }

  say(message: FromKernel): void {
    this.counter += 1;
    for (const { content, buffers } of encode(message as unknown as ToKernel, `k${this.counter}`)) {
      const { type, stream, ...frame } = content;
      // Only a page writes short streams into the JSON; a kernel always sends bytes.
      const bytes = stream === undefined ? buffers : [Uint8Array.from(atob(stream), (c) => c.charCodeAt(0)).buffer];
      this.fake.say(type, {}, "", { ...frame, buffers: bytes.map((each) => new DataView(each)) });
    }
  }

  start({ signals = true, still = "" }: Given = {}): void {
    traits._still_jpeg = still;
    this.signals = signals;
    const end = this.made.initialize({ model: this.fake.model, ...this.signal() } as never);
    this.ends.push(end as () => void);
  }

  /** A view in a box of its own, or in the one that is given. */
  view(el: HTMLElement | ShadowRoot = document.body): void {
    const box = document.createElement("div");
    el.append(box);
    this.ends.push(this.made.render({ model: this.fake.model, el: box, ...this.signal() } as never) as () => void);
  }

  /** All that a picture of `n` images needs. */
  tell(n: number, given: Given = {}): void {
    const { names = ["cat", "dog"], codes = Array.from({ length: n }, (_, row) => row % names.length) } = given;
    const columns = Math.ceil(Math.sqrt(n));
    const side = Math.max(1, columns - 1);
    const xy = Array.from({ length: n }, (_, row) => [
      (2 * (row % columns)) / side - 1,
      1 - (2 * Math.floor(row / columns)) / side,
    ]);
    const none = new Float32Array(0);
    this.say(manifest(n, given.manifest));
    this.say(
      labels(codes, { names, palette: Uint8Array.from({ length: 3 * names.length }, (_, k) => (k * 40) % 255) }),
    );
    this.say({
      type: "layout",
      name: "umap",
      xy: Float32Array.from(xy.flat()),
      cell: null,
      captions: [],
      extra: {},
      outline: none,
      overlay: none,
    });
  }

  private signal(): { signal?: AbortSignal } {
    return this.signals ? { signal: new AbortController().signal } : {};
  }
}

const lab = new WidgetLab();

export type { WidgetLab };

Object.assign(globalThis, { lab });
