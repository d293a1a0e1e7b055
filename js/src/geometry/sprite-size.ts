/** How large sprites are before the user has a say: as large as they can be without hiding each other. */

const LARGEST = 0.22;
const SMALLEST = 0.0015;
/** Share of the room per sprite that a sprite takes in a scatter: some overlap in the thick of it, air elsewhere. */
const SCATTER_SHARE = 0.95;

/**
 * Longest side of a sprite in data units.
 *
 * @param xyData float32 (n, 2), in [-1, 1]; NaN = not placed.
 * @param cellData side of the layout's grid cell in data units; null for a scatter.
 */
export function spriteSizeFor(xyData: Float32Array, cellData: number | null): number {
  if (cellData !== null) return cellData;
  const n = xyData.length / 2;
  // The room that is really in use: a scatter's clusters fill a small part of its square.
  const side = Math.max(4, Math.min(256, Math.ceil(Math.sqrt(n))));
  const used = new Uint8Array(side * side);
  let placed = 0;
  let cells = 0;
  for (let row = 0; row < n; row += 1) {
    const x = Math.floor((((xyData[row * 2] as number) + 1) / 2) * side);
    const y = Math.floor((((xyData[row * 2 + 1] as number) + 1) / 2) * side);
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    placed += 1;
    const cell = Math.min(side - 1, Math.max(0, y)) * side + Math.min(side - 1, Math.max(0, x));
    if (used[cell] === 0) cells += 1;
    used[cell] = 1;
  }
  if (placed === 0) return LARGEST;
  const roomData = cells * (2 / side) ** 2;
  return Math.min(LARGEST, Math.max(SMALLEST, SCATTER_SHARE * Math.sqrt(roomData / placed)));
}
