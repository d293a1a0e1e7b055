/**
 * Sprites with their pictures: GL points (one vertex each) while they are small, quads of four vertices above.
 *
 * What a picture does not need is left out when the program is made rather than branched over: software GL walks
 * through every branch of a shader, and four samples of four textures each made 1,000 sprites cost what 5,000 should.
 * Measured there, 10,000 sprites of 4.6 px: 19 ms without a thumbnail, 29 with one texel a pixel, 37 with a filtered
 * one; 42 with four texels, 61 with four filtered ones.
 */
import { LINED_FROM_PX, SHEET_PX } from "../types";
import { LOOK, VERTEX_HEAD } from "./common";

export interface SpriteVariant {
  /** Two triangles a sprite instead of a point. */
  quads: boolean;
  /** The thumbnail is shown at less than its size: take texels as they are, at half the cost of filtering them. */
  shrunk: boolean;
  /** Samples a pixel is averaged from. */
  samples: 1 | 2 | 4;
  /** Some sprite is flagged or has an edit pending. */
  marks: boolean;
  /** First layer of each texture array in use. */
  banks: readonly number[];
}

/** The color at a pixel from so many samples, spread over it. */
const AVERAGES = {
  1: "texelsAt(at)",
  2: "0.5 * (texelsAt(at - 0.25) + texelsAt(at + 0.25))",
  4: "0.25 * (texelsAt(at - 0.25) + texelsAt(at + 0.25) + texelsAt(at + vec2(0.25, -0.25)) + texelsAt(at + vec2(-0.25, 0.25)))",
};

export function spriteVertexShader({ quads }: SpriteVariant): string {
  return `${VERTEX_HEAD}
flat out vec4 vTexture;       // texture coordinates: of the picture's top left corner (xy), per px (zw)
flat out vec4 vLimits;        // xy: texture coordinates not to go beyond; z: layer, -1 = none; w: frame width, px
flat out vec4 vSize;          // xy: the picture on screen, px; z: the square a point covers, px; w: 1 = filtered out
flat out vec3 vFill;          // where there is no thumbnail
flat out vec3 vFrame;
flat out vec4 vInner;         // of a chosen sprite: its label's frame, inside the other; w: width, px
flat out uint vState;
${quads ? "out vec2 vAtPx;               // from the picture's top left corner, px" : ""}

void main() {
  int rank = ${quads ? "gl_VertexID >> 2" : "gl_VertexID"};
  uvec4 look = texelFetch(uLooks, texelOf(rank), 0);
  uint state = look.y >> 24;
  vState = state;

  uint shape = look.x >> 23;
  float shorter = float(shape & 255u);
  vec2 sides = (shape & WIDE) != 0u ? vec2(255.0, shorter) : vec2(shorter, 255.0);
  vec2 size = max(sides * (uSizePx / 255.0), 1.0);
  vSize = vec4(size, max(uSizePx, 1.0), (state & FILTERED_OUT) != 0u ? 1.0 : 0.0);

  uint level = (look.x >> 18) & 7u;
  uint cellTexels = 32u << level;
  uint perRow = 32u >> level;
  uint cell = look.x & 1023u;
  vec2 origin = vec2(uvec2(cell % perRow, cell / perRow) * cellTexels);
  vec2 texels = max(floor(sides * (float(cellTexels) / 255.0) + 0.5), 1.0);
  vTexture = vec4(origin, texels / size) / 1024.0;

  vFill = unpackColor(look.y);
  vec4 frame = chosenFrame(state);
  bool labeled = ((look.z >> 24) & LABELED) != 0u;
  // A frame thins with its sprite, so that a small picture is not all frame.
  vec4 label = labeled ? vec4(unpackColor(look.z), min(uFramePx, uSizePx * 0.07)) : vec4(0.0);
  vInner = frame.a == 0.0 ? vec4(0.0) : label;
  if (frame.a == 0.0) frame = label;
  vFrame = frame.rgb;
  float layer = (look.x & SLOT_HELD) != 0u ? float((look.x >> 10) & 255u) : -1.0;
  vLimits = vec4((origin + texels - 0.5) / 1024.0, layer, frame.a);

  vec2 center = clipPlace(rank);
${
  quads
    ? `  vec2 corner = vec2(float(gl_VertexID & 1), float((gl_VertexID >> 1) & 1));
  vAtPx = corner * size;
  gl_Position = vec4(center + (corner - 0.5) * size * uClipPerPx * vec2(1.0, -1.0), clipDepth(state, rank), 1.0);`
    : `  gl_PointSize = vSize.z;
  gl_Position = vec4(center, clipDepth(state, rank), 1.0);`
}
}`;
}

export function spriteFragmentShader({ quads, shrunk, samples, marks, banks }: SpriteVariant): string {
  const samplers = banks.map((_, i) => `uniform sampler2DArray uBank${i};`).join("\n");
  const sample = banks.map((start, i) => {
    const test = i === banks.length - 1 ? "" : `if (layer < ${banks[i + 1]}.0) `;
    return shrunk
      ? `  ${test}return texelFetch(uBank${i}, ivec3(uv * ${SHEET_PX}.0, layer - ${start}.0), 0).rgb;`
      : `  ${test}return textureLod(uBank${i}, vec3(uv, layer - ${start}.0), 0.0).rgb;`;
  });
  return `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2DArray;
${LOOK}
${samplers}
uniform float uRatio;
uniform vec3 uBackground;
uniform vec3 uAccent;
uniform vec3 uWarning;

flat in vec4 vTexture;
flat in vec4 vLimits;
flat in vec4 vSize;
flat in vec3 vFill;
flat in vec3 vFrame;
flat in vec4 vInner;
flat in uint vState;
${quads ? "in vec2 vAtPx;" : ""}
out vec4 outColor;

vec3 texelsAt(vec2 at) {
  // Half a texel inside the picture, so that filtering never reaches into the neighboring cell.
  vec2 uv = clamp(vTexture.xy + at * vTexture.zw, vTexture.xy + 0.5 / 1024.0, vLimits.xy);
  float layer = vLimits.z;
${sample.join("\n")}
}

void main() {
  vec2 size = vSize.xy;
  vec2 at = ${quads ? "vAtPx" : "(gl_PointCoord - 0.5) * vSize.z + 0.5 * size"};
${
  quads
    ? ""
    : `  // A pixel on the rim belongs to the upper left side, whatever the last bit says: thin pictures never vanish.
  if (any(lessThan(at, vec2(-0.001))) || any(greaterThanEqual(at, size - 0.001))) discard;
  at = max(at, 0.0);`
}
  vec3 color = vFill;
  if (vLimits.z >= 0.0) color = ${AVERAGES[samples]};
${marks ? MARKS : ""}
  vec2 edges = min(at, size - at);
  float edgePx = min(edges.x, edges.y);
  if (edgePx < max(vLimits.w, 1.0)) color = mix(color, vFrame, min(vLimits.w, 1.0));
  else if ((vState & (SELECTED | HIT)) != 0u) {
    // A line within tells the frame of a chosen sprite from that of a label in much the same color.
    float withinPx = edgePx - vLimits.w - (vSize.z >= ${LINED_FROM_PX}.0 * uRatio ? uRatio : 0.0);
    if (withinPx < 0.0) color = uBackground;
    else if (withinPx < max(vInner.w, 1.0)) color = mix(color, vInner.rgb, min(vInner.w, 1.0));
  }
  outColor = vec4(mix(color, uBackground, vSize.w * FILTERED_FADE), 1.0);
}`;
}

/** What the user did to the picture: a cross on flagged ones, a corner on those with an edit under way. */
const MARKS = `
  if ((vState & FLAGGED) != 0u) {
    color = mix(color, uBackground, 0.45);
    vec2 u = at / size;
    float toPx = size.x * size.y / length(size);
    float strokePx = max(0.7, 0.035 * max(size.x, size.y));
    if (min(abs(u.x - u.y), abs(u.x + u.y - 1.0)) * toPx < strokePx) color = uWarning;
  }
  if ((vState & PENDING) != 0u) {
    float cornerPx = min(12.0 * uRatio, 0.3 * min(size.x, size.y));
    if (size.x - at.x + at.y < cornerPx) color = uAccent;
  }
`;
