/** Draws with WebGL2: sprites pulled from data textures, see shaders/. */
import type { Camera } from "../geometry/camera";
import { Backdrop } from "./backdrop";
import { DataTextures } from "./data-textures";
import type { Pixels } from "./decode";
import { linkProgram, type Program } from "./gl";
import type { DeviceRect, Painter, View } from "./painter";
import { dotFragmentShader, dotVertexShader } from "./shaders/dots";
import { type SpriteVariant, spriteFragmentShader, spriteVertexShader } from "./shaders/sprites";
import { layersFor, SheetTextures } from "./sheet-textures";

/**
 * Above this many device px, quads: below, a sprite's vertices cost more than its pixels. A point is as high as it is
 * wide, and what a picture does not fill of it is drawn and thrown away. Measured in software GL, points and quads, of
 * pictures of 4:3: 1,000 of 23 px 13.0 and 11.3 ms, of 37 px 15.6 and 13.0; 3,000 of 21 px 25.8 and 22.9, of 13 px 13.4
 * and 14.9. Of square ones the two take the same time from 20 px on.
 */
const LARGEST_POINT_PX = 20;
/**
 * Sprites are so much larger than they should be, device px. GPUs round corners and point sizes to 1/16 px, each sprite
 * for itself: where those of a grid should touch, the background showed through whole rows and columns of pixels.
 * Measured in software GL at 80 zooms of 900 and 10,000 sprites: 1/16 px closes all of them.
 */
const OVERLAP_PX = 1 / 8;
const PLACES_UNIT = 0;
const LOOKS_UNIT = 1;
const FIRST_BANK_UNIT = 2;

export class WebGlPainter implements Painter {
  readonly kind = "webgl2";
  readonly repaints = true;
  private readonly data: DataTextures;
  private readonly sheets: SheetTextures;
  private readonly backdrop: Backdrop;
  private readonly programs = new Map<string, Program>();
  private readonly indices: WebGLBuffer;
  private readonly vertexArray: WebGLVertexArrayObject;
  private readonly largestPointPx: number;
  private fence: WebGLSync | null = null;
  private n = 0;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    budgetBytes: number,
    /** Called when there is not even memory for what cannot be done without. */
    private readonly onUnable: () => void,
  ) {
    this.data = new DataTextures(gl);
    this.sheets = new SheetTextures(gl, layersFor(gl, budgetBytes));
    this.backdrop = new Backdrop(gl);
    this.indices = gl.createBuffer();
    this.vertexArray = gl.createVertexArray();
    gl.bindVertexArray(this.vertexArray);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.indices);
    gl.bindVertexArray(null);
    const range = gl.getParameter(gl.ALIASED_POINT_SIZE_RANGE) as Float32Array;
    this.largestPointPx = Math.min(LARGEST_POINT_PX, range[1] ?? 1);
  }

  get layers(): number {
    return this.sheets.layers;
  }

  get bytes(): number {
    return this.data.bytes + this.sheets.bytes + this.backdrop.bytes;
  }

  /** Of these, what thumbnails take. */
  get sheetBytes(): number {
    return this.sheets.bytes;
  }

  /** When memory for thumbnails was taken last, as `performance.now()` tells the time. */
  get allocatedAtMs(): number {
    return this.sheets.allocatedAtMs;
  }

  resize(width: number, height: number): void {
    const { canvas } = this.gl;
    canvas.width = width;
    canvas.height = height;
    this.backdrop.forget();
    this.backdrop.kept = null;
  }

  setCount(n: number): void {
    this.n = n;
    if (!this.data.setCount(n)) this.onUnable();
    this.sheets.setCount(n);
  }

  setPlaces(fill: (start: number, end: number, out: Float32Array) => void): void {
    this.data.setPlaces(fill);
  }

  setLooks(write: (rank: number, out: Uint32Array, at: number) => void): void {
    this.data.setLooks(write);
  }

  touchLooks(ranks: Uint32Array, write: (rank: number, out: Uint32Array, at: number) => void): void {
    this.data.touchLooks(ranks, write);
  }

  upload(
    pixels: Pixels,
    xPx: number,
    yPx: number,
    widthPx: number,
    heightPx: number,
    slot: number,
    level: number,
  ): boolean {
    const done = this.sheets.upload(pixels, xPx, yPx, widthPx, heightPx, slot, level);
    if (this.sheets.layers === 0) this.onUnable();
    return done;
  }

  begin(view: View, clear: boolean): void {
    const { gl } = this;
    const [red, green, blue] = view.background;
    this.backdrop.forget();
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.clearColor(red, green, blue, 1);
    gl.clearDepth(1);
    gl.depthMask(true);
    gl.clear(clear ? gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT : gl.DEPTH_BUFFER_BIT);
  }

  get kept(): Camera | null {
    return this.backdrop.kept;
  }

  keep(camera: Camera): void {
    this.backdrop.keep(camera);
  }

  forgetKept(): void {
    this.backdrop.kept = null;
  }

  beginFromKept(view: View): Camera {
    this.begin(view, false);
    return this.backdrop.paintKept(view);
  }

  draw(view: View, ranks: Uint32Array, start: number, end: number): void {
    if (end <= start) return;
    const { gl } = this;
    // A sprite drawn again covers exactly its own visible pixels: its depth is equal there and larger elsewhere.
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.depthMask(true);
    this.drawSprites(
      view,
      view.sizePx + (view.discs ? 0 : OVERLAP_PX),
      start === 0 && end === ranks.length ? ranks : ranks.subarray(start, end),
    );
    gl.disable(gl.DEPTH_TEST);
  }

  finish(view: View): void {
    this.backdrop.fill(view.background);
  }

  overlay(view: View, ranks: Uint32Array, scale: number, rect: DeviceRect): void {
    // What could not be taken back is not put on top.
    if (!this.backdrop.save(rect)) return;
    this.gl.disable(this.gl.DEPTH_TEST);
    this.drawSprites(view, view.sizePx * scale, ranks);
  }

  clearOverlay(): void {
    this.backdrop.restore();
  }

  submit(): void {
    const { gl } = this;
    if (this.fence) gl.deleteSync(this.fence);
    this.fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
  }

  busy(): boolean {
    const { gl } = this;
    if (!this.fence) return false;
    if (gl.getSyncParameter(this.fence, gl.SYNC_STATUS) === gl.UNSIGNALED && !gl.isContextLost()) return true;
    gl.deleteSync(this.fence);
    this.fence = null;
    return false;
  }

  read(slot: number, level: number, widthPx: number, heightPx: number): ImageData | null {
    return this.sheets.read(slot, level, widthPx, heightPx);
  }

  destroy(): void {
    // Contexts are few (16 a page) and collected late: let this one go now.
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  private drawSprites(view: View, sizePx: number, ranks: Uint32Array): void {
    const { gl } = this;
    const asQuads = sizePx > this.largestPointPx && !view.plain;
    const program = view.plain ? this.dotProgram(view.discs) : this.spriteProgram(view, asQuads);
    gl.useProgram(program.handle);
    this.data.bind(PLACES_UNIT, LOOKS_UNIT);
    this.sheets.bind(FIRST_BANK_UNIT);
    // A point whose center is outside of the viewport is dropped whole: a viewport half a point larger on every
    // side than the canvas keeps those that reach in.
    const padPx = asQuads ? 0 : Math.ceil(sizePx / 2) + 1;
    const { width, height } = gl.canvas;
    gl.viewport(-padPx, -padPx, width + 2 * padPx, height + 2 * padPx);
    this.setUniforms(program, view, sizePx, width + 2 * padPx, height + 2 * padPx);
    gl.bindVertexArray(this.vertexArray);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, asQuads ? quadIndices(ranks) : ranks, gl.STREAM_DRAW);
    if (asQuads) gl.drawElements(gl.TRIANGLES, 6 * ranks.length, gl.UNSIGNED_INT, 0);
    else gl.drawElements(gl.POINTS, ranks.length, gl.UNSIGNED_INT, 0);
    gl.bindVertexArray(null);
  }

  private dotProgram(discs: boolean): Program {
    return this.programFor(`dots ${discs}`, dotVertexShader(discs), dotFragmentShader(discs));
  }

  private spriteProgram({ shrunk, samples, marks }: View, quads: boolean): Program {
    const banks = this.sheets.starts.slice(0, this.sheets.banksInUse);
    const variant: SpriteVariant = { quads, shrunk, samples, marks, banks };
    const name = `sprites ${quads} ${shrunk} ${samples} ${marks} ${banks}`;
    return this.programFor(name, spriteVertexShader(variant), spriteFragmentShader(variant));
  }

  private programFor(name: string, vertex: string, fragment: string): Program {
    const made = this.programs.get(name);
    if (made) return made;
    const { gl, sheets } = this;
    const program = linkProgram(gl, vertex, fragment);
    gl.useProgram(program.handle);
    gl.uniform1i(program.at("uPlaces"), PLACES_UNIT);
    gl.uniform1i(program.at("uLooks"), LOOKS_UNIT);
    sheets.starts.forEach((_, i) => {
      gl.uniform1i(program.at(`uBank${i}`), FIRST_BANK_UNIT + i);
    });
    this.programs.set(name, program);
    return program;
  }

  private setUniforms(program: Program, view: View, sizePx: number, widthPx: number, heightPx: number): void {
    const { gl } = this;
    const { camera, ratio } = view;
    const set = (name: string, value: number): void => gl.uniform1f(program.at(name), value);
    const color = (name: string, value: readonly number[]): void => gl.uniform3fv(program.at(name), value);
    set("uEase", view.ease);
    set("uSizePx", sizePx);
    set("uFramePx", view.framePx);
    set("uChosenPx", view.chosenPx);
    set("uRatio", ratio);
    set("uRanks", this.n);
    gl.uniform2f(program.at("uCenter"), camera.x, camera.y);
    const perUnit = 2 * camera.scale * ratio;
    gl.uniform2f(program.at("uClipPerUnit"), perUnit / widthPx, perUnit / heightPx);
    gl.uniform2f(program.at("uClipPerPx"), 2 / widthPx, 2 / heightPx);
    gl.uniform1i(program.at("uLabelFill"), view.labelFill ? 1 : 0);
    color("uAccent", view.accent);
    color("uHit", view.hit);
    color("uWarning", view.warning);
    color("uBackground", view.background);
  }
}

/** Two triangles a sprite; the vertex shader takes the rank from the upper bits and the corner from the lower two. */
function quadIndices(ranks: Uint32Array): Uint32Array {
  const indices = new Uint32Array(6 * ranks.length);
  for (let i = 0; i < ranks.length; i++) {
    const first = 4 * (ranks[i] as number);
    const at = 6 * i;
    indices[at] = first;
    indices[at + 1] = first + 1;
    indices[at + 2] = first + 2;
    indices[at + 3] = first + 2;
    indices[at + 4] = first + 1;
    indices[at + 5] = first + 3;
  }
  return indices;
}
