import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { bestFirst, searchHere } from "../../store/search";
import { Icon } from "../common/icons";
import type { View } from "../view";

const TYPING_MS = 120;

/** A search under way: what was typed, what was found, and which hit is open. */
class Search {
  readonly text = signal("");
  /** Place among the hits; -1: none is open. */
  readonly at = signal(-1);
  /** Whether the kernel, which sees every column, has answered. */
  readonly complete = signal(true);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | undefined;
  private going = false;

  constructor(private readonly view: View) {
    view.nextHit = () => {
      const open = this.shown()[this.at.value] ?? -1;
      if (open < 0 || open !== view.inspected.value) return false;
      this.step(1);
      return true;
    };
  }

  type(text: string): void {
    this.text.value = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.find(), TYPING_MS);
  }

  clear(): void {
    this.text.value = "";
    this.find();
  }

  /** Opens the next hit, or the one before (-1); false if there is none, and none is to come. */
  step(by: number): boolean {
    if (this.timer !== undefined) this.find(); // what is typed counts, not what was found before it
    const hits = this.shown();
    this.going = hits.length === 0 && !this.complete.value; // Enter was quicker than the kernel: go when it has answered
    if (hits.length === 0) return this.going;
    const { length } = hits;
    this.at.value = this.at.value < 0 ? (by > 0 ? 0 : length - 1) : (this.at.value + by + length) % length;
    const row = hits[this.at.value] as number;
    this.view.inspect(row);
    this.view.map?.flyTo(row);
    return true;
  }

  /** Hits that the filter lets pass. */
  shown(): Int32Array {
    const { store } = this.view;
    return store.hits.value.filter((row) => store.filter.isShown(row));
  }

  private find(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.asking?.abort();
    this.at.value = -1;
    this.going = false;
    const { store } = this.view;
    const text = this.text.value;
    const here = searchHere(store, text);
    store.setHits(here);
    this.complete.value = !text.trim();
    if (this.complete.value) return;
    const asking = new AbortController();
    this.asking = asking;
    store.source.search(text, asking.signal).then(
      ({ rows }) => {
        this.complete.value = true;
        const open = this.at.value < 0 ? -1 : (this.shown()[this.at.value] as number);
        store.setHits(bestFirst(store, [...here, ...rows], text));
        if (open >= 0) this.at.value = this.shown().indexOf(open);
        if (this.going) this.step(1);
      },
      (error) => {
        if (!asking.signal.aborted) store.notify({ text: `Search failed: ${error.message}`, kind: "error" });
      },
    );
  }
}

export function SearchBox({ view }: { view: View }) {
  const search = useMemo(() => new Search(view), [view]);
  void view.store.rows.shown.value; // what passes the filter
  const found = search.shown().length;
  const hidden = view.store.hits.value.length - found;
  const asked = search.text.value.trim() !== "";
  const nothing = found === 0 && search.complete.value;
  const place = search.at.value >= 0 ? `${(search.at.value + 1).toLocaleString()} / ` : "";
  return (
    <div class="pp-search" data-asked={asked}>
      <Icon name="search" />
      <input
        type="search"
        placeholder="Search images"
        aria-label="Search images"
        title="Searches file names, labels, tags and every column of text. Enter opens the first hit."
        value={search.text}
        onInput={(event) => search.type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          let done = event.key === "Escape";
          if (event.key === "Enter" || event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            const found = search.step(event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey) ? -1 : 1);
            // Who has chosen is done with typing: the next key is for the image. Who found none types on.
            done = found && event.key === "Enter";
          }
          if (event.key === "Escape") {
            event.stopPropagation();
            search.clear();
          }
          if (done) view.focus?.take();
        }}
      />
      {asked && (
        <span class="pp-hits">
          <output title={note(hidden, search.complete.value)}>
            {nothing ? (hidden > 0 ? `${hidden.toLocaleString()} filtered out` : "no hits") : place}
            {!nothing && found.toLocaleString()}
            {!search.complete.value && "…"}
          </output>
          {!nothing && (
            <>
              <button type="button" aria-label="Previous hit" disabled={found === 0} onClick={() => search.step(-1)}>
                <Icon name="up" />
              </button>
              <button type="button" aria-label="Next hit" disabled={found === 0} onClick={() => search.step(1)}>
                <Icon name="down" />
              </button>
            </>
          )}
          <button type="button" aria-label="Clear search" onClick={() => search.clear()}>
            <Icon name="close" />
          </button>
        </span>
      )}
    </div>
  );
}

function note(hidden: number, complete: boolean): string {
  if (!complete) return "The kernel has not answered yet: columns of text are still to be searched";
  return hidden > 0 ? `${hidden.toLocaleString()} more are filtered out` : "";
}
