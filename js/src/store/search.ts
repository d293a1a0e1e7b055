/** What a page can find itself, with no kernel: file names, labels, and the columns that it holds. */

import type { FacetSent } from "../protocol";
import { folded } from "./folded";
import type { Store } from "./store";

/** Rows with `text` in their file name, label, tags, categories or text, in any case. */
export function searchHere(store: Store, text: string): Int32Array {
  const needle = folded(text.trim());
  if (!needle) return new Int32Array(0);
  const found = new Set(store.data.names.search(needle));
  for (const table of store.filter.texts.values()) for (const row of table.search(needle)) found.add(row);
  const { names } = store.labels.info.value;
  const labels = codesWith(names, needle);
  store.labels.codes.forEach((code, row) => {
    if (labels.has(code)) found.add(row);
  });
  for (const facet of store.filter.facets.value.values()) addFrom(facet, needle, found);
  return bestFirst(store, found, needle);
}

/** What was found, each row once, in their order; but first those whose file name, then whose label, was asked for. */
export function bestFirst(store: Store, found: Iterable<number>, text: string): Int32Array {
  const rows = Int32Array.from(new Set(found)).sort();
  const { labels, data } = store;
  const label = text.trim().toLowerCase();
  const asked = new Set(labels.info.value.names.map((name, code) => (name.toLowerCase() === label ? code : -2)));
  const labeled = rows.filter((row) => asked.has(labels.codes[row] ?? -1));
  return Int32Array.from(new Set([...data.names.named(text.trim()), ...labeled, ...rows]));
}

function codesWith(names: readonly string[], needle: string): Set<number> {
  return new Set(names.flatMap((name, code) => (folded(name).includes(needle) ? [code] : [])));
}

function addFrom(facet: FacetSent, needle: string, found: Set<number>): void {
  if (!facet.complete || (facet.kind !== "tags" && facet.kind !== "categories")) return;
  const wanted = codesWith(facet.names, needle);
  if (wanted.size === 0) return;
  facet.codes.forEach((code, i) => {
    if (wanted.has(code)) found.add(facet.kind === "tags" ? (facet.rows[i] as number) : i);
  });
}
