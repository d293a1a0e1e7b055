/** The small things around the map: status line, notices, help. */

import { useEffect, useRef } from "preact/hooks";
import type { Progress } from "../../protocol";
import type { Notice } from "../../store/notices";
import { COMMANDS } from "../commands";
import { duration, paceOf } from "../common/duration";
import { Icon } from "../common/icons";
import { ContinueReview } from "../review/queue";
import type { View } from "../view";
import { pendingWords, SavePendingLink } from "./pending";

export function StatusLine({ view }: { view: View }) {
  const { store } = view;
  const manifest = store.data.manifest.value;
  const progress = store.data.progress.value;
  const { edits, flagged } = store.labels.info.value;
  const n = manifest?.n ?? 0;
  const parts: string[] = [];
  if (!manifest) parts.push("Waiting for the kernel…");
  else if (store.rows.shown.value < n)
    parts.push(`${store.rows.shown.value.toLocaleString()} of ${n.toLocaleString()} images`);
  else parts.push(`${n.toLocaleString()} image${n === 1 ? "" : "s"}`);
  if (store.selection.value.length > 0) parts.push(`${store.selection.value.length.toLocaleString()} selected`);
  if (flagged > 0) parts.push(`${flagged.toLocaleString()} flagged`);
  if (edits > 0) parts.push(`${edits.toLocaleString()} edit${edits === 1 ? "" : "s"}`);
  const pending = pendingWords(view);
  if (pending) parts.push(pending);
  if (store.turned.said.value) parts.push(store.turned.said.value);
  if (manifest && manifest.problem_count > 0) parts.push(`${manifest.problem_count.toLocaleString()} unreadable`);
  return (
    <div class="pp-status">
      <span role="status">
        {parts.map((part, k) => (
          // A text that is written from right to left, or says so, turns no other one round.
          <bdi key={part}>
            {k > 0 && " · "}
            {part}
          </bdi>
        ))}
      </span>
      <SavePendingLink view={view} />
      <ContinueReview view={view} />
      {progress && (progress.stage || progress.stopped) && <Preparation progress={progress} view={view} />}
      {progress?.error && <span class="pp-error">{progress.error}</span>}
    </div>
  );
}

/** What the kernel is at, how far it is, and the button that stops it or has it go on. */
function Preparation({ progress, view }: { progress: Progress; view: View }) {
  const { stage, done, total, rate, seconds_left, running, stopped, error } = progress;
  const tells = rate === 0 || paceOf(done, done / rate) > 0;
  const turn = (on: boolean, word: string, name: string, title: string) => (
    <button type="button" class="pp-link" aria-label={name} title={title} onClick={() => view.store.prepare(on)}>
      {word}
    </button>
  );
  return (
    <span class="pp-progress">
      {stage || "Stopped"}
      {total > 0 && ` ${Math.floor((100 * done) / total)} %`}
      {rate >= 1 && `, ${Math.round(rate).toLocaleString()}/s`}
      {seconds_left >= 1 && tells && `, ${duration(seconds_left)} left`}
      {stage && <progress aria-label={stage} {...(total > 0 ? { max: total, value: done } : {})} />}
      {running
        ? turn(false, "Stop", "Stop preparing", "What is done stays, and you can resume later")
        : stopped &&
          (error
            ? turn(true, "Try again", "Try preparing again", "What is done stays")
            : turn(true, "Resume", "Resume preparing", "Reading and arranging images was stopped"))}
    </span>
  );
}

/** How long a word that asks for nothing stays. */
const INFO_MS = 8_000;

export function Notices({ view }: { view: View }) {
  const { store } = view;
  return (
    <>
      {store.notices.value.map((notice) => (
        <NoticeCard key={notice.text} notice={notice} close={() => store.dismiss(notice)} />
      ))}
    </>
  );
}

function NoticeCard({ notice, close }: { notice: Notice; close: () => void }) {
  const done = useRef(close);
  done.current = close;
  useEffect(() => {
    if (notice.kind === "error") return;
    const timer = setTimeout(() => done.current(), INFO_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div class="pp-notice" data-kind={notice.kind}>
      <span>{notice.text}</span>
      <button type="button" class="pp-tool" aria-label="Dismiss" onClick={close}>
        <Icon name="close" />
      </button>
    </div>
  );
}

export function Help({ view }: { view: View }) {
  if (!view.helpOpen.value) return null;
  return (
    <section class="pp-help" role="dialog" aria-label="Keyboard shortcuts">
      <header>
        <strong>Keys and gestures</strong>
        <button
          type="button"
          class="pp-tool"
          aria-label="Close help"
          onClick={() => {
            view.helpOpen.value = false;
          }}
        >
          <Icon name="close" />
        </button>
      </header>
      <dl>
        {COMMANDS.flatMap(({ help }) => (help ? [help] : [])).map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
