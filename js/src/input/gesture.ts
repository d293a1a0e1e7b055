/** A lasso or rectangle being drawn. */
import { extendPath, type Polygon, type Rect, rectBetween, rectPolygon } from "../geometry/lasso";

/** Replace the selection, add to it, or take from it. */
export type ChooseMode = "replace" | "add" | "subtract";
/** A lasso's path or a rectangle, CSS px. */
export type Shape = Polygon | Rect;

export interface GestureCallbacks {
  onGesture: (outline: readonly number[]) => void;
  onChoose: (shape: Shape, mode: ChooseMode) => void;
}

export class Gesture {
  private kind: "lasso" | "rectangle" | null = null;
  private mode: ChooseMode = "replace";
  private path: number[] = [];

  constructor(
    canvas: HTMLElement,
    private readonly callbacks: GestureCallbacks,
    signal: AbortSignal,
  ) {
    canvas.ownerDocument.addEventListener(
      "keydown",
      (event) => {
        if (event.key === "Escape" && this.cancel()) event.stopPropagation();
      },
      { signal, capture: true },
    );
  }

  begin(kind: "lasso" | "rectangle", xPx: number, yPx: number, mode: ChooseMode): void {
    this.kind = kind;
    this.mode = mode;
    this.path = [xPx, yPx];
  }

  extend(xPx: number, yPx: number): void {
    if (!this.kind) return;
    if (this.kind === "rectangle") this.path.splice(2, 2, xPx, yPx);
    else if (!extendPath(this.path, xPx, yPx)) return;
    this.callbacks.onGesture(this.outline());
  }

  finish(): void {
    if (!this.kind) return;
    const [x0, y0, x1, y1] = this.path as [number, number, number, number];
    const shape = this.kind === "rectangle" ? rectBetween(x0, y0, x1, y1) : this.path;
    const drawn = this.kind === "rectangle" ? this.path.length === 4 : this.path.length >= 6;
    this.cancel();
    if (drawn) this.callbacks.onChoose(shape, this.mode);
  }

  /** Returns whether there was a gesture to give up. */
  cancel(): boolean {
    if (!this.kind) return false;
    this.kind = null;
    this.path = [];
    this.callbacks.onGesture([]);
    return true;
  }

  private outline(): number[] {
    if (this.kind !== "rectangle") return this.path.slice();
    const [x0, y0, x1, y1] = this.path as [number, number, number, number];
    return rectPolygon(rectBetween(x0, y0, x1, y1));
  }
}
