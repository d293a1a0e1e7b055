/** Round numbers along an axis: steps of 1, 2 or 5 times a power of ten. The mirror of `ticks` in layouts/custom.py. */

export interface Tick {
  value: number;
  text: string;
}

/** Ticks from `low` to `high`, at most about `most` of them. */
export function ticksBetween(low: number, high: number, most: number): Tick[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span) || span < 1e-12 * Math.max(Math.abs(low), Math.abs(high))) return [];
  const rough = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough * (1 - 1e-9)) ?? power * 10;
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const plain = decimals <= 6 && Math.max(Math.abs(low), Math.abs(high)) < 1e7;
  const found: Tick[] = [];
  const last = Math.floor(high / step + 1e-9);
  for (let count = Math.ceil(low / step - 1e-9); count <= last; count += 1) {
    const value = count * step;
    // toFixed may write a negative zero
    found.push({
      value,
      text: plain ? (value === 0 ? 0 : value).toFixed(decimals) : String(Number(value.toPrecision(6))),
    });
  }
  return found;
}
