/** Going through images one by one, and through those that may need what was just given to another. */

import { effect, untracked } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { duration, paceOf } from "../common/duration";
import type { View } from "../view";

export function ReviewBar({ view }: { view: View }) {
  const { store } = view;
  const queue = store.review.queue.value;
  const at = store.review.at.value;
  const began = useMemo(() => ({ timeMs: Date.now(), at: Math.max(0, at) }), [queue, at < 0]);
  // At once, not after the next frame, as useSignalEffect does: the next key may come before, and is meant for the next
  // image.
  useEffect(() => {
    let before = false;
    return effect(() => {
      const due = store.review.row();
      const open = store.review.at.value >= 0;
      untracked(() => {
        if (due >= 0) view.open(due);
        // All are seen, or it was left, maybe in Python: no key decides the last one again.
        else if (open || before) view.inspect(-1);
        before = open;
      });
    });
  }, [store, view]);
  if (!queue || at < 0) return null;
  const total = queue.rows.length;
  const done = Math.min(at, total);
  const pace = paceOf(done - began.at, (Date.now() - began.timeMs) / 1000);
  const words = [queue.title];
  if (pace > 0) words.push(`${Math.max(1, Math.round(60 * pace))} a minute`);
  if (pace > 0 && done < total) words.push(`${duration((total - done) / pace)} left`);
  return (
    <div class="pp-selection pp-queue" role="toolbar" aria-label="Review">
      <span>
        {done < total
          ? `${(done + 1).toLocaleString()} of ${total.toLocaleString()}`
          : `All ${total.toLocaleString()} seen`}
      </span>
      <small>{words.join(" · ")}</small>
      <progress aria-label="Reviewed" max={total} value={done} />
      <div class="pp-group">
        <button type="button" disabled={done === 0} title="←" onClick={() => view.step(-1)}>
          Back
        </button>
        <button type="button" disabled={done >= total} title="Enter" onClick={() => view.keep()}>
          Right as it is
        </button>
        <button type="button" title="Esc" onClick={() => view.leaveReview()}>
          Leave
        </button>
      </div>
      {!view.focused.value && done < total && (
        <button type="button" class="pp-link" onClick={() => view.focus?.take()}>
          Click here to decide by keys
        </button>
      )}
    </div>
  );
}

/** The way back into a review that was left. */
export function ContinueReview({ view }: { view: View }) {
  const { review } = view.store;
  const queue = review.queue.value;
  const place = review.place.value;
  if (!queue || review.at.value >= 0 || place >= queue.rows.length) return null;
  return (
    <button type="button" class="pp-link" onClick={() => view.store.reviewTo(place)}>
      Continue review ({(place + 1).toLocaleString()} of {queue.rows.length.toLocaleString()})
    </button>
  );
}

export function PropagationBar({ view }: { view: View }) {
  const { store } = view;
  const now = store.propagation.current.value;
  if (!now) return null;
  return (
    <div class="pp-selection pp-queue" role="toolbar" aria-label="These too?">
      <span>
        {now.count.toLocaleString()} alike, still {now.from ?? "unlabeled"}: “{now.to}” too?
      </span>
      <input
        type="range"
        aria-label="How many"
        min={1}
        max={now.rows.length}
        value={now.count}
        onInput={(event) => store.propagation.setCount(Number(event.currentTarget.value))}
      />
      <div class="pp-group">
        <button type="button" title="Enter" onClick={() => store.propagate()}>
          Relabel these
        </button>
        <button type="button" title="Zoom to what is outlined" onClick={() => view.map?.zoomTo(store.hits.value)}>
          Show
        </button>
        <button type="button" title="Esc" onClick={() => store.propagation.dismiss()}>
          No
        </button>
      </div>
    </div>
  );
}
