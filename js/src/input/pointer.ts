/**
 * Mouse, wheel and touch on the canvas → camera, hover, click and gestures, told through callbacks.
 *
 * d3-zoom does pan, wheel, pinch and double-click about the pointer. Lasso and rectangle are ours: in the "lasso" and
 * "rectangle" tools any drag, in the "pan" tool a drag with Shift (add) or Alt (subtract). Ctrl or Cmd turns a lasso
 * into a rectangle. A drag shorter than the click tolerance is a click in every tool; a finger held still is a click
 * with Shift, since fingers have none.
 */
import { pointer as positionOn, select } from "d3-selection";
import { type D3ZoomEvent, type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";
import { type Camera, flight, sameCamera, type Viewport } from "../geometry/camera";
import type { ChooseMode, Shape } from "./gesture";
import { Gesture } from "./gesture";
import { cameraForKey } from "./keyboard";

export type { ChooseMode, Shape } from "./gesture";
export type Tool = "pan" | "lasso" | "rectangle";

export interface Modifiers {
  shift: boolean;
  alt: boolean;
  /** Ctrl, or Cmd on a Mac. */
  ctrl: boolean;
}

export interface PointerCallbacks {
  camera: () => Camera;
  viewport: () => Viewport;
  tool: () => Tool;
  /** The camera as a pan, zoom or flight leaves it, at most once a frame for flights. */
  onCamera: (camera: Camera) => void;
  /** The pointer rests or moves over the canvas with no button down; CSS px. At most once a frame. */
  onHover: (xPx: number, yPx: number) => void;
  onLeave: () => void;
  onClick: (xPx: number, yPx: number, modifiers: Modifiers) => void;
  /** Outline of a gesture under way, `[x0, y0, x1, y1, ...]` in CSS px; empty when it ended. */
  onGesture: (outline: readonly number[]) => void;
  /** A finished gesture, CSS px. */
  onChoose: (shape: Shape, mode: ChooseMode) => void;
  /** Allowed camera scales, CSS px per data unit. */
  scaleExtent?: () => readonly [number, number];
}

export interface Pointer {
  /** Fly there within `durationMs` (at most 600); jumps under prefers-reduced-motion. Any touch ends the flight. */
  flyTo(camera: Camera, durationMs?: number): void;
  jumpTo(camera: Camera): void;
  /**
   * Move the camera as a key says, see keyboard.ts.
   *
   * @param held the key repeats: on from where the camera is, at an even pace. Else from where it is bound for, so that
   *   of several presses each counts in full.
   * @returns false if the key is none of the camera's.
   */
  pressKey(key: string, held: boolean): boolean;
  /** Where a flight under way ends; null: there is none. */
  readonly bound: Camera | null;
  /** Give up a gesture under way. Returns whether there was one. */
  cancel(): boolean;
  destroy(): void;
}

/** From a whole data set as a dot to one pixel of float32 precision, CSS px per data unit. */
const DEFAULT_SCALE_EXTENT: readonly [number, number] = [20, 2e6];
/** How far the pointer may slip in a click, CSS px. */
const CLICK_SLIP_PX = 4;
const TOUCH_SLIP_PX = 12;
/** A finger that rests for so long is held, as phones count it. */
const HOLD_MS = 500;
const LONGEST_FLIGHT_MS = 600;
const DOUBLE_CLICK_MS = 250;
const KEY_FLIGHT_MS = 160;

export function createPointer(canvas: HTMLElement, callbacks: PointerCallbacks): Pointer {
  return new CanvasPointer(canvas, callbacks);
}

class CanvasPointer implements Pointer {
  private readonly stopped = new AbortController();
  private readonly zooming = zoom<HTMLElement, unknown>();
  private readonly gesture: Gesture;
  private flightRequest = 0;
  private flightEnd: Camera | null = null;
  private hoverRequest = 0;
  private holdTimer: ReturnType<typeof setTimeout> | undefined;
  private hoverAt: readonly [number, number] = [0, 0];
  private pressed: { id: number; xPx: number; yPx: number; slipPx: number; slipped: boolean } | null = null;

  constructor(
    private readonly canvas: HTMLElement,
    private readonly callbacks: PointerCallbacks,
  ) {
    const { signal } = this.stopped;
    this.gesture = new Gesture(canvas, callbacks, signal);
    // Otherwise a finger scrolls the notebook and the browser takes the gesture away.
    canvas.style.touchAction = "none";
    this.zooming
      .filter((event: MouseEvent | TouchEvent | WheelEvent) => this.accepts(event))
      // A touch screen may be plugged in, or switched on, later.
      .touchable(true)
      .clickDistance(CLICK_SLIP_PX)
      .scaleExtent([...(callbacks.scaleExtent?.() ?? DEFAULT_SCALE_EXTENT)])
      .on("zoom", (event: D3ZoomEvent<HTMLElement, unknown>) => {
        if (event.sourceEvent) this.stopFlight();
        const camera = this.cameraOf(event.transform);
        if (!sameCamera(camera, callbacks.camera())) callbacks.onCamera(camera);
      });
    select(canvas).call(this.zooming);
    this.listen(signal);
  }

  flyTo(camera: Camera, durationMs = LONGEST_FLIGHT_MS): void {
    this.stopFlight();
    const from = this.callbacks.camera();
    if (reducedMotion() || durationMs <= 0) {
      this.jumpTo(camera);
      return;
    }
    this.flightEnd = camera;
    const path = flight(from, camera, this.callbacks.viewport());
    const lastMs = Math.min(durationMs, LONGEST_FLIGHT_MS);
    const startMs = performance.now();
    const step = (): void => {
      const t = Math.min(1, (performance.now() - startMs) / lastMs);
      this.flightRequest = t < 1 ? requestAnimationFrame(step) : 0;
      this.moveTo(path(t * t * (3 - 2 * t)));
    };
    this.flightRequest = requestAnimationFrame(step);
  }

  jumpTo(camera: Camera): void {
    this.stopFlight();
    this.moveTo(camera);
  }

  pressKey(key: string, held: boolean): boolean {
    const { callbacks, bound } = this;
    const from = held || !bound ? callbacks.camera() : bound;
    const camera = cameraForKey(key, from, callbacks.viewport(), this.zooming.scaleExtent());
    if (camera) this.flyTo(camera, KEY_FLIGHT_MS);
    return camera !== null;
  }

  get bound(): Camera | null {
    return this.flightRequest === 0 ? null : this.flightEnd;
  }

  cancel(): boolean {
    return this.gesture.cancel();
  }

  destroy(): void {
    this.stopFlight();
    this.gesture.cancel();
    this.stopped.abort();
    cancelAnimationFrame(this.hoverRequest);
    clearTimeout(this.holdTimer);
    this.zooming.on("zoom", null);
    select(this.canvas).on(".zoom", null);
  }

  private listen(signal: AbortSignal): void {
    const { canvas, callbacks } = this;
    canvas.addEventListener("pointerdown", (event) => this.press(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.move(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.release(event), { signal });
    // Also where the browser takes the pointer away. After a button that was let go there is nothing left to let go.
    canvas.addEventListener("lostpointercapture", () => this.letGo(), { signal });
    // What browsers offer to do with a canvas when a finger is held on it is not what the finger wants.
    canvas.addEventListener(
      "contextmenu",
      (event) => {
        if ((event as PointerEvent).pointerType === "touch") event.preventDefault();
      },
      { signal },
    );
    canvas.addEventListener(
      "pointerleave",
      (event) => {
        cancelAnimationFrame(this.hoverRequest);
        this.hoverRequest = 0;
        if (event.pointerType !== "touch") callbacks.onLeave();
      },
      { signal },
    );
  }

  /** Which events d3-zoom may take. Also the moment to tell it where the camera is, as a resize may have moved it. */
  private accepts(event: MouseEvent | TouchEvent | WheelEvent): boolean {
    this.synchronize();
    if (event.type === "wheel") return true;
    if ("touches" in event) return event.touches.length > 1 || this.callbacks.tool() === "pan";
    if (event.type === "dblclick") {
      this.zooming.duration(reducedMotion() ? 0 : DOUBLE_CLICK_MS);
      return !event.shiftKey && !event.altKey;
    }
    const middle = event.button === 1;
    return middle || (event.button === 0 && !event.ctrlKey && this.gestureFor(event) === null);
  }

  /** The shape a drag with these modifiers draws in the present tool; null when it pans. */
  private gestureFor(event: { shiftKey: boolean; altKey: boolean }): "lasso" | "rectangle" | null {
    const tool = this.callbacks.tool();
    if (tool !== "pan") return tool;
    return event.shiftKey || event.altKey ? "rectangle" : null;
  }

  private press(event: PointerEvent): void {
    this.stopFlight();
    if (!event.isPrimary) {
      // A second finger makes it a pinch.
      this.letGo();
      return;
    }
    if (event.button !== 0) return;
    const [xPx, yPx] = positionOn(event, this.canvas);
    const slipPx = event.pointerType === "touch" ? TOUCH_SLIP_PX : CLICK_SLIP_PX;
    this.pressed = { id: event.pointerId, xPx, yPx, slipPx, slipped: false };
    // A drag goes on outside of the canvas, and ends there.
    this.canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") this.holdTimer = setTimeout(() => this.hold(xPx, yPx), HOLD_MS);
    const shape = this.gestureFor(event);
    if (!shape) return;
    this.gesture.begin(event.ctrlKey || event.metaKey ? "rectangle" : shape, xPx, yPx, chooseMode(event));
  }

  private move(event: PointerEvent): void {
    const [xPx, yPx] = positionOn(event, this.canvas);
    const { pressed } = this;
    if (pressed && event.pointerId === pressed.id) {
      pressed.slipped ||= Math.hypot(xPx - pressed.xPx, yPx - pressed.yPx) > pressed.slipPx;
      if (pressed.slipped) {
        clearTimeout(this.holdTimer);
        this.gesture.extend(xPx, yPx);
      }
      return;
    }
    if (event.buttons !== 0 || event.pointerType === "touch") return;
    this.hoverAt = [xPx, yPx];
    if (this.hoverRequest) return;
    this.hoverRequest = requestAnimationFrame(() => {
      this.hoverRequest = 0;
      this.callbacks.onHover(...this.hoverAt);
    });
  }

  private release(event: PointerEvent): void {
    const { pressed } = this;
    if (!pressed || event.pointerId !== pressed.id) return;
    if (pressed.slipped) this.gesture.finish();
    this.letGo();
    if (pressed.slipped) return;
    const ctrl = event.ctrlKey || event.metaKey;
    this.callbacks.onClick(pressed.xPx, pressed.yPx, { shift: event.shiftKey, alt: event.altKey, ctrl });
  }

  private hold(xPx: number, yPx: number): void {
    this.letGo();
    this.callbacks.onClick(xPx, yPx, { shift: true, alt: false, ctrl: false });
  }

  /** What the pointer does from here on is no click, and no gesture of ours. */
  private letGo(): void {
    clearTimeout(this.holdTimer);
    this.pressed = null;
    this.gesture.cancel();
  }

  private stopFlight(): void {
    if (this.flightRequest) cancelAnimationFrame(this.flightRequest);
    this.flightRequest = 0;
  }

  private moveTo(camera: Camera): void {
    if (sameCamera(camera, this.callbacks.camera())) return;
    this.callbacks.onCamera(camera);
    this.synchronize();
  }

  private synchronize(): void {
    const { x, y, scale } = this.callbacks.camera();
    const { widthPx, heightPx } = this.callbacks.viewport();
    const transform = zoomIdentity.translate(widthPx / 2 - x * scale, heightPx / 2 + y * scale).scale(scale);
    // d3-zoom keeps the transform of an element in this property (documented for zoomTransform).
    (this.canvas as HTMLElement & { __zoom?: ZoomTransform }).__zoom = transform;
  }

  private cameraOf(transform: ZoomTransform): Camera {
    const { widthPx, heightPx } = this.callbacks.viewport();
    return {
      x: (widthPx / 2 - transform.x) / transform.k,
      y: (transform.y - heightPx / 2) / transform.k,
      scale: transform.k,
    };
  }
}

function chooseMode(event: { shiftKey: boolean; altKey: boolean }): ChooseMode {
  if (event.altKey) return "subtract";
  return event.shiftKey ? "add" : "replace";
}

function reducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
