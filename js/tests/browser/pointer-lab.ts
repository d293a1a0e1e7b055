/** Runs in the page: a canvas with the pointer on it, writing down what it is told. */
import type { Camera, Viewport } from "../../src/geometry/camera";
import { createPointer, type Pointer, type Tool } from "../../src/input/pointer";

const canvas = document.createElement("canvas");
canvas.style.cssText = "position: absolute; left: 40px; top: 20px; width: 400px; height: 300px; background: #eee";
document.body.append(canvas);

const viewport: Viewport = { widthPx: 400, heightPx: 300 };
const state = {
  tool: "pan" as Tool,
  camera: { x: 0, y: 0, scale: 100 } as Camera,
  calls: [] as [string, ...unknown[]][],
};

const pointer: Pointer = createPointer(canvas, {
  camera: () => state.camera,
  viewport: () => viewport,
  tool: () => state.tool,
  onCamera: (camera) => {
    state.camera = camera;
    state.calls.push(["camera", camera]);
  },
  onHover: (xPx, yPx) => state.calls.push(["hover", xPx, yPx]),
  onLeave: () => state.calls.push(["leave"]),
  onClick: (xPx, yPx, modifiers) => state.calls.push(["click", xPx, yPx, modifiers]),
  onGesture: (outline) => state.calls.push(["gesture", [...outline]]),
  onChoose: (shape, mode) => state.calls.push(["choose", "x0" in shape ? shape : Array.from(shape), mode]),
});

/** Whether fingers that rest are held, in tests that do something about it. */
const tools = { state, pointer, canvas, holding: false };
export type PointerLab = typeof tools;
Object.assign(globalThis, { hand: tools });
