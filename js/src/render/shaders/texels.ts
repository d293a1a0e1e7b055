/** Writes single texels of the looks texture: each point lands on the texel of its rank. */
import { DATA_TEXTURE_WIDTH } from "./common";

export const texelVertexShader = `#version 300 es
precision highp float;
precision highp int;
layout(location = 0) in uint aRank;
layout(location = 1) in uvec4 aLook;
uniform float uRows;  // height of the texture, texels
flat out uvec4 vLook;

void main() {
  vLook = aLook;
  vec2 texel = vec2(float(aRank % ${DATA_TEXTURE_WIDTH}u), float(aRank / ${DATA_TEXTURE_WIDTH}u)) + 0.5;
  gl_PointSize = 1.0;
  gl_Position = vec4(texel / vec2(${DATA_TEXTURE_WIDTH}.0, uRows) * 2.0 - 1.0, 0.0, 1.0);
}`;

export const texelFragmentShader = `#version 300 es
precision highp float;
precision highp int;
flat in uvec4 vLook;
out uvec4 outLook;

void main() {
  outLook = vLook;
}`;
