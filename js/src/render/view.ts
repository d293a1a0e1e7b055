/** From props to how a frame is seen: sizes in px, what is drawn as a point, how large a hovered sprite is. */
import type { Viewport } from "../geometry/camera";
import type { View } from "./painter";
import type { PickView } from "./picking";
import { SMALLEST_SPRITE_PX } from "./sheet-loader";
import type { RendererProps } from "./types";

/** How much larger a hovered sprite is: by this factor, but by no more than so many CSS px. */
const HOVER_FACTOR = 1.25;
const HOVER_GROWTH_PX = 16;
/**
 * The frame of a selected sprite or a hit takes a share of what the sprite has over so many CSS px; a pixel at least,
 * and at most so many CSS px, or so many times the widest frame of a label.
 */
const CHOSEN_FRAME = { px: 3, times: 1.5, share: 0.2, overPx: 6 };
/** Share of a sprite's size that is the diameter of its disc in "points" mode, and its bounds in CSS px. */
const DISC_SHARE = 0.6;
const SMALLEST_DISC_PX = 2;
const LARGEST_DISC_PX = 12;

/** Sprites below this many device px have several texels a pixel: the coarsest cell has 32. */
const SHRUNK_BELOW_PX = 24;
/** Below this, two samples a pixel: pictures can no longer be told apart by what the other two would add, device px. */
const TINY_BELOW_PX = 8;

const NO_ROWS = new Uint8Array(0);

export const DEFAULT_PROPS: RendererProps = {
  shapes: NO_ROWS,
  colors: NO_ROWS,
  positions: new Float32Array(0),
  transitionMs: 800,
  codes: new Int32Array(0),
  palette: NO_ROWS,
  states: NO_ROWS,
  camera: { x: 0, y: 0, scale: 300 },
  spriteSize: 0.1,
  borderWidth: 2,
  filtered: "dim",
  mode: "sprites",
  pointColor: "mean",
  background: [1, 1, 1],
  accent: [0.13, 0.47, 0.96],
  hitColor: [0.98, 0.66, 0.1],
  warningColor: [0.84, 0.15, 0.16],
  fetchSheet: () => Promise.reject(new Error("no source of thumbnails has been set")),
  fetchImage: null,
};

/** What is wrong with the arrays' lengths, in words; null when they agree. */
export function lengthProblem(props: RendererProps): string | null {
  const n = props.shapes.length / 2;
  const expected = {
    colors: [props.colors.length, 3 * n],
    known: [props.known?.length ?? n, n],
    positions: [props.positions.length, 2 * n],
    codes: [props.codes.length, n],
    states: [props.states.length, n],
  };
  for (const [name, [length, wanted]] of Object.entries(expected)) {
    if (length !== wanted) return `${name} has ${length} numbers; ${n} rows (from shapes) need ${wanted}`;
  }
  return null;
}

/** Side or diameter of a sprite as drawn, device px. */
function drawnPx(props: RendererProps, ratio: number): number {
  const sizePx = props.spriteSize * props.camera.scale * ratio;
  if (props.mode === "sprites") return sizePx;
  return Math.min(LARGEST_DISC_PX * ratio, Math.max(SMALLEST_DISC_PX * ratio, sizePx * DISC_SHARE));
}

/** Longest side at which thumbnails are drawn, device px; 0 when none are. */
export function thumbnailPx(props: RendererProps, ratio: number): number {
  const sizePx = drawnPx(props, ratio);
  return props.mode === "sprites" && sizePx >= SMALLEST_SPRITE_PX ? sizePx : 0;
}

/**
 * @param ease 0..1 along the transition.
 * @param smooth the picture will stay.
 * @param marks some sprite is flagged or has an edit pending.
 */
export function viewOf(
  props: RendererProps,
  viewport: Viewport,
  ratio: number,
  { ease, smooth, marks }: { ease: number; smooth: boolean; marks: boolean },
): View {
  const plain = thumbnailPx(props, ratio) === 0;
  const sizePx = drawnPx(props, ratio);
  const shrunk = !plain && sizePx < SHRUNK_BELOW_PX;
  return {
    camera: props.camera,
    viewport,
    ratio,
    sizePx,
    framePx: props.borderWidth * ratio,
    chosenPx: chosenPx(sizePx, props.borderWidth, ratio),
    ease,
    plain,
    discs: props.mode === "points",
    labelFill: props.pointColor === "label",
    shrunk,
    samples: smooth && shrunk ? (sizePx < TINY_BELOW_PX ? 2 : 4) : 1,
    marks,
    background: props.background,
    accent: props.accent,
    hit: props.hitColor,
    warning: props.warningColor,
  };
}

function chosenPx(sizePx: number, borderWidth: number, ratio: number): number {
  const { px, times, share, overPx } = CHOSEN_FRAME;
  return Math.min(Math.max(borderWidth * times, px) * ratio, Math.max(1, (sizePx - overPx * ratio) * share));
}

/** Factor by which a hovered sprite is larger. */
export function hoverScale(sizePx: number, ratio: number): number {
  return Math.min(HOVER_FACTOR, 1 + (HOVER_GROWTH_PX * ratio) / Math.max(sizePx, 1));
}

export function pickViewOf(props: RendererProps, viewport: Viewport, ratio: number): PickView {
  const sizePx = drawnPx(props, ratio);
  return {
    camera: props.camera,
    viewport,
    sizePx: sizePx / ratio,
    discs: props.mode === "points",
    hoverScale: hoverScale(sizePx, ratio),
    hideFiltered: props.filtered === "hide",
  };
}
