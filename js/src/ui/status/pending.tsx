/** Edits that are not yet in the DataFrame: what is said of them, and how they get out where the kernel is gone. */

import { patchCsv } from "../../store/patch";
import { duration } from "../common/duration";
import { Icon } from "../common/icons";
import type { View } from "../view";

/** What the status line says of them; "" where there are none, or they have only just been made. */
export function pendingWords({ store }: View): string {
  const count = store.pendingCount.value;
  if (count === 0 || !store.silence.late.value) return "";
  return `${count.toLocaleString()} not yet in the DataFrame${store.source.lost.value ? "" : " (kernel busy?)"}`;
}

/** In the status line, unless a notice offers it. */
export function SavePendingLink({ view }: { view: View }) {
  const { pendingCount, silence, source } = view.store;
  if (pendingCount.value === 0 || source.lost.value || !silence.late.value || isNoticed(view)) return null;
  return <SavePending view={view} />;
}

/** Whether a notice says that the kernel is silent. */
function isNoticed({ store: { silence, pendingCount } }: View): boolean {
  return silence.seconds.value > 0 && pendingCount.value > 0 && !silence.read.value;
}

/** The file, and what is not in it. */
function SavePending({ view }: { view: View }) {
  const { edits, hotspots } = view.store.labels.inForce();
  return (
    <>
      {(edits.length > 0 || hotspots === 0) && (
        <button
          type="button"
          class="pp-link"
          title="A file for plot.merge, should the kernel be gone"
          onClick={() => savePending(view)}
        >
          Save pending edits
        </button>
      )}
      {hotspots > 0 && <span> {leftOut(hotspots)}</span>}
    </>
  );
}

/** A file of edits is a table of images and their labels. */
function leftOut(count: number): string {
  const changes = count === 1 ? "1 change of hotspots" : `${count.toLocaleString()} changes of hotspots`;
  return `(${changes} cannot be in the file.)`;
}

/** Says that the kernel is gone or silent, and what becomes of the edits it has not heard of. */
export function Disconnected({ view }: { view: View }) {
  return view.store.source.lost.value ? <Lost view={view} /> : <Silent view={view} />;
}

/**
 * Says that there is no kernel, over the still picture where the widget holds one. Without it it is only as large as its
 * words: the notebook may show one beneath, or beside.
 */
export function Kernelless({ view }: { view: View }) {
  const jpeg = view.store.source.settings.get("_still_jpeg");
  const words = jpeg
    ? "This is a still picture: no kernel is connected. Run the cell to look closer, and to correct labels."
    : "No kernel is connected. Run the cell to see the images.";
  return (
    <>
      <p class="pp-kernelless" role="status">
        {words}
      </p>
      {jpeg && <img class="pp-still" src={`data:image/jpeg;base64,${jpeg}`} alt="All images, as they were" />}
    </>
  );
}

function Silent({ view }: { view: View }) {
  const { silence, pendingCount } = view.store;
  const count = pendingCount.value;
  if (!isNoticed(view)) return null;
  const [edits, them] = count === 1 ? ["1 edit is", "it"] : [`${count.toLocaleString()} edits are`, "them"];
  return (
    <div class="pp-notice" data-kind="info">
      <span>
        The kernel has not answered for {duration(silence.seconds.value)}: it is busy, or gone. {edits} kept here and
        sent again until it has {them}. <SavePending view={view} />
      </span>
      <button
        type="button"
        class="pp-tool"
        aria-label="Dismiss"
        onClick={() => {
          silence.read.value = true;
        }}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

function Lost({ view }: { view: View }) {
  const { store } = view;
  const lost = store.source.lost.value;
  const count = store.pendingCount.value;
  const edits = count === 1 ? "1 edit is" : `${count.toLocaleString()} edits are`;
  const again = store.data.manifest.value?.journal
    ? "Run the cell again: the new widget reads the same journal, and is sent them. Or save them:"
    : 'Save them, run the cell again, and give the file to it: plot.merge("pending-edits.csv").';
  return (
    <div class="pp-notice" data-kind="error">
      <span>
        {lost} {count > 0 ? `${edits} not in the DataFrame. ${again} ` : "Run the cell again to go on. "}
        {count > 0 && <SavePending view={view} />}
      </span>
    </div>
  );
}

/** Hands the edits that the kernel has not acknowledged to the user as a file. */
function savePending({ store }: View): void {
  const { label_column: label = "", flag_column: flag = "" } = store.data.manifest.value ?? {};
  const text = patchCsv(store.labels.inForce().edits, (row) => store.data.names.get(row), { label, flag });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = "pending-edits.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}
