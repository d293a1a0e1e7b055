/** A rectangle of the screen filled from a saved picture, or with the background behind all that is drawn. */

/** One triangle that covers the canvas; `uDepth` in 0..1. */
export const pictureVertexShader = `#version 300 es
precision highp float;
uniform float uDepth;

void main() {
  vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  gl_Position = vec4(corner * 4.0 - 1.0, uDepth * 2.0 - 1.0, 1.0);
}`;

export const pictureFragmentShader = `#version 300 es
precision highp float;
uniform sampler2D uPicture;
uniform bool uFill;           // only the background color
uniform vec2 uScale;          // picture coordinates (0..1) per device px of the canvas
uniform vec2 uOffset;         // picture coordinates of the canvas origin (lower left)
uniform vec3 uBackground;
out vec4 outColor;

void main() {
  vec2 uv = gl_FragCoord.xy * uScale + uOffset;
  bool outside = uFill || any(lessThan(uv, vec2(0.0))) || any(greaterThan(uv, vec2(1.0)));
  outColor = vec4(outside ? uBackground : texture(uPicture, uv).rgb, 1.0);
}`;
