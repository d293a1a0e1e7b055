/**
 * Sprites, pulled from data textures by `gl_VertexID`: no vertex buffers, so nothing is rebuilt when data change.
 *
 * Small sprites are drawn as GL points (one vertex each), large ones and those beyond the largest point the device
 * draws as quads of four vertices. Depth is the place in the stack: it never depends on what else is drawn, so
 * sprites can be drawn in any order and a part of them drawn again later.
 */

/** Width of the data textures in texels; the rank of texel (x, y) is `y * DATA_TEXTURE_WIDTH + x`. */
export const DATA_TEXTURE_WIDTH = 2048;

/** Layout of a look's words; `looks.ts` writes them. */
const LOOK = `
const uint SLOT_HELD = 1u << 21;  // x: bits 0..9 cell, 10..17 layer, 18..20 level, 21 held, 23..31 shape
const uint WIDE = 1u << 8;        // shape: bit 8 = the width is the longest side, bits 0..7 the other side
const uint LABELLED = 1u;         // z: bits 24.. over the label colour
const uint SELECTED = 1u;         // y: bits 24.. over the mean colour, as in types.ts
const uint FILTERED_OUT = 4u;
const uint FLAGGED = 8u;
const uint HIT = 16u;
const uint PENDING = 32u;
const float FILTERED_FADE = 0.82; // how far sprites that the filter leaves out go towards the background
`;

export type Variant = "points" | "quads" | "plain";

/**
 * @param variant "points" and "quads" draw pictures; "plain" draws points of one colour, for sprites of a few px,
 *   which there may be a million of: it hands one colour on instead of four vectors.
 */
export function spriteVertexShader(variant: Variant): string {
  const quads = variant === "quads";
  return variant === "plain" ? plainVertexShader : pictureVertexShader(quads);
}

const VERTEX_HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
${LOOK}
uniform sampler2D uPlaces;    // by rank: where from (xy) and where to (zw), data units
uniform usampler2D uLooks;    // by rank: sheet slot and shape, mean colour and state, label colour
uniform float uEase;          // 0..1 from the one place to the other
uniform vec2 uCentre;         // data coordinates of the canvas centre
uniform vec2 uClipPerUnit;    // clip units per data unit
uniform vec2 uClipPerPx;      // clip units per device px
uniform float uSizePx;        // longest side of a sprite, device px
uniform float uFramePx;       // widest frame, device px
uniform float uRatio;         // device px per CSS px
uniform float uRanks;         // number of sprites
uniform bool uPlain;          // fill with one colour, no thumbnail: points and tiny sprites
uniform bool uDiscs;          // draw discs instead of rectangles
uniform bool uLabelFill;      // plain fill takes the label's colour
uniform vec3 uAccent;
uniform vec3 uHit;
uniform vec3 uWarning;

vec3 unpackColor(uint word) {
  return vec3(float(word & 255u), float((word >> 8) & 255u), float((word >> 16) & 255u)) / 255.0;
}

ivec2 texelOf(int rank) {
  return ivec2(rank & ${DATA_TEXTURE_WIDTH - 1}, rank >> ${Math.log2(DATA_TEXTURE_WIDTH)});
}

vec2 clipPlace(vec4 place) {
  return (mix(place.xy, place.zw, uEase) - uCentre) * uClipPerUnit;
}

/** Depth in clip space: the place in the stack, all bands and ranks apart, with room behind for the background. */
float clipDepth(uint state, int rank) {
  uint band = (state & SELECTED) != 0u ? 0u : (state & HIT) != 0u ? 1u : (state & FILTERED_OUT) != 0u ? 3u : 2u;
  return 1.8 * (float(band) * uRanks + float(rank) + 0.5) / (4.0 * uRanks) - 1.0;
}

vec3 plainFill(uvec4 look, uint state) {
  bool labelled = (look.z >> 24 & LABELLED) != 0u;
  vec3 fill = uLabelFill ? (labelled ? unpackColor(look.z) : vec3(0.55)) : unpackColor(look.y);
  return (state & FLAGGED) != 0u ? mix(fill, uWarning, 0.6) : fill;
}
`;

const plainVertexShader = `${VERTEX_HEAD}
uniform vec3 uBackground;
flat out vec3 vColor;

void main() {
  uvec4 look = texelFetch(uLooks, texelOf(gl_VertexID), 0);
  uint state = look.y >> 24;
  vColor = plainFill(look, state);
  if ((state & HIT) != 0u) vColor = uHit;
  if ((state & SELECTED) != 0u) vColor = uAccent;
  if ((state & FILTERED_OUT) != 0u) vColor = mix(vColor, uBackground, FILTERED_FADE);
  gl_PointSize = max(uSizePx, 1.0);
  gl_Position = vec4(clipPlace(texelFetch(uPlaces, texelOf(gl_VertexID), 0)), clipDepth(state, gl_VertexID), 1.0);
}`;

function pictureVertexShader(quads: boolean): string {
  return `${VERTEX_HEAD}
flat out vec4 vCell;          // xy: origin in the layer, texels; z: layer, -1 = no thumbnail; w: side of the square, px
flat out vec4 vContent;       // xy: size of the picture on screen, px; zw: in the layer, texels
flat out vec4 vFill;          // rgb: colour where there is no thumbnail; a: 1 = filtered out
flat out vec4 vFrame;         // rgb: colour; a: width, px
flat out uint vState;
${quads ? "out vec2 vAtPx;              // from the picture's top left corner, px" : ""}

void main() {
  int rank = ${quads ? "gl_VertexID >> 2" : "gl_VertexID"};
  vec4 place = texelFetch(uPlaces, texelOf(rank), 0);
  uvec4 look = texelFetch(uLooks, texelOf(rank), 0);
  uint state = look.y >> 24;
  vState = state;

  uint shape = look.x >> 23;
  float shorter = float(shape & 255u);
  vec2 sides = (shape & WIDE) != 0u ? vec2(255.0, shorter) : vec2(shorter, 255.0);
  vec2 content = uDiscs ? vec2(uSizePx) : max(sides * (uSizePx / 255.0), 1.0);

  uint level = (look.x >> 18) & 7u;
  uint cellTexels = 32u << level;
  uint perRow = 32u >> level;
  uint cell = look.x & 1023u;
  bool held = (look.x & SLOT_HELD) != 0u && !uPlain;
  vCell = vec4(vec2(uvec2(cell % perRow, cell / perRow) * cellTexels),
               held ? float((look.x >> 10) & 255u) : -1.0, max(uSizePx, 1.0));
  vContent = vec4(content, max(floor(sides * (float(cellTexels) / 255.0) + 0.5), 1.0));

  vec3 label = unpackColor(look.z);
  bool labelled = (look.z >> 24 & LABELLED) != 0u;
  // A frame thins with its sprite, so that a small picture is not all frame; a chosen one keeps at least a pixel.
  float chosenPx = min(max(uFramePx * 1.5, 3.0 * uRatio), max(1.0, uSizePx * 0.2));
  float labelPx = uPlain || !labelled ? 0.0 : min(uFramePx, uSizePx * 0.07);
  vFrame = vec4(label, labelPx);
  if ((state & HIT) != 0u) vFrame = vec4(uHit, chosenPx);
  if ((state & SELECTED) != 0u) vFrame = vec4(uAccent, chosenPx);
  vFill = vec4(uPlain ? plainFill(look, state) : unpackColor(look.y), (state & FILTERED_OUT) != 0u ? 1.0 : 0.0);

  vec2 centre = clipPlace(place);
  float depth = clipDepth(state, rank);
${
  quads
    ? `  vec2 corner = vec2(float(gl_VertexID & 1), float((gl_VertexID >> 1) & 1));
  vAtPx = corner * content;
  gl_Position = vec4(centre + (corner - 0.5) * content * uClipPerPx * vec2(1.0, -1.0), depth, 1.0);`
    : `  gl_PointSize = max(uSizePx, 1.0);
  gl_Position = vec4(centre, depth, 1.0);`
}
}`;
}

const plainFragmentShader = `#version 300 es
precision highp float;
flat in vec3 vColor;
out vec4 outColor;

void main() {
  outColor = vec4(vColor, 1.0);
}`;

/** @param bankStarts first layer of each texture array that the thumbnails are spread over. */
export function spriteFragmentShader(variant: Variant, bankStarts: readonly number[]): string {
  if (variant === "plain") return plainFragmentShader;
  const quads = variant === "quads";
  const samplers = bankStarts.map((_, i) => `uniform sampler2DArray uBank${i};`).join("\n");
  const sample = bankStarts
    .map((start, i) => {
      const last = i === bankStarts.length - 1;
      const test = last ? "" : `if (layer < ${bankStarts[i + 1]}.0) `;
      return `  ${test}return textureLod(uBank${i}, vec3(uv, layer - ${start}.0), 0.0).rgb;`;
    })
    .join("\n");
  return `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2DArray;
${LOOK}
${samplers}
uniform float uRatio;
uniform bool uPlain;
uniform bool uDiscs;
uniform bool uSmooth;         // average four samples where a thumbnail is shown at less than half its size
uniform vec3 uBackground;
uniform vec3 uAccent;
uniform vec3 uWarning;

flat in vec4 vCell;
flat in vec4 vContent;
flat in vec4 vFill;
flat in vec4 vFrame;
flat in uint vState;
${quads ? "in vec2 vAtPx;" : ""}
out vec4 outColor;

vec3 texelsAt(vec2 uv, float layer) {
${sample}
}

vec3 thumbnail(vec2 at, vec2 size) {
  // Half a texel inside the picture, so that filtering never reaches into the neighbouring cell.
  vec2 origin = vCell.xy;
  vec2 low = vec2(0.5);
  vec2 high = max(vContent.zw - 0.5, 0.5);
  vec2 perPx = vContent.zw / size;
  vec2 texel = at * perPx;
  if (uSmooth && max(perPx.x, perPx.y) > 1.6) {
    vec2 quarter = perPx * 0.25;
    vec3 sum = texelsAt((origin + clamp(texel - quarter, low, high)) / 1024.0, vCell.z);
    sum += texelsAt((origin + clamp(texel + quarter, low, high)) / 1024.0, vCell.z);
    quarter.x = -quarter.x;
    sum += texelsAt((origin + clamp(texel - quarter, low, high)) / 1024.0, vCell.z);
    sum += texelsAt((origin + clamp(texel + quarter, low, high)) / 1024.0, vCell.z);
    return sum * 0.25;
  }
  return texelsAt((origin + clamp(texel, low, high)) / 1024.0, vCell.z);
}

/** What the user did to the picture: a cross on flagged ones, a corner on those with an edit under way. */
vec3 marks(vec3 color, vec2 at, vec2 size) {
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
  return color;
}

void main() {
  vec2 size = vContent.xy;
  vec2 at = ${quads ? "vAtPx" : "(gl_PointCoord - 0.5) * vCell.w + 0.5 * size"};
${
  quads
    ? ""
    : `  // A pixel on the rim belongs to the upper left side, whatever the last bit says: thin pictures never vanish.
  if (any(lessThan(at, vec2(-0.001))) || any(greaterThanEqual(at, size - 0.001))) discard;
  at = max(at, 0.0);`
}
  vec3 color = vFill.rgb;
  float edgePx;
  if (uDiscs) {
    edgePx = 0.5 * size.x - length(at - 0.5 * size);
    if (edgePx < 0.0 && size.x > 2.5) discard;
  } else {
    vec2 edges = min(at, size - at);
    edgePx = min(edges.x, edges.y);
  }
  if (vCell.z >= 0.0) color = thumbnail(at, size);
  if ((vState & (FLAGGED | PENDING)) != 0u && !uPlain) color = marks(color, at, size);
  if (edgePx < max(vFrame.a, 1.0)) color = mix(color, vFrame.rgb, min(vFrame.a, 1.0));
  outColor = vec4(mix(color, uBackground, vFill.a * FILTERED_FADE), 1.0);
}`;
}
