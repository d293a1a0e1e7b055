/** The little of WebGL that every part needs. */

/** A linked program with its uniforms looked up once. */
export interface Program {
  handle: WebGLProgram;
  at: (name: string) => WebGLUniformLocation | null;
}

/**
 * One question waits for the driver, that for the link: each shader asked about by itself would wait once more.
 *
 * @throws Error with the driver's own words when a shader does not compile: a bug of ours, not of the user's.
 */
export function linkProgram(gl: WebGL2RenderingContext, vertex: string, fragment: string): Program {
  const handle = gl.createProgram();
  const shaders = [compile(gl, gl.VERTEX_SHADER, vertex), compile(gl, gl.FRAGMENT_SHADER, fragment)];
  for (const shader of shaders) gl.attachShader(handle, shader);
  gl.linkProgram(handle);
  if (!gl.getProgramParameter(handle, gl.LINK_STATUS) && !gl.isContextLost()) {
    const words = [gl.getProgramInfoLog(handle), ...shaders.map((shader) => gl.getShaderInfoLog(shader))];
    throw new Error(`a program does not link: ${words.filter(Boolean).join("; ")}`);
  }
  for (const shader of shaders) gl.deleteShader(shader);
  const locations = new Map<string, WebGLUniformLocation | null>();
  return {
    handle,
    at: (name) => {
      let location = locations.get(name);
      if (location === undefined) {
        location = gl.getUniformLocation(handle, name);
        locations.set(name, location);
      }
      return location;
    },
  };
}

function compile(gl: WebGL2RenderingContext, type: number, source: string): WebGLShader {
  const shader = gl.createShader(type);
  if (!shader) throw new Error("the WebGL context was lost while its programs were compiled");
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}

/**
 * A texture for which `allocate`, called with it bound to `target`, finds the memory; null where there is none left.
 * Asking for the error waits for the GPU, so this is for what is allocated rarely.
 */
export function allocated(gl: WebGL2RenderingContext, target: number, allocate: () => void): WebGLTexture | null {
  // Errors of earlier calls are not this one's; there are six kinds, each told once.
  for (let i = 0; i < 6 && gl.getError() !== gl.NO_ERROR; i++);
  const texture = gl.createTexture();
  gl.bindTexture(target, texture);
  allocate();
  if (gl.getError() !== gl.OUT_OF_MEMORY) return texture;
  gl.deleteTexture(texture);
  return null;
}

/** An immutable 2-D texture read texel by texel; null where there is no memory for it. */
export function dataTexture(
  gl: WebGL2RenderingContext,
  format: number,
  width: number,
  height: number,
): WebGLTexture | null {
  const texture = allocated(gl, gl.TEXTURE_2D, () => gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height));
  if (!texture) return null;
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return texture;
}
