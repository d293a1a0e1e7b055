/** Some rows side by side in reading order; the others are not placed. */

/** Width over height of the whole: that of most screens. */
const ASPECT = 1.5;

/**
 * @param rows in reading order.
 * @param n how many rows there are in all.
 * @returns float32 (n, 2) in [-1, 1], NaN for rows that are not among `rows`, and the side of a cell in data units.
 */
export function gridOf(rows: ArrayLike<number>, n: number): { xy: Float32Array; cell: number } {
  const xy = new Float32Array(n * 2).fill(Number.NaN);
  const columns = Math.max(1, Math.ceil(Math.sqrt(rows.length * ASPECT)));
  const lines = Math.max(1, Math.ceil(rows.length / columns));
  const cell = 2 / Math.max(columns, lines);
  for (let k = 0; k < rows.length; k += 1) {
    const row = rows[k] as number;
    xy[row * 2] = ((k % columns) - (columns - 1) / 2) * cell;
    xy[row * 2 + 1] = ((lines - 1) / 2 - Math.floor(k / columns)) * cell;
  }
  return { xy, cell };
}
