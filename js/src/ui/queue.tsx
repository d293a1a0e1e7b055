/** Going through images one by one, and through those that may need what was just given to another. */

import { useEffect, useMemo } from "preact/hooks";
import { duration } from "./panels";
import type { View } from "./view";

const MINUTE_MS = 60_000;

export function ReviewBar({ view }: { view: View }) {
  const { store } = view;
  const review = store.review.value;
  const at = store.reviewAt.value;
  const row = view.reviewed();
  const began = useMemo(() => ({ timeMs: Date.now(), at: Math.max(0, at) }), [review, at < 0]);
  useEffect(() => {
    if (row < 0) return;
    view.inspect(row);
    view.map?.flyTo(row);
  }, [row, view]);
  if (!review || at < 0) return null;
  const total = review.rows.length;
  const done = Math.min(at, total);
  const minutes = (Date.now() - began.timeMs) / MINUTE_MS;
  const rate = minutes > 0.05 ? (done - began.at) / minutes : 0;
  const left = rate > 0 ? duration(((total - done) / rate) * 60) : "";
  return (
    <div class="pp-selection pp-queue" role="toolbar" aria-label="Review">
      <span>
        {done < total
          ? `${(done + 1).toLocaleString()} of ${total.toLocaleString()}`
          : `All ${total.toLocaleString()} seen`}
      </span>
      <small>
        by {review.title}
        {rate > 0 && ` · ${Math.round(rate)} a minute`}
        {left && done < total && ` · ${left} left`}
      </small>
      <progress aria-label="Reviewed" max={total} value={done} />
      <button type="button" disabled={done === 0} onClick={() => view.step(-1)}>
        Back
      </button>
      <button type="button" disabled={done >= total} title="Enter" onClick={() => view.step(1)}>
        Right as it is
      </button>
      <button type="button" title="Esc" onClick={() => store.reviewTo(-1)}>
        Leave
      </button>
    </div>
  );
}

export function SuggestionBar({ view }: { view: View }) {
  const { store } = view;
  const now = store.suggestion.current.value;
  if (!now) return null;
  return (
    <div class="pp-selection pp-queue" role="toolbar" aria-label="These too?">
      <span>
        {now.count.toLocaleString()} alike, still {now.from ?? "unlabelled"}: “{now.to}” too?
      </span>
      <input
        type="range"
        aria-label="How many"
        min={1}
        max={now.rows.length}
        value={now.count}
        onInput={(event) => store.suggestion.setCount(Number(event.currentTarget.value))}
      />
      <button type="button" title="Enter" onClick={() => store.acceptSuggestion()}>
        Relabel these
      </button>
      <button type="button" title="Zoom to what is outlined" onClick={() => view.map?.zoomTo(store.hits.value)}>
        Show
      </button>
      <button type="button" title="Esc" onClick={() => store.suggestion.dismiss()}>
        No
      </button>
    </div>
  );
}
