/** Sets of rows: as arrays, as marks (one byte for each row there is), and what gestures make of them. */

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
  const rows = new Int32Array(n);
  let count = 0;
  for (let row = 0; row < n; row += 1) if (marks[row]) rows[count++] = row;
  return rows.slice(0, count);
}

/** The set of an array that is replaced, never mutated. */
export function setOf(read: () => Int32Array): () => ReadonlySet<number> {
  let of: Int32Array | null = null;
  let set: Set<number> = new Set();
  return () => {
    const now = read();
    if (now !== of) {
      of = now;
      set = new Set(now);
    }
    return set;
  };
}

export type SelectMode = "replace" | "add" | "subtract" | "toggle";

/** The selection after a gesture; keeps the order in which rows were chosen. */
export function combine(before: Int32Array, rows: Int32Array, mode: SelectMode): Int32Array {
  if (mode === "replace") return Int32Array.from(new Set(rows));
  const result = new Set(before);
  for (const row of rows) {
    if (mode === "add" || (mode === "toggle" && !result.has(row))) result.add(row);
    else result.delete(row);
  }
  return Int32Array.from(result);
}

/** The same values, and `rest` behind them. */
export function lengthened<T extends Float32Array | Int32Array>(values: T, length: number, rest: number): T {
  const longer = new (values.constructor as new (length: number) => T)(length).fill(rest) as T;
  longer.set(values);
  return longer;
}
