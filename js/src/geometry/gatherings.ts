/** Where the members of a group stand together: a place to write its name. */

export interface Gathering {
  code: number;
  xData: number;
  yData: number;
  /** How wide the crowd is, data units. */
  width: number;
  count: number;
}

/** Cells to a side of the grid that crowds are counted in. */
const CELLS = 20;
/** A group of which fewer stand together has no place of its own. */
const LEAST_SHARE = 0.25;
const LEAST = 3;

/**
 * Finds the densest place of each group: `codes` (n) of the rows at `xy` (n, 2), data units; rows of code -1 or
 * without a place belong to none. Groups that are scattered are left out.
 */
export function gatherings(xy: Float32Array, codes: Int32Array, groups: number): Gathering[] {
  const box = boundsOf(xy);
  if (groups === 0 || !box) return [];
  const size = Math.max(box.x1 - box.x0, box.y1 - box.y0, 1e-6) / CELLS;
  const side = CELLS + 1;
  const cell = (row: number): number => {
    const x = Math.floor(((xy[row * 2] as number) - box.x0) / size);
    return x + side * Math.floor(((xy[row * 2 + 1] as number) - box.y0) / size);
  };
  const counts = new Uint32Array(groups * side * side);
  const totals = new Uint32Array(groups);
  eachPlaced(xy, codes, groups, (row, code) => {
    counts[code * side * side + cell(row)] = (counts[code * side * side + cell(row)] as number) + 1;
    totals[code] = (totals[code] as number) + 1;
  });
  const centers = Array.from(totals, (_, code) =>
    densest(counts.subarray(code * side * side, (code + 1) * side * side), side),
  );
  const sums = new Float64Array(groups * 3);
  eachPlaced(xy, codes, groups, (row, code) => {
    const at = cell(row);
    const center = centers[code] as number;
    if (Math.abs((at % side) - (center % side)) > 1 || Math.abs(Math.floor(at / side) - Math.floor(center / side)) > 1)
      return;
    sums[code * 3] = (sums[code * 3] as number) + (xy[row * 2] as number);
    sums[code * 3 + 1] = (sums[code * 3 + 1] as number) + (xy[row * 2 + 1] as number);
    sums[code * 3 + 2] = (sums[code * 3 + 2] as number) + 1;
  });
  return Array.from(totals.keys()).flatMap((code) => {
    const count = totals[code] as number;
    const near = sums[code * 3 + 2] as number;
    if (near < LEAST || near < LEAST_SHARE * count) return [];
    const [xData, yData] = [(sums[code * 3] as number) / near, (sums[code * 3 + 1] as number) / near];
    return [{ code, xData, yData, width: size * 3, count }];
  });
}

/**
 * Whether some of n images stand under none of these captions: those of boxes are over all, but of a scatter they may name
 * only what stands apart.
 */
export function leavesSome(captions: readonly { count: number | null }[], n: number): boolean {
  return (
    captions.every(({ count }) => count !== null) && captions.reduce((sum, { count }) => sum + (count ?? 0), 0) < n
  );
}

function eachPlaced(
  xy: Float32Array,
  codes: Int32Array,
  groups: number,
  act: (row: number, code: number) => void,
): void {
  for (let row = 0; row < codes.length; row += 1) {
    const code = codes[row] as number;
    if (code >= 0 && code < groups && !Number.isNaN(xy[row * 2]) && !Number.isNaN(xy[row * 2 + 1])) act(row, code);
  }
}

/** The cell round which most stand, itself and its eight neighbors counted. */
function densest(counts: Uint32Array, side: number): number {
  let best = 0;
  let most = -1;
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      let sum = 0;
      for (let dy = -1; dy <= 1; dy += 1)
        for (let dx = -1; dx <= 1; dx += 1)
          if (x + dx >= 0 && x + dx < side && y + dy >= 0 && y + dy < side)
            sum += counts[(y + dy) * side + x + dx] as number;
      if (sum > most) [most, best] = [sum, y * side + x];
    }
  return best;
}

function boundsOf(xy: Float32Array): { x0: number; y0: number; x1: number; y1: number } | null {
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (let k = 0; k + 1 < xy.length; k += 2) {
    const x = xy[k] as number;
    const y = xy[k + 1] as number;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    box.x0 = Math.min(box.x0, x);
    box.x1 = Math.max(box.x1, x);
    box.y0 = Math.min(box.y0, y);
    box.y1 = Math.max(box.y1, y);
  }
  return box.x1 >= box.x0 ? box : null;
}
