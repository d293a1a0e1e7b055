/** Orders points along a Hilbert curve, so that a step in the order is a short way in the picture. */

const BITS = 16;
const SIDE = 2 ** BITS;

/** Distance along the curve of order 16 of a cell; x and y are whole numbers in [0, 65536). Method: Wikipedia, "Hilbert curve". */
export function hilbertDistance(x: number, y: number): number {
  let distance = 0;
  for (let side = SIDE / 2; side > 0; side /= 2) {
    const right = (x & side) > 0 ? 1 : 0;
    const up = (y & side) > 0 ? 1 : 0;
    distance += side * side * ((3 * right) ^ up);
    if (up === 0) {
      if (right === 1) {
        x = SIDE - 1 - x;
        y = SIDE - 1 - y;
      }
      [x, y] = [y, x];
    }
  }
  return distance;
}

/** Rows of `xyData` (n, 2), in [-1, 1], in the order of the curve; unplaced rows (NaN) last, by position. */
export function hilbertOrder(xyData: Float32Array): Int32Array {
  const n = xyData.length / 2;
  const keys = new Float64Array(n);
  const cell = (value: number) => Math.min(SIDE - 1, Math.max(0, Math.floor(((value + 1) / 2) * SIDE)));
  for (let row = 0; row < n; row += 1) {
    const x = xyData[row * 2] as number;
    const y = xyData[row * 2 + 1] as number;
    keys[row] = Number.isNaN(x) || Number.isNaN(y) ? Number.POSITIVE_INFINITY : hilbertDistance(cell(x), cell(y));
  }
  return Int32Array.from({ length: n }, (_, row) => row).sort((a, b) => {
    const ka = keys[a] as number;
    const kb = keys[b] as number;
    return ka === kb ? a - b : ka - kb;
  });
}
