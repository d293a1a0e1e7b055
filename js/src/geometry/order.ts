/**
 * The fixed random order in which sprites are drawn.
 *
 * Any prefix of it is a fair sample of the rows, so a picture cut short by the frame budget thins out evenly instead
 * of losing a corner. The rank of a row is also its place in the stack: rank 0 lies on top.
 */

/** Row of every rank: a permutation of 0..n-1, the same for the same `n` and `seed`. */
export function fairOrder(n: number, seed = 0x9e3779b9): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  let state = seed >>> 0;
  for (let i = n - 1; i > 0; i--) {
    // mulberry32: 32 well mixed bits a step; scaled to 0..i by a multiply, whose bias below 2^-10 does not show.
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    const j = Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 4294967296) * (i + 1));
    const swapped = order[i] as number;
    order[i] = order[j] as number;
    order[j] = swapped;
  }
  return order;
}

/** Rank of every row: the inverse of `order`. */
export function ranksOf(order: Uint32Array): Uint32Array {
  const ranks = new Uint32Array(order.length);
  for (let rank = 0; rank < order.length; rank++) ranks[order[rank] as number] = rank;
  return ranks;
}
