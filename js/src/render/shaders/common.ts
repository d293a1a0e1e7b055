/** What every sprite shader shares: the data textures, and how a sprite's place and depth follow from them. */

/** Width of the data textures in texels; the rank of texel (x, y) is `y * DATA_TEXTURE_WIDTH + x`. */
export const DATA_TEXTURE_WIDTH = 2048;

/** Layout of a look's words, which `looks.ts` writes, and what states look like. */
export const LOOK = `
const uint SLOT_HELD = 1u << 21;  // x: bits 0..9 cell, 10..17 layer, 18..20 level, 21 held, 23..31 shape
const uint WIDE = 1u << 8;        // shape: bit 8 = the width is the longest side, bits 0..7 the other side
const uint LABELED = 1u;         // z: bits 24.. over the label color
const uint SELECTED = 1u;         // y: bits 24.. over the mean color, as in types.ts
const uint FILTERED_OUT = 4u;
const uint FLAGGED = 8u;
const uint HIT = 16u;
const uint PENDING = 32u;
const float FILTERED_FADE = 0.82; // how far sprites that the filter leaves out go toward the background
`;

/** Start of every sprite's vertex shader. Sprites are pulled from textures by rank: no vertex buffers. */
export const VERTEX_HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
${LOOK}
uniform sampler2D uPlaces;    // by rank: where from (xy) and where to (zw), data units
uniform usampler2D uLooks;    // by rank: sheet slot and shape, mean color and state, label color
uniform float uEase;          // 0..1 from the one place to the other
uniform vec2 uCenter;         // data coordinates of the canvas center
uniform vec2 uClipPerUnit;    // clip units per data unit
uniform vec2 uClipPerPx;      // clip units per device px
uniform float uSizePx;        // longest side of a sprite, device px
uniform float uFramePx;       // widest frame, device px
uniform float uChosenPx;      // frame of a selected sprite or a hit, device px
uniform float uRatio;         // device px per CSS px
uniform float uRanks;         // number of sprites
uniform vec3 uAccent;
uniform vec3 uHit;

vec3 unpackColor(uint word) {
  return vec3(float(word & 255u), float((word >> 8) & 255u), float((word >> 16) & 255u)) / 255.0;
}

ivec2 texelOf(int rank) {
  return ivec2(rank & ${DATA_TEXTURE_WIDTH - 1}, rank >> ${Math.log2(DATA_TEXTURE_WIDTH)});
}

vec2 clipPlace(int rank) {
  vec4 place = texelFetch(uPlaces, texelOf(rank), 0);
  return (mix(place.xy, place.zw, uEase) - uCenter) * uClipPerUnit;
}

/**
 * Depth in clip space: the place in the stack, all bands and ranks apart, with room behind for the background. It
 * never depends on what else is drawn, so sprites can be drawn in any order and a part of them drawn again later.
 */
float clipDepth(uint state, int rank) {
  uint band = (state & SELECTED) != 0u ? 0u : (state & HIT) != 0u ? 1u : (state & FILTERED_OUT) != 0u ? 3u : 2u;
  return 1.8 * (float(band) * uRanks + float(rank) + 0.5) / (4.0 * uRanks) - 1.0;
}

/** Frame of a selected sprite or a hit: rgb and width in px; width 0 for others. */
vec4 chosenFrame(uint state) {
  if ((state & SELECTED) != 0u) return vec4(uAccent, uChosenPx);
  if ((state & HIT) != 0u) return vec4(uHit, uChosenPx);
  return vec4(0.0);
}
`;
