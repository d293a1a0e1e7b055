/**
 * Which sprites lie in a data rectangle: a uniform grid, counting-sorted.
 *
 * Why not an R-tree: every entry is a point, so a grid answers the same questions with 4.5 bytes an image instead of
 * 21. Measured against flatbush (float32) for a clustered million: built in 140 ms instead of 280, a pointer's query
 * 0.07 ms instead of 0.01, and the ranks inside a cell ascend, so the topmost of a crowd are found without the rest.
 */
import type { Bounds } from "./camera";

export interface SpatialIndex {
  /** Data coordinates of the grid's lower left corner. */
  x0: number;
  y0: number;
  columns: number;
  rows: number;
  /** Cells per data unit. */
  columnsPerUnit: number;
  rowsPerUnit: number;
  /** uint32 (columns * rows + 1): where each cell's entries start in `ranks`; row-major. */
  starts: Uint32Array;
  /** uint32 (placed,): ranks, ascending inside a cell. Unplaced rows (NaN) are not in it. */
  ranks: Uint32Array;
}

/**
 * Build the index. Self-contained (its source text is what the worker runs): it must use nothing from outside.
 *
 * @param positions float32 (n, 2), data units, NaN = not placed.
 * @param order uint32 (n,): row of every rank.
 */
export function buildIndex(positions: Float32Array, order: Uint32Array): SpatialIndex {
  let x0 = Infinity;
  let y0 = Infinity;
  let x1 = -Infinity;
  let y1 = -Infinity;
  let placed = 0;
  for (let i = 0; i < positions.length; i += 2) {
    const x = positions[i] as number;
    const y = positions[i + 1] as number;
    if (!Number.isFinite(x + y)) continue;
    placed++;
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  if (placed === 0) x0 = y0 = x1 = y1 = 0;
  const width = x1 - x0;
  const height = y1 - y0;
  // About eight entries a cell, cells about square, at most 2048 on a side so that a thin strip stays bounded.
  const cells = Math.max(1, placed / 8);
  const ratio = height > 0 && width > 0 ? width / height : width > 0 ? cells : 1 / cells;
  const columns = Math.max(1, Math.min(2048, Math.round(Math.sqrt(cells * ratio))));
  const rows = Math.max(1, Math.min(2048, Math.round(cells / columns)));
  const columnsPerUnit = width > 0 ? columns / width : 0;
  const rowsPerUnit = height > 0 ? rows / height : 0;
  const starts = new Uint32Array(columns * rows + 1);
  const nowhere = 0xffffffff;
  const cellOfRow = new Uint32Array(order.length);
  for (let row = 0; row < order.length; row++) {
    const x = positions[2 * row] as number;
    const y = positions[2 * row + 1] as number;
    if (!Number.isFinite(x + y)) {
      cellOfRow[row] = nowhere;
      continue;
    }
    const column = Math.min(columns - 1, Math.floor((x - x0) * columnsPerUnit));
    const cell = Math.min(rows - 1, Math.floor((y - y0) * rowsPerUnit)) * columns + column;
    cellOfRow[row] = cell;
    starts[cell + 1] = (starts[cell + 1] as number) + 1;
  }
  for (let cell = 0; cell < columns * rows; cell++) {
    starts[cell + 1] = (starts[cell + 1] as number) + (starts[cell] as number);
  }
  // Placed in the order of ranks, so that they ascend inside each cell.
  const next = starts.slice();
  const ranks = new Uint32Array(placed);
  for (let rank = 0; rank < order.length; rank++) {
    const cell = cellOfRow[order[rank] as number] as number;
    if (cell === nowhere) continue;
    const at = next[cell] as number;
    ranks[at] = rank;
    next[cell] = at + 1;
  }
  return { x0, y0, columns, rows, columnsPerUnit, rowsPerUnit, starts, ranks };
}

interface CellRange {
  c0: number;
  c1: number;
  r0: number;
  r1: number;
}

/** Columns and rows of the cells that `bounds` touches; `c1 < c0` when it touches none. */
function cellsIn(index: SpatialIndex, bounds: Bounds): CellRange {
  const clamp = (value: number, top: number): number => Math.max(0, Math.min(top, Math.floor(value)));
  const left = (bounds.x0 - index.x0) * index.columnsPerUnit;
  const right = (bounds.x1 - index.x0) * index.columnsPerUnit;
  const bottom = (bounds.y0 - index.y0) * index.rowsPerUnit;
  const top = (bounds.y1 - index.y0) * index.rowsPerUnit;
  const empty =
    right < 0 || top < 0 || left > index.columns || bottom > index.rows || !(right >= left && top >= bottom);
  if (empty) return { c0: 0, c1: -1, r0: 0, r1: -1 };
  return {
    c0: clamp(left, index.columns - 1),
    c1: clamp(right, index.columns - 1),
    r0: clamp(bottom, index.rows - 1),
    r1: clamp(top, index.rows - 1),
  };
}

/** At most how many sprites lie in `bounds`: exact but for the cells at its rim. */
export function countIn(index: SpatialIndex, bounds: Bounds): number {
  const { c0, c1, r0, r1 } = cellsIn(index, bounds);
  let count = 0;
  for (let row = r0; row <= r1; row++) {
    const base = row * index.columns;
    count += (index.starts[base + c1 + 1] as number) - (index.starts[base + c0] as number);
  }
  return count;
}

/**
 * Visit the runs of `index.ranks` whose cells `bounds` touches. A run may hold ranks outside of `bounds`: the
 * caller, who has the positions, tests them.
 *
 * @param visit called with `[start, end)` of one cell's run; ranks ascend inside it.
 */
export function visitCells(index: SpatialIndex, bounds: Bounds, visit: (start: number, end: number) => void): void {
  const { c0, c1, r0, r1 } = cellsIn(index, bounds);
  for (let row = r0; row <= r1; row++) {
    for (let column = c0; column <= c1; column++) {
      const cell = row * index.columns + column;
      const start = index.starts[cell] as number;
      const end = index.starts[cell + 1] as number;
      if (end > start) visit(start, end);
    }
  }
}
