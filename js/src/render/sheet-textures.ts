/**
 * The thumbnails on the GPU: layers of SHEET_PX squared in a few texture arrays ("banks").
 *
 * Banks are allocated when their first layer is used and never copied, so 300 images cost 32 MB and a million the
 * whole budget, without the moment when an old and a larger new array exist side by side. The first is made for the
 * coarsest thumbnails of all rows: a shader that has to choose between two arrays samples both in software GL, which
 * made 10,000 sprites cost half as much again.
 */
import type { Pixels } from "./decode";
import { cellPx, SLOTS_PER_LAYER } from "./sheet-cache";
import { SHEET_PX } from "./types";

const LAYER_BYTES = SHEET_PX * SHEET_PX * 4;
/** Least share of all layers that the first bank holds, and the most: finer thumbnails need room too. */
const SMALLEST_FIRST = 1 / 8;
const LARGEST_FIRST = 1 / 2;
/** Share of all layers in the second: a look at one place of a large data set needs no more. */
const SECOND = 1 / 8;
/** The look word has eight bits for the layer. */
const MOST_LAYERS = 256;

/** Layers that fit `budgetBytes` on this device. */
export function layersFor(gl: WebGL2RenderingContext, budgetBytes: number): number {
  const most = Math.min(MOST_LAYERS, gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS) as number);
  return Math.max(1, Math.min(most, Math.floor(budgetBytes / LAYER_BYTES)));
}

export class SheetTextures {
  /** First layer of every bank. */
  starts: readonly number[] = [0];
  private banks: (WebGLTexture | null)[] = [null];
  private readonly nothing: WebGLTexture;
  private readonly reading: WebGLFramebuffer;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    readonly layers: number,
  ) {
    this.nothing = this.allocate(1, 1);
    this.reading = gl.createFramebuffer();
  }

  /** Divide the layers for `n` rows, unless some are in use: of rows that are added those there keep their thumbnails. */
  setCount(n: number): void {
    if (this.banks.some((bank) => bank !== null)) return;
    const coarsest = Math.ceil(n / SLOTS_PER_LAYER);
    const share = Math.min(LARGEST_FIRST, Math.max(SMALLEST_FIRST, coarsest / this.layers));
    const second = Math.ceil(share * this.layers);
    const third = second + Math.ceil(SECOND * this.layers);
    this.starts = [0, second, third].filter((start) => start < this.layers);
    this.banks = this.starts.map(() => null);
  }

  get bytes(): number {
    return this.banks.reduce<number>((sum, bank, i) => sum + (bank ? this.layersIn(i) * LAYER_BYTES : 0), 0);
  }

  /** Banks that a shader has to know: up to the last that is allocated, at least one. */
  get banksInUse(): number {
    return Math.max(1, 1 + this.banks.findLastIndex((bank) => bank !== null));
  }

  /** Bind the banks to texture units from `firstUnit` on. */
  bind(firstUnit: number): void {
    const { gl } = this;
    this.banks.forEach((bank, i) => {
      gl.activeTexture(gl.TEXTURE0 + firstUnit + i);
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, bank ?? this.nothing);
    });
  }

  /** Copy a rectangle of `pixels` into the top left corner of a slot. */
  upload(
    pixels: Pixels,
    xPx: number,
    yPx: number,
    widthPx: number,
    heightPx: number,
    slot: number,
    level: number,
  ): void {
    const { gl } = this;
    const { bank, layer, x, y } = this.placeOf(slot, level);
    this.banks[bank] ??= this.allocate(SHEET_PX, this.layersIn(bank));
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.banks[bank] as WebGLTexture);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, xPx);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, yPx);
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, x, y, layer, widthPx, heightPx, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, null);
  }

  /** Read the top left part of a slot back: waits for the GPU, so for one thumbnail at rest only. */
  read(slot: number, level: number, widthPx: number, heightPx: number): ImageData | null {
    const { gl } = this;
    const { bank, layer, x, y } = this.placeOf(slot, level);
    const texture = this.banks[bank];
    if (!texture) return null;
    const data = new Uint8ClampedArray(4 * widthPx * heightPx);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, this.reading);
    gl.framebufferTextureLayer(gl.READ_FRAMEBUFFER, gl.COLOR_ATTACHMENT0, texture, 0, layer);
    gl.readPixels(x, y, widthPx, heightPx, gl.RGBA, gl.UNSIGNED_BYTE, data);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, null);
    return new ImageData(data, widthPx, heightPx);
  }

  private placeOf(slot: number, level: number): { bank: number; layer: number; x: number; y: number } {
    const layer = Math.floor(slot / SLOTS_PER_LAYER);
    const cell = slot % SLOTS_PER_LAYER;
    const perRow = SHEET_PX / cellPx(level);
    const bank = this.starts.findLastIndex((start) => start <= layer);
    return {
      bank,
      layer: layer - (this.starts[bank] as number),
      x: (cell % perRow) * cellPx(level),
      y: Math.floor(cell / perRow) * cellPx(level),
    };
  }

  private layersIn(bank: number): number {
    return (this.starts[bank + 1] ?? this.layers) - (this.starts[bank] as number);
  }

  private allocate(side: number, layers: number): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.RGBA8, side, side, layers);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    return texture;
  }
}
