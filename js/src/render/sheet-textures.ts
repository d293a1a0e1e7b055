/**
 * The thumbnails on the GPU: layers of SHEET_PX squared in a few texture arrays ("banks").
 *
 * Banks are allocated when their first layer is used and never copied, so 300 images cost 32 MB and a million the
 * whole budget, without the moment when an old and a larger new array exist side by side. The first is made for the
 * coarsest thumbnails of all rows: a shader that has to choose between two arrays samples both in software GL, which
 * made 10,000 sprites cost half as much again.
 *
 * What a device has is only known when it is asked for: where there is no memory for a bank, half of it is tried, and
 * so on, and from then on there are as many layers as were got.
 */
import type { Pixels } from "./decode";
import { allocated } from "./gl";
import { cellPx, SLOTS_PER_LAYER } from "./sheet-cache";
import { SHEET_PX } from "./types";

export const LAYER_BYTES = SHEET_PX * SHEET_PX * 4;
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
  allocatedAtMs = Number.NEGATIVE_INFINITY;
  private banks: (WebGLTexture | null)[] = [null];
  private readonly nothing: WebGLTexture | null;
  private readonly reading: WebGLFramebuffer;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    public layers: number,
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

  /**
   * Copy a rectangle of `pixels` into the top left corner of a slot.
   *
   * @returns false when there is no such layer (any more): `layers` says how many there are.
   */
  upload(
    pixels: Pixels,
    xPx: number,
    yPx: number,
    widthPx: number,
    heightPx: number,
    slot: number,
    level: number,
  ): boolean {
    const { gl } = this;
    const { bank, layer, x, y } = this.placeOf(slot, level);
    if (!this.banks[bank]) this.open(bank);
    if (slot >= this.layers * SLOTS_PER_LAYER) return false;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.banks[bank] as WebGLTexture);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, xPx);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, yPx);
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, x, y, layer, widthPx, heightPx, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, null);
    return true;
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

  /** Allocate a bank, or as much of it as there is memory for; then it is the last. */
  private open(bank: number): void {
    const start = this.starts[bank] as number;
    const wanted = this.layersIn(bank);
    let got = wanted;
    let texture = this.allocate(SHEET_PX, got);
    while (!texture && got > 1) {
      got >>= 1;
      texture = this.allocate(SHEET_PX, got);
    }
    this.allocatedAtMs = performance.now();
    if (texture && got === wanted) {
      this.banks[bank] = texture;
      return;
    }
    // Banks behind this one are not there either: layers are used in their order.
    this.layers = texture ? start + got : start;
    this.starts = this.starts.filter((each) => each < Math.max(1, this.layers));
    this.banks = this.starts.map((_, i) => (i === bank ? texture : (this.banks[i] ?? null)));
  }

  private allocate(side: number, layers: number): WebGLTexture | null {
    const { gl } = this;
    const texture = allocated(gl, gl.TEXTURE_2D_ARRAY, () =>
      gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.RGBA8, side, side, layers),
    );
    if (!texture) return null;
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    return texture;
  }
}
