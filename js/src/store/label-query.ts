/** Finding a label by typing, or making a new one: what typed text offers, and which of it Enter takes. */

import { computed, signal } from "@preact/signals";
import { composed, folded } from "./folded";

export interface Choice {
  name: string;
  /** -1: it does not exist yet. */
  code: number;
}

/**
 * What text offers of `names`: first the label called so, then those that begin so, then those that hold it, each in
 * their order; last, where new ones may be made and none is called exactly so, however accents are encoded, a new one.
 */
export function choicesFor(names: readonly string[], text: string, canMake: boolean): Choice[] {
  const wanted = text.trim();
  const needle = folded(wanted);
  const ranked = names
    .map((name, code) => ({ name, code, rank: rankOf(folded(name), needle) }))
    .filter(({ rank }) => rank < 3)
    .sort((a, b) => a.rank - b.rank || a.code - b.code);
  const choices = ranked.map(({ name, code }) => ({ name, code }));
  const known = names.some((name) => composed(name) === composed(wanted));
  if (canMake && wanted !== "" && !known) choices.push({ name: wanted, code: -1 });
  return choices;
}

function rankOf(name: string, needle: string): number {
  if (needle === "") return 0;
  if (name === needle) return 0;
  if (name.startsWith(needle)) return 1;
  return name.includes(needle) ? 2 : 3;
}

export class LabelQuery {
  readonly text = signal("");
  private readonly moved = signal(0);
  /** Place of the choice that Enter takes; -1 while nothing is typed. */
  readonly at = computed(() => {
    const count = this.choices.value.length;
    return this.text.value.trim() === "" || count === 0 ? -1 : ((this.moved.value % count) + count) % count;
  });
  readonly choices = computed(() => choicesFor(this.names(), this.text.value, this.canMake()));

  /** `names` and `canMake` read signals. */
  constructor(
    private readonly names: () => readonly string[],
    private readonly canMake: () => boolean,
  ) {}

  type(text: string): void {
    this.text.value = text;
    this.moved.value = 0;
  }

  move(by: number): void {
    this.moved.value += by;
  }

  /** What Enter takes; null: nothing. */
  taken(): Choice | null {
    return this.choices.value[this.at.value] ?? null;
  }
}
