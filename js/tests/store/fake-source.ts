/** A source that keeps what it was told and says what a test wants the kernel to say. */
import { signal } from "@preact/signals";
import type { EditSent, FromKernel, HotspotEdit, Labels, Manifest, ToKernel } from "../../src/protocol";
import { PROTOCOL } from "../../src/protocol";
import type { SettingValues, Source } from "../../src/store/source";

export class FakeSource implements Source {
  readonly client = "page";
  readonly lost = signal("");
  readonly sent: ToKernel[] = [];
  readonly wanted: string[] = [];
  readonly values: SettingValues = {
    layout_name: "umap",
    color_by: "",
    palette: "standard",
    sprite_size: 1,
    border_width: 2,
    height: 640,
    _still_jpeg: "",
  };
  private readonly observers = new Map<string, () => void>();
  private handler: (message: FromKernel) => void = () => {};

  readonly settings = {
    get: <K extends keyof SettingValues>(name: K) => this.values[name],
    set: <K extends keyof SettingValues>(name: K, value: SettingValues[K]) => {
      this.values[name] = value;
      this.observers.get(name)?.();
    },
    observe: (name: keyof SettingValues, handler: () => void) => {
      this.observers.set(name, handler);
    },
  };

  listen(handler: (message: FromKernel) => void): void {
    this.handler = handler;
  }
  say(message: FromKernel): void {
    this.handler(message);
  }
  send(message: ToKernel): void {
    this.sent.push(message);
  }
  edits(): EditSent[] {
    return this.sent.filter((message) => message.type === "edit");
  }
  /** All that has a number. */
  numbered(): (EditSent | HotspotEdit)[] {
    return this.sent.filter((message) => message.type === "edit" || message.type === "edit-hotspot");
  }
  hello(): void {}
  want(part: string): void {
    this.wanted.push(part);
  }
  readonly forgotten: string[] = [];
  forget(prefix: string): void {
    this.forgotten.push(prefix);
  }
  fetchSheet = () => Promise.reject(new Error("no sheets here"));
  fetchRow = () => Promise.reject(new Error("no rows here"));
  fetchImage: Source["fetchImage"] = () => Promise.reject(new Error("no images here"));
  fetchBoxes: Source["fetchBoxes"] = () => Promise.reject(new Error("no boxes here"));
  search = () => Promise.reject(new Error("no search here"));
  near: number[] = [];
  similar = () =>
    Promise.resolve({
      type: "found" as const,
      id: 0,
      rows: Int32Array.from(this.near),
      distances: new Float32Array(0),
    });
}

export function manifest(n: number, changes: Partial<Manifest> = {}): Manifest {
  return {
    type: "manifest",
    protocol: PROTOCOL,
    session: "s",
    dataset: "d",
    n,
    label_column: "category",
    flag_column: "remove",
    new_labels: true,
    label_editable: true,
    layouts: [["umap", "Similarity (UMAP)"]],
    options: {},
    colorings: [],
    facets: [["category", "categories"]],
    journal: false,
    boxes: false,
    problems: [],
    problem_count: 0,
    ...changes,
  };
}

export function labels(codes: number[], changes: Partial<Labels> = {}): Labels {
  return {
    type: "labels",
    revision: 0,
    names: ["cat", "dog"],
    palette: Uint8Array.of(1, 2, 3, 4, 5, 6),
    codes: Int32Array.from(codes),
    flags: new Uint8Array(codes.length),
    edited: new Uint8Array(codes.length),
    edits: 0,
    undo: "",
    redo: "",
    steps: [],
    undo_steps: 0,
    more_undo: false,
    more_redo: false,
    step_sizes: new Int32Array(0),
    step_rows: new Int32Array(0),
    step_codes: new Int32Array(0),
    step_flags: new Uint8Array(0),
    step_edited: new Uint8Array(0),
    ...changes,
  };
}
