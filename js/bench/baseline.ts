/**
 * The plain way to draw sprites, to be measured beside ours: one instanced quad each, with its attributes in buffers,
 * in one draw call over all of them, framed and sampled as ours are. Nothing is left out of view, thinned or spread
 * over frames.
 */
const VERTEX = `#version 300 es
precision highp float;
layout(location = 0) in vec2 aPlace;   // data units
layout(location = 1) in vec3 aCell;    // origin in the texture (0..1), layer
layout(location = 2) in vec3 aFrame;   // color
uniform vec2 uCenter;                  // data units
uniform vec2 uClipPerUnit;
uniform vec2 uClipPerPx;
uniform float uSizePx;
out vec2 vAtPx;
flat out vec3 vCell;
flat out vec3 vFrame;

void main() {
  vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  vAtPx = corner * uSizePx;
  vCell = aCell;
  vFrame = aFrame;
  vec2 offset = (corner - 0.5) * uSizePx * uClipPerPx * vec2(1.0, -1.0);
  gl_Position = vec4((aPlace - uCenter) * uClipPerUnit + offset, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler2DArray;
uniform sampler2DArray uSheets;
uniform float uSizePx;
in vec2 vAtPx;
flat in vec3 vCell;
flat in vec3 vFrame;
out vec4 outColor;

void main() {
  vec3 color = texture(uSheets, vec3(vCell.xy + vAtPx / uSizePx / 32.0, vCell.z)).rgb;
  vec2 edges = min(vAtPx, uSizePx - vAtPx);
  if (min(edges.x, edges.y) < 1.0) color = mix(color, vFrame, min(1.0, uSizePx * 0.07));
  outColor = vec4(color, 1.0);
}`;

export class Baseline {
  private readonly gl: WebGL2RenderingContext;
  private readonly program: WebGLProgram;

  /** @param sheet a sheet of 1,024 cells of 32 px. */
  constructor(
    canvas: HTMLCanvasElement,
    private readonly positions: Float32Array,
    sheet: ImageBitmap,
  ) {
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: true });
    if (!gl) throw new Error("no WebGL2");
    this.gl = gl;
    this.program = this.link();
    const n = positions.length / 2;
    const cells = new Float32Array(3 * n);
    const frames = new Float32Array(3 * n);
    for (let row = 0; row < n; row++) {
      cells.set([(row % 32) / 32, (Math.floor(row / 32) % 32) / 32, 0], 3 * row);
      frames.set([row % 3 === 0 ? 1 : 0, row % 3 === 1 ? 0.6 : 0, row % 3 === 2 ? 1 : 0], 3 * row);
    }
    this.attribute(0, 2, positions);
    this.attribute(1, 3, cells);
    this.attribute(2, 3, frames);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, gl.createTexture());
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.RGBA8, 1024, 1024, 1);
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, 0, 0, 0, 1024, 1024, 1, gl.RGBA, gl.UNSIGNED_BYTE, sheet);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  }

  /** Draw everything. Returns ms until the GPU has done it. */
  frame(x: number, y: number, scale: number, sizePx: number): number {
    const { gl, program } = this;
    const { width, height } = gl.canvas;
    const startMs = performance.now();
    const at = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name);
    gl.viewport(0, 0, width, height);
    gl.clearColor(1, 1, 1, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(at("uCenter"), x, y);
    gl.uniform2f(at("uClipPerUnit"), (2 * scale) / width, (2 * scale) / height);
    gl.uniform2f(at("uClipPerPx"), 2 / width, 2 / height);
    gl.uniform1f(at("uSizePx"), sizePx);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.positions.length / 2);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    return performance.now() - startMs;
  }

  destroy(): void {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  private attribute(location: number, size: number, data: Float32Array): void {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, size, gl.FLOAT, false, 0, 0);
    gl.vertexAttribDivisor(location, 1);
  }

  private link(): WebGLProgram {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [type, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ] as const) {
      const shader = gl.createShader(type) as WebGLShader;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "");
    gl.useProgram(program);
    return program;
  }
}
