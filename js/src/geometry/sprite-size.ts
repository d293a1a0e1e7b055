/**
 * How large sprites are before the user has a say: as large as they can be without hiding each other much.
 *
 * Grids say how large, and so do projections in which crowds have made room (layouts/loosen.py). What follows is for
 * the other scatters: maps, one's own positions, projections as they were or of very many.
 */

const LARGEST = 0.22;
const SMALLEST = 0.0015;
/** Share of the room per sprite that a sprite takes in a scatter: some overlap in the thick of it, air elsewhere. */
const SCATTER_SHARE = 0.95;
/**
 * Pictures that small are hard to tell, CSS px, and are drawn larger, up to so many times, although more of them is
 * hidden then. Where even that leaves specks they stay as they are: to see all of them is worth more.
 *
 * Measured on layouts by similarity in 1,200 x 800 px, of which a map shows 370 px a unit (share of a picture that
 * others hide, on average): 341 photos 21.7 px, 40 % hidden → 32 px, 56 %; 1,906 emoji 7.6 px, 52 % → 12 px, 67 %;
 * 10,000 photos 4.2 px, 35 % → 4.3 px, 36 %. Doubled, they would hide 69, 74 and 70 %.
 */
const TELLING_PX = 32;
const LARGEST_FACTOR = 1.6;
const SPECK_PX = 4;
const NO_SPECK_PX = 7;

/**
 * Longest side of a sprite in data units.
 *
 * @param xyData float32 (n, 2), in [-1, 1]; NaN = not placed.
 * @param cellData side of the layout's grid cell in data units; null for a scatter.
 * @param scale CSS px per data unit at first sight.
 */
export function spriteSizeFor(xyData: Float32Array, cellData: number | null, scale: number): number {
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
  const size = SCATTER_SHARE * Math.sqrt(roomData / placed);
  return Math.min(LARGEST, Math.max(SMALLEST, size * factorFor(size * scale)));
}

/** How many times larger than room allows. */
function factorFor(sizePx: number): number {
  const t = Math.min(1, Math.max(0, (sizePx - SPECK_PX) / (NO_SPECK_PX - SPECK_PX)));
  const most = 1 + (LARGEST_FACTOR - 1) * t * t * (3 - 2 * t);
  return Math.max(1, Math.min(most, TELLING_PX / sizePx));
}
