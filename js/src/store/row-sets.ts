/** Sets of rows, as marks: one byte for each row there is. */

export const NO_ROWS = new Int32Array(0);

export function marked(parts: readonly Int32Array[], n: number): Uint8Array {
  const marks = new Uint8Array(n);
  for (const part of parts) for (const row of part) marks[row] = 1;
  return marks;
}

/** Each row once. */
export function union(parts: readonly Int32Array[], n: number): Int32Array {
  const [first = NO_ROWS] = parts;
  if (parts.length < 2) return first;
  const marks = marked(parts, n);
  const rows: number[] = [];
  for (let row = 0; row < n; row += 1) if (marks[row]) rows.push(row);
  return Int32Array.from(rows);
}
