/** A row's picture, whole and over the map; where rows are crops, the one it was cut from, with its boxes. */

import { useSignal } from "@preact/signals";
import type { ImageSent } from "../../protocol";
import { BoxLightbox } from "../boxes/box-lightbox";
import { useFetched, useObjectUrl } from "../common/fetched";
import { cssColor } from "../legend/legend";
import type { View } from "../view";
import { Steps } from "./inspector";
import { CloseLightbox, LightboxFrame } from "./lightbox-frame";

export function Lightbox({ view }: { view: View }) {
  const row = view.lightbox.value;
  if (row < 0) return null;
  if (view.store.data.manifest.value?.boxes) return <BoxLightbox view={view} row={row} />;
  return <LightboxPicture key={row} view={view} row={row} />;
}

function LightboxPicture({ view, row }: { view: View; row: number }) {
  const { value, error } = useFetched<ImageSent>(row, 0, (at, stop) => view.store.source.fetchImage(at, true, stop));
  const url = useObjectUrl(value);
  const size = useSignal<{ width: number; height: number } | null>(null);
  /** Pixel for pixel, to be scrolled; else as large as fits. */
  const full = useSignal(false);
  return (
    <LightboxFrame>
      <div class="pp-scroll">
        {!url && !error && <p>Loading…</p>}
        {error && <p class="pp-error">{error}</p>}
        {url && (
          <button
            type="button"
            class="pp-full"
            data-full={full.value}
            aria-label={full.value ? "Fit to the view" : "Actual size"}
            onClick={() => {
              full.value = !full.value;
            }}
          >
            <img
              src={url}
              alt={view.store.data.names.get(row)}
              onLoad={(event) => {
                size.value = { width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight };
              }}
            />
          </button>
        )}
      </div>
      <div class="pp-lightbox-bar">
        <Steps view={view} row={row} />
        <LabelOf view={view} row={row} />
        <span class="pp-lightbox-size">{size.value && `${size.value.width} × ${size.value.height} px`}</span>
        <CloseLightbox view={view} />
      </div>
    </LightboxFrame>
  );
}

/** Keys give labels here too, and the inspector lies behind. */
function LabelOf({ view, row }: { view: View; row: number }) {
  const { names, palette } = view.store.labels.info.value;
  const code = view.store.labels.codes[row] ?? -1;
  const flagged = view.store.labels.flags[row] === 1;
  const suggested = view.store.suggested.of(row);
  return (
    <span class="pp-lightbox-label">
      {code >= 0 && <span class="pp-swatch" style={{ background: cssColor(palette, code) }} />}
      <strong>{code >= 0 ? names[code] : "unlabeled"}</strong>
      {flagged && " · flagged"}
      {suggested !== null && ` · suggested: ${suggested} (s)`}
    </span>
  );
}
