/** JPEG → pixels, off the main thread where the browser can. */

export type Pixels = ImageBitmap | HTMLImageElement | HTMLCanvasElement;

/** The sheet's own values: no color management between a thumbnail and the screen, no alpha arithmetic. */
const AS_IS: ImageBitmapOptions = { premultiplyAlpha: "none", colorSpaceConversion: "none" };

/**
 * @param size decode to exactly this width and height, px; null: as it is.
 * @throws DOMException (EncodingError or InvalidStateError) when the bytes are no picture.
 */
export async function decode(file: Blob, size: readonly [number, number] | null = null): Promise<Pixels> {
  if (typeof createImageBitmap !== "function") return decodeByElement(file, size);
  if (!size) return createImageBitmap(file, AS_IS);
  return createImageBitmap(file, { ...AS_IS, resizeWidth: size[0], resizeHeight: size[1], resizeQuality: "high" });
}

/** Give the memory of a decoded picture back now rather than when the collector finds it. */
export function discard(pixels: Pixels): void {
  if ("close" in pixels) pixels.close();
}

export function widthOf(pixels: Pixels): number {
  return "naturalWidth" in pixels ? pixels.naturalWidth : pixels.width;
}

export function heightOf(pixels: Pixels): number {
  return "naturalHeight" in pixels ? pixels.naturalHeight : pixels.height;
}

async function decodeByElement(file: Blob, size: readonly [number, number] | null): Promise<Pixels> {
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } finally {
    URL.revokeObjectURL(url);
  }
  if (!size) return image;
  const canvas = document.createElement("canvas");
  canvas.width = size[0];
  canvas.height = size[1];
  canvas.getContext("2d")?.drawImage(image, 0, 0, size[0], size[1]);
  return canvas;
}
