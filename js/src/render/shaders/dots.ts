/**
 * Sprites of one color: squares for those of a few px, of which there may be a million, and discs in "points" mode.
 *
 * A program of its own, because handing one color on instead of a picture's placement halves the cost of a sprite.
 */
import { VERTEX_HEAD } from "./common";

export function dotVertexShader(discs: boolean): string {
  return `${VERTEX_HEAD}
uniform bool uLabelFill;      // fill with the label's color instead of the picture's mean
uniform vec3 uBackground;
uniform vec3 uWarning;
flat out vec3 vFill;
${discs ? "flat out vec4 vRing;          // rgb: color; a: width, px" : ""}

void main() {
  uvec4 look = texelFetch(uLooks, texelOf(gl_VertexID), 0);
  uint state = look.y >> 24;
  bool labeled = ((look.z >> 24) & LABELED) != 0u;
  vec3 fill = uLabelFill ? (labeled ? unpackColor(look.z) : vec3(0.55)) : unpackColor(look.y);
  if ((state & FLAGGED) != 0u) fill = mix(fill, uWarning, 0.6);
  vec4 chosen = chosenFrame(state);
${discs ? "  vRing = chosen;" : "  if (chosen.a > 0.0) fill = chosen.rgb;"}
  vFill = (state & FILTERED_OUT) != 0u ? mix(fill, uBackground, FILTERED_FADE) : fill;
  gl_PointSize = max(uSizePx, 1.0);
  gl_Position = vec4(clipPlace(gl_VertexID), clipDepth(state, gl_VertexID), 1.0);
}`;
}

export function dotFragmentShader(discs: boolean): string {
  return `#version 300 es
precision highp float;
uniform highp float uSizePx;
flat in vec3 vFill;
${discs ? "flat in vec4 vRing;" : ""}
out vec4 outColor;

void main() {
  vec3 color = vFill;
${
  discs
    ? `  float edgePx = uSizePx * (0.5 - length(gl_PointCoord - 0.5));
  if (edgePx < 0.0 && uSizePx > 2.5) discard;
  if (edgePx < vRing.a) color = vRing.rgb;`
    : ""
}
  outColor = vec4(color, 1.0);
}`;
}
