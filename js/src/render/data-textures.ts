/** The sprites' data on the GPU: a place texel and a look texel for every rank. */
import { dataTexture, linkProgram, type Program } from "./gl";
import { WORDS } from "./looks";
import { DATA_TEXTURE_WIDTH } from "./shaders/common";
import { texelFragmentShader, texelVertexShader } from "./shaders/texels";

/** Texel rows filled and uploaded at a time: a 1 MB staging array instead of one as large as the texture. */
const STRIP_ROWS = 32;
/** Bytes of a place (4 float32) and of a look (4 uint32). */
const TEXEL_BYTES = 16;
/** More than this share of the looks is uploaded as a whole: sequential writes beat scattered ones. */
const WHOLE_SHARE = 0.25;

export class DataTextures {
  private places: WebGLTexture | null = null;
  private looks: WebGLTexture | null = null;
  private rows = 0;
  private n = 0;
  private texels: Program | null = null;
  private readonly framebuffer: WebGLFramebuffer;
  private readonly updates: WebGLBuffer;
  private readonly updateArray: WebGLVertexArrayObject;

  constructor(private readonly gl: WebGL2RenderingContext) {
    this.framebuffer = gl.createFramebuffer();
    this.updates = gl.createBuffer();
    this.updateArray = gl.createVertexArray();
    gl.bindVertexArray(this.updateArray);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.updates);
    const stride = 4 * (1 + WORDS);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribIPointer(0, 1, gl.UNSIGNED_INT, stride, 0);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribIPointer(1, WORDS, gl.UNSIGNED_INT, stride, 4);
    gl.bindVertexArray(null);
  }

  get bytes(): number {
    return 2 * this.rows * DATA_TEXTURE_WIDTH * TEXEL_BYTES;
  }

  /** Returns whether there is memory for `n` sprites; nothing can be drawn where there is not. */
  setCount(n: number): boolean {
    const { gl } = this;
    const rows = Math.max(1, Math.ceil(n / DATA_TEXTURE_WIDTH));
    this.n = n;
    if (rows === this.rows) return true;
    gl.deleteTexture(this.places);
    gl.deleteTexture(this.looks);
    this.places = dataTexture(gl, gl.RGBA32F, DATA_TEXTURE_WIDTH, rows);
    this.looks = this.places && dataTexture(gl, gl.RGBA32UI, DATA_TEXTURE_WIDTH, rows);
    this.rows = this.looks ? rows : 0;
    return this.looks !== null;
  }

  bind(placesUnit: number, looksUnit: number): void {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + placesUnit);
    gl.bindTexture(gl.TEXTURE_2D, this.places);
    gl.activeTexture(gl.TEXTURE0 + looksUnit);
    gl.bindTexture(gl.TEXTURE_2D, this.looks);
  }

  setPlaces(fill: (start: number, end: number, out: Float32Array) => void): void {
    const { gl } = this;
    const strip = new Float32Array(this.stripTexels() * 4);
    gl.bindTexture(gl.TEXTURE_2D, this.places);
    this.eachStrip((y, rows, start, end) => {
      fill(start, end, strip);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, y, DATA_TEXTURE_WIDTH, rows, gl.RGBA, gl.FLOAT, strip);
    });
  }

  setLooks(write: (rank: number, out: Uint32Array, at: number) => void): void {
    const { gl } = this;
    const strip = new Uint32Array(this.stripTexels() * WORDS);
    gl.bindTexture(gl.TEXTURE_2D, this.looks);
    this.eachStrip((y, rows, start, end) => {
      for (let rank = start; rank < end; rank++) write(rank, strip, WORDS * (rank - start));
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, y, DATA_TEXTURE_WIDTH, rows, gl.RGBA_INTEGER, gl.UNSIGNED_INT, strip);
    });
  }

  /** Write only the texels of `ranks`: their cost is that of the change, whatever n is. */
  touchLooks(ranks: Uint32Array, write: (rank: number, out: Uint32Array, at: number) => void): void {
    if (ranks.length > WHOLE_SHARE * this.n && ranks.length > 1000) {
      this.setLooks(write);
      return;
    }
    const { gl } = this;
    const stride = 1 + WORDS;
    const words = new Uint32Array(stride * ranks.length);
    ranks.forEach((rank, i) => {
      words[stride * i] = rank;
      write(rank, words, stride * i + 1);
    });
    this.texels ??= linkProgram(gl, texelVertexShader, texelFragmentShader);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.looks, 0);
    gl.viewport(0, 0, DATA_TEXTURE_WIDTH, this.rows);
    gl.disable(gl.DEPTH_TEST);
    gl.useProgram(this.texels.handle);
    gl.uniform1f(this.texels.at("uRows"), this.rows);
    gl.bindVertexArray(this.updateArray);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.updates);
    gl.bufferData(gl.ARRAY_BUFFER, words, gl.STREAM_DRAW);
    this.unbindLooks();
    gl.drawArrays(gl.POINTS, 0, ranks.length);
    gl.bindVertexArray(null);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, null, 0);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }

  /** A texture that is written to must not be bound for reading at the same time. */
  private unbindLooks(): void {
    this.gl.activeTexture(this.gl.TEXTURE1);
    this.gl.bindTexture(this.gl.TEXTURE_2D, null);
    this.gl.activeTexture(this.gl.TEXTURE0);
    this.gl.bindTexture(this.gl.TEXTURE_2D, null);
  }

  private stripTexels(): number {
    return Math.min(STRIP_ROWS, this.rows) * DATA_TEXTURE_WIDTH;
  }

  private eachStrip(upload: (y: number, rows: number, start: number, end: number) => void): void {
    for (let y = 0; y < this.rows; y += STRIP_ROWS) {
      const rows = Math.min(STRIP_ROWS, this.rows - y);
      const start = y * DATA_TEXTURE_WIDTH;
      upload(y, rows, start, Math.min(this.n, start + rows * DATA_TEXTURE_WIDTH));
    }
  }
}
