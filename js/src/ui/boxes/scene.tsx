/** A picture with its boxes drawn over it, as a camera sees it. */

import type { Camera, Viewport } from "../../geometry/camera";
import { dataToPx, fitBounds } from "../../geometry/camera";
import { placeTags } from "../../geometry/tags";
import type { BoxesSent } from "../../protocol";
import { cssColor } from "../legend/legend";
import type { Look, View } from "../view";
import type { Whole } from "./pictures";

/** Seen around a box or a truth, as a share of its longer side. */
const MARGIN = 0.15;
const GLYPH_PX = 6.1;

/** x, y, width, height in px of the picture. */
type Rect = readonly [number, number, number, number];

export function boxOf(scene: BoxesSent, k: number): Rect {
  const [x = 0, y = 0, width = 0, height = 0] = scene.boxes.subarray(4 * k, 4 * k + 4);
  return [x, y, width, height];
}

export function truthOf(scene: BoxesSent): Rect | null {
  const [x = 0, y = 0, width = 0, height = 0] = scene.truth;
  return scene.truth.length === 4 ? [x, y, width, height] : null;
}

/** Whether the box is itself a ground truth that nothing found. */
export function isMissed(scene: BoxesSent): boolean {
  return scene.truth_row === scene.row && (scene.notes[0]?.startsWith("missed") ?? false);
}

/** What to look at: pictures have y down, cameras up. */
export function cameraFor(look: Look, scene: BoxesSent, whole: Whole, viewport: Viewport): Camera {
  const rect =
    look === "picture"
      ? null
      : look === "truth"
        ? truthOf(scene)
        : scene.rows[0] === scene.row
          ? boxOf(scene, 0)
          : null;
  if (!rect) return fitBounds({ x0: 0, y0: -whole.height, x1: whole.width, y1: 0 }, viewport, 0);
  const [x, y, width, height] = rect;
  const margin = MARGIN * Math.max(width, height);
  return fitBounds({ x0: x - margin, y0: -y - height - margin, x1: x + width + margin, y1: margin - y }, viewport, 0);
}

/** The box of a row and its ground truth stand out; the other boxes of the picture are faint. */
export function Scene(props: {
  view: View;
  scene: BoxesSent;
  whole: Whole;
  camera: Camera;
  viewport: Viewport;
  /** A row to point out, -1: none. */
  pointed: number;
  others: boolean;
}) {
  const { view, scene, whole, camera, viewport, pointed, others } = props;
  const { widthPx, heightPx } = viewport;
  const [left, top] = dataToPx(camera, viewport, 0, 0);
  const place = ([x, y, width, height]: Rect) => {
    const [xPx, yPx] = dataToPx(camera, viewport, x, -y);
    return { xPx, yPx, widthPx: width * camera.scale, heightPx: height * camera.scale };
  };
  const truth = truthOf(scene);
  const drawn = Array.from(scene.rows, (row, k) => ({
    row,
    kind: row === scene.row ? "own" : row === pointed ? "pointed" : "other",
    text: scene.names[k] ?? "",
    color: colorOf(view, row),
    ...place(boxOf(scene, k)),
  })).filter(({ kind }) => (kind === "own" ? !isMissed(scene) : others || kind !== "other"));
  const truths = truth
    ? [{ row: -1, kind: "truth", text: `truth: ${scene.truth_name}`, color: "", ...place(truth) }]
    : [];
  const rank = ["own", "pointed", "truth", "other"];
  const named = [...drawn, ...truths].sort((a, b) => rank.indexOf(a.kind) - rank.indexOf(b.kind));
  const tags = named.map((each) => ({ ...each, textPx: each.text.length * GLYPH_PX + 10 })).filter(inSight(viewport));
  return (
    <>
      <img
        src={whole.url}
        alt=""
        draggable={false}
        style={{
          left: `${left}px`,
          top: `${top}px`,
          width: `${whole.width * camera.scale}px`,
          height: `${whole.height * camera.scale}px`,
          imageRendering: camera.scale > 4 ? "pixelated" : "auto",
        }}
      />
      <svg aria-hidden="true" width={widthPx} height={heightPx}>
        {/* What matters most is drawn last, on top. */}
        {[...named].reverse().map(({ row, kind, color, ...at }) => (
          <g key={`${kind}${row}`} data-kind={kind} style={{ color: color || undefined }}>
            <rect class="pp-halo" x={at.xPx} y={at.yPx} width={at.widthPx} height={at.heightPx} />
            <rect x={at.xPx} y={at.yPx} width={at.widthPx} height={at.heightPx} />
          </g>
        ))}
      </svg>
      {placeTags(tags, widthPx, heightPx).map(({ index, xPx, yPx }) => {
        const tag = tags[index] as (typeof tags)[number];
        return (
          <span
            key={`${tag.kind}${tag.row}`}
            class="pp-tag"
            data-kind={tag.kind}
            style={{ left: `${xPx}px`, top: `${yPx}px`, borderColor: tag.color || undefined }}
          >
            {tag.text}
          </span>
        );
      })}
    </>
  );
}

function inSight({ widthPx, heightPx }: Viewport) {
  return (at: { text: string; xPx: number; yPx: number; widthPx: number; heightPx: number }) =>
    at.text !== "" && at.xPx < widthPx && at.yPx < heightPx && at.xPx + at.widthPx > 0 && at.yPx + at.heightPx > 0;
}

/** A row's color in the map. */
export function colorOf(view: View, row: number): string {
  const { store } = view;
  const code = store.coloring.codes()[row] ?? -1;
  return code < 0 ? "rgb(150 150 150)" : cssColor(store.coloring.colors.value.palette, code);
}

/** The row of the smallest box at a place of the picture as it is seen, -1: none. */
export function rowAt(scene: BoxesSent, camera: Camera, viewport: Viewport, xPx: number, yPx: number): number {
  let found = -1;
  let smallest = Number.POSITIVE_INFINITY;
  scene.rows.forEach((row, k) => {
    const [x, y, width, height] = boxOf(scene, k);
    const [left, top] = dataToPx(camera, viewport, x, -y);
    const inside =
      xPx >= left && yPx >= top && xPx <= left + width * camera.scale && yPx <= top + height * camera.scale;
    if (!inside || width * height >= smallest) return;
    found = row;
    smallest = width * height;
  });
  return found;
}
