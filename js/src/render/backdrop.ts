/** What lies behind and beneath: the background, the pixels under a hovered sprite, and the last whole picture. */
import type { Camera } from "../geometry/camera";
import { dataTexture, linkProgram, type Program } from "./gl";
import type { DeviceRect, View } from "./painter";
import { pictureFragmentShader, pictureVertexShader } from "./shaders/picture";
import type { Rgb } from "./types";

/** In front of a cleared depth buffer, behind every sprite: those end at 0.9. */
const BEHIND_ALL = 0.95;

export class Backdrop {
  private program: Program | null = null;
  private saved: WebGLTexture | null = null;
  private savedWidth = 0;
  private savedHeight = 0;
  /** Lower left corner and size of the saved pixels, y up; null when there are none. */
  private under: DeviceRect | null = null;

  /** Camera of the picture in `whole`; null when that is of no use. */
  kept: Camera | null = null;
  private whole: WebGLTexture | null = null;
  private wholeWidth = 0;
  private wholeHeight = 0;

  constructor(private readonly gl: WebGL2RenderingContext) {}

  get bytes(): number {
    return 4 * (this.savedWidth * this.savedHeight + this.wholeWidth * this.wholeHeight);
  }

  /** Paint the background wherever no sprite has been drawn. */
  fill(color: Rgb): void {
    const { gl } = this;
    const program = this.use();
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LESS);
    gl.depthMask(false);
    gl.uniform1f(program.at("uDepth"), BEHIND_ALL);
    gl.uniform1i(program.at("uFill"), 1);
    gl.uniform3fv(program.at("uBackground"), color);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.depthMask(true);
    gl.disable(gl.DEPTH_TEST);
  }

  /** Keep the pixels of a rectangle, to be put back by `restore`. Returns whether there are any, and room for them. */
  save(rect: DeviceRect): boolean {
    const { gl } = this;
    const { width, height } = gl.canvas;
    const x0 = Math.max(0, rect.x);
    const y0 = Math.max(0, height - rect.y - rect.height);
    const x1 = Math.min(width, rect.x + rect.width);
    const y1 = Math.min(height, height - rect.y);
    this.under = null;
    if (x1 <= x0 || y1 <= y0 || !this.grow(x1 - x0, y1 - y0)) return false;
    this.under = { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.saved);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, null);
    gl.copyTexSubImage2D(gl.TEXTURE_2D, 0, 0, 0, x0, y0, x1 - x0, y1 - y0);
    return true;
  }

  restore(): void {
    const { gl, under } = this;
    if (!under) return;
    this.under = null;
    const program = this.use();
    gl.disable(gl.DEPTH_TEST);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(under.x, under.y, under.width, under.height);
    gl.bindTexture(gl.TEXTURE_2D, this.saved);
    gl.uniform1f(program.at("uDepth"), 0);
    gl.uniform1i(program.at("uFill"), 0);
    gl.uniform2f(program.at("uScale"), 1 / this.savedWidth, 1 / this.savedHeight);
    gl.uniform2f(program.at("uOffset"), -under.x / this.savedWidth, -under.y / this.savedHeight);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.disable(gl.SCISSOR_TEST);
  }

  /** The picture is drawn anew: nothing is to be put back. */
  forget(): void {
    this.under = null;
  }

  /** Keep the whole canvas, which shows what `camera` sees, if there is memory for it. */
  keep(camera: Camera): void {
    const { gl } = this;
    const { width, height } = gl.canvas;
    if (width !== this.wholeWidth || height !== this.wholeHeight) {
      gl.deleteTexture(this.whole);
      this.whole = this.pictureTexture(width, height);
      this.wholeWidth = this.whole ? width : 0;
      this.wholeHeight = this.whole ? height : 0;
    }
    this.kept = null;
    if (!this.whole) return;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.whole);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, null);
    gl.copyTexSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 0, 0, width, height);
    this.kept = camera;
  }

  /** Paint the kept picture as `view` sees it. Returns the camera it then shows. */
  paintKept(view: View): Camera {
    const { gl, kept } = this;
    const { camera, ratio } = view;
    if (!kept) return camera;
    const { width, height } = gl.canvas;
    const perUnit = kept.scale * ratio;
    const panned = kept.scale === camera.scale;
    const whole = (px: number): number => (panned ? Math.round(px) : px);
    const dx = whole((camera.x - kept.x) * perUnit);
    const dy = whole((camera.y - kept.y) * perUnit);
    const shrink = kept.scale / camera.scale;
    const program = this.use();
    gl.disable(gl.DEPTH_TEST);
    gl.bindTexture(gl.TEXTURE_2D, this.whole);
    const filter = panned ? gl.NEAREST : gl.LINEAR;
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    gl.uniform1f(program.at("uDepth"), 0);
    gl.uniform1i(program.at("uFill"), 0);
    gl.uniform3fv(program.at("uBackground"), view.background);
    gl.uniform2f(program.at("uScale"), shrink / width, shrink / height);
    gl.uniform2f(
      program.at("uOffset"),
      ((1 - shrink) * 0.5 * width + dx) / width,
      ((1 - shrink) * 0.5 * height + dy) / height,
    );
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    return panned ? { x: kept.x + dx / perUnit, y: kept.y + dy / perUnit, scale: camera.scale } : camera;
  }

  /** Returns whether there is room for so many saved pixels. */
  private grow(width: number, height: number): boolean {
    const { gl } = this;
    if (width <= this.savedWidth && height <= this.savedHeight) return true;
    gl.deleteTexture(this.saved);
    // Rounded up, so that zooming does not allocate anew at every step.
    this.savedWidth = Math.ceil(Math.max(width, this.savedWidth) / 128) * 128;
    this.savedHeight = Math.ceil(Math.max(height, this.savedHeight) / 128) * 128;
    this.saved = this.pictureTexture(this.savedWidth, this.savedHeight);
    if (!this.saved) this.savedWidth = this.savedHeight = 0;
    return this.saved !== null;
  }

  private pictureTexture(width: number, height: number): WebGLTexture | null {
    const texture = dataTexture(this.gl, this.gl.RGBA8, width, height);
    if (!texture) return null;
    this.gl.texParameteri(this.gl.TEXTURE_2D, this.gl.TEXTURE_WRAP_S, this.gl.CLAMP_TO_EDGE);
    this.gl.texParameteri(this.gl.TEXTURE_2D, this.gl.TEXTURE_WRAP_T, this.gl.CLAMP_TO_EDGE);
    return texture;
  }

  private use(): Program {
    const { gl } = this;
    this.program ??= linkProgram(gl, pictureVertexShader, pictureFragmentShader);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, gl.canvas.width, gl.canvas.height);
    gl.useProgram(this.program.handle);
    gl.activeTexture(gl.TEXTURE0);
    gl.uniform1i(this.program.at("uPicture"), 0);
    return this.program;
  }
}
