/** A named cluster of images. */

export interface Hotspot {
  /** The one by which the kernel knows it too, and any later kernel that reads the same journal. */
  id: string;
  /** "" until the kernel has named it. */
  name: string;
  /** The row whose picture stands for it. */
  cover: number;
  rows: Int32Array;
}
