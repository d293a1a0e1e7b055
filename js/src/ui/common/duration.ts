/** How long something takes, as people say it. */

const UNITS = [
  ["s", 1, 90],
  ["min", 60, 90],
  ["h", 3600, 36],
] as const;

export function duration(seconds: number): string {
  for (const [name, length, most] of UNITS) {
    const count = Math.round(seconds / length);
    if (count < most) return `${count} ${name}`;
  }
  const days = Math.round(seconds / 86_400);
  return days === 1 ? "1 day" : `${days.toLocaleString()} days`;
}

/** Fewer things, or a shorter time, say nothing of how long the others will take. */
const LEAST_DONE = 5;
const LEAST_S = 15;

/** Things a second, as far as enough were done to tell; 0: not yet. */
export function paceOf(done: number, seconds: number): number {
  return done >= LEAST_DONE && seconds >= LEAST_S ? done / seconds : 0;
}
