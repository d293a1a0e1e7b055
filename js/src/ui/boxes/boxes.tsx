/** The inspector of a box: the whole picture with all its boxes, the ground truth, and what can be corrected. */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Viewport } from "../../geometry/camera";
import type { BoxesSent } from "../../protocol";
import { keyOfLook } from "../common/keys";
import type { Look, View } from "../view";
import type { Whole } from "./pictures";
import { cameraFor, colorOf, isMissed, Scene } from "./scene";

export interface Known {
  scene: BoxesSent | null;
  whole: Whole | null;
  error: string;
}

const NOTHING: Known = { scene: null, whole: null, error: "" };

/** The boxes around a row and the picture they lie in; looked up again after every edit. */
export function useScene(view: View, row: number): Known {
  const state = useMemo(() => signal({ ...NOTHING, row: -1 }), [view]);
  const revision = view.store.labels.info.value;
  useEffect(() => {
    const asking = new AbortController();
    const ask = async () => {
      let scene: BoxesSent | null = null;
      try {
        scene = await view.store.source.fetchBoxes(row, asking.signal);
        const before = state.value;
        const same = before.scene?.picture === scene.picture;
        state.value = { row, scene, whole: same ? before.whole : null, error: "" };
        const whole = await view.pictures.get(scene.picture);
        if (!asking.signal.aborted) state.value = { row, scene, whole, error: "" };
      } catch (error) {
        // Without its picture a box can still be corrected.
        if (!asking.signal.aborted)
          state.value = { row, scene, whole: null, error: String((error as Error).message ?? error) };
      }
    };
    void ask();
    return () => asking.abort(new DOMException("another image was opened", "AbortError"));
  }, [row, revision, state, view]);
  const { scene, whole } = state.value;
  if (state.value.row === row) return state.value;
  // Another box of the same picture stands out at once, before the kernel has said more of it.
  const again = scene && seenFrom(scene, row);
  return again ? { scene: again, whole, error: "" } : NOTHING;
}

/** The same picture seen from another of its boxes, without a ground truth; null if that box is not known. */
export function seenFrom(scene: BoxesSent, row: number): BoxesSent | null {
  const at = scene.rows.indexOf(row);
  if (at < 0) return null;
  const order = [at, ...scene.rows.keys()].filter((k, place) => place === 0 || k !== at);
  return {
    ...scene,
    row,
    rows: Int32Array.from(order, (k) => scene.rows[k] as number),
    boxes: Float32Array.from(order.flatMap((k) => [...scene.boxes.subarray(4 * k, 4 * k + 4)])),
    names: order.map((k) => scene.names[k] as string),
    notes: order.map((k) => scene.notes[k] as string),
    truth: new Float32Array(0),
    truth_name: "",
    truth_row: -1,
  };
}

/** How large an element is, px. */
export function useSize<T extends HTMLElement>(): [{ current: T | null }, Viewport] {
  const element = useRef<T>(null);
  const size = useMemo(() => signal<Viewport>({ widthPx: 0, heightPx: 0 }), []);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) size.value = { widthPx: entry.contentRect.width, heightPx: entry.contentRect.height };
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [size]);
  return [element, size.value];
}

/** All of that; `children` stand below the picture. */
export function BoxPanel({ view, row, children }: { view: View; row: number; children: ComponentChildren }) {
  const known = useScene(view, row);
  const pointed = useMemo(() => signal(-1), []);
  return (
    <>
      <BoxPicture view={view} row={row} known={known} pointed={pointed.value} />
      {children}
      {known.scene && <Verdict view={view} scene={known.scene} />}
      {known.scene && known.scene.truth_row >= 0 && <TruthChoice view={view} scene={known.scene} />}
      {known.scene && known.scene.rows.length > 1 && (
        <BoxList
          view={view}
          scene={known.scene}
          point={(at) => {
            pointed.value = at;
          }}
        />
      )}
    </>
  );
}

const LOOKS: readonly (readonly [Look, string])[] = [
  ["picture", "Picture"],
  ["box", "Box"],
  ["truth", "Truth"],
];

function BoxPicture({ view, row, known, pointed }: { view: View; row: number; known: Known; pointed: number }) {
  const [element, viewport] = useSize<HTMLButtonElement>();
  const { scene, whole, error } = known;
  const look = view.look.value;
  const canTruth = (scene?.truth.length ?? 0) > 0;
  return (
    <div class="pp-boxview">
      <button
        ref={element}
        type="button"
        class="pp-scene"
        aria-label="Show full size"
        onClick={() => {
          view.lightbox.value = row;
        }}
      >
        {scene && whole && viewport.widthPx > 0 && (
          <Scene
            view={view}
            scene={scene}
            whole={whole}
            camera={cameraFor(look, scene, whole, viewport)}
            viewport={viewport}
            pointed={pointed}
            others={look === "picture"}
          />
        )}
      </button>
      {error && <p class="pp-error">{error}</p>}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as one row in every browser */}
      <div class="pp-segments" role="group" aria-label="Show">
        {LOOKS.map(([which, text]) => (
          <button
            key={which}
            type="button"
            aria-pressed={look === which}
            disabled={which === "truth" && !canTruth}
            onClick={() => {
              view.look.value = which;
            }}
          >
            {text}
            {keyOfLook(which) && <kbd>{keyOfLook(which)}</kbd>}
          </button>
        ))}
      </div>
    </div>
  );
}

/** The box and its truth, in words, in the colors they are drawn in. */
function Verdict({ view, scene }: { view: View; scene: BoxesSent }) {
  if (scene.rows[0] !== scene.row) return null; // a whole picture among boxes
  const missed = isMissed(scene);
  const compared = scene.notes.some((note) => note !== "");
  return (
    <div class="pp-verdict">
      {!missed && (
        <div>
          <span>
            <span class="pp-swatch" style={{ background: colorOf(view, scene.row) }} />
            Box
          </span>
          <p>
            {scene.names[0]}
            {scene.notes[0] && <small>{scene.notes[0]}</small>}
          </p>
        </div>
      )}
      {compared && (
        <div>
          <span>
            <span class="pp-swatch" data-truth="true" />
            Truth
          </span>
          <p>
            {scene.truth.length > 0 ? scene.truth_name : "none here"}
            {missed && <small>{scene.notes[0]}</small>}
          </p>
        </div>
      )}
    </div>
  );
}

const OTHER = "\u0000other";

/** Corrects the annotation that the box was compared with, whichever row stands for it. */
function TruthChoice({ view, scene }: { view: View; scene: BoxesSent }) {
  const { store } = view;
  const naming = useMemo(() => signal(false), [scene.row]);
  const { truth_row: row, truth_name: name, classes, kind } = scene;
  void store.labels.info.value; // flags are in an array beside the signal
  const flagged = store.labels.flags[row] === 1;
  const give = (next: string) => {
    naming.value = false;
    if (next === "" || next === name) return;
    if (kind === "label") store.relabel(Int32Array.of(row), next);
    else store.setClass(Int32Array.of(row), next);
  };
  const canMake = kind === "class" || (store.data.manifest.value?.new_labels ?? false);
  return (
    <section class="pp-truth" aria-label="Ground truth">
      <h3>Ground truth</h3>
      <div>
        <span>Class</span>
        {naming.value ? (
          <input
            type="text"
            aria-label="New class"
            placeholder="New class, then Enter"
            ref={(input) => input?.focus()}
            onKeyDown={(event) => {
              if (event.key === "Enter") give(event.currentTarget.value.trim());
              if (event.key !== "Escape") return;
              event.stopPropagation();
              naming.value = false;
            }}
            onBlur={() => {
              naming.value = false;
            }}
          />
        ) : (
          <select
            aria-label="Class of the ground truth"
            value={name}
            onChange={(event) => {
              if (event.currentTarget.value === OTHER) naming.value = true;
              else give(event.currentTarget.value);
            }}
          >
            {!classes.includes(name) && <option value={name}>{name || "none"}</option>}
            {[...classes].sort().map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
            {canMake && <option value={OTHER}>new class…</option>}
          </select>
        )}
      </div>
      {row !== scene.row && (
        <label>
          <input
            type="checkbox"
            aria-label="Flag the annotation"
            checked={flagged}
            onChange={(event) => store.flag(Int32Array.of(row), event.currentTarget.checked)}
          />
          <span>Flag the annotation as bad</span>
        </label>
      )}
    </section>
  );
}

/** The other boxes of the picture, as a list that keys can walk. */
function BoxList({ view, scene, point }: { view: View; scene: BoxesSent; point: (row: number) => void }) {
  const hidden = scene.total - scene.rows.length;
  const own = scene.rows[0] === scene.row ? 1 : 0;
  const count = scene.total - own;
  return (
    <section>
      <h3>
        {count.toLocaleString()} other box{count === 1 ? "" : "es"} in this picture
        {hidden > 0 && `, the nearest ${scene.rows.length - own}`}
      </h3>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari drops the list role of lists without bullets */}
      <ul class="pp-boxlist" role="list" aria-label="Boxes in this picture" onMouseLeave={() => point(-1)}>
        {Array.from(scene.rows, (row, k) => ({ row, name: scene.names[k], note: scene.notes[k] }))
          .slice(own)
          .map(({ row, name, note }) => (
            <li key={row}>
              <button
                type="button"
                class="pp-entry"
                onMouseEnter={() => point(row)}
                onFocus={() => point(row)}
                onBlur={() => point(-1)}
                onClick={() => {
                  point(-1);
                  view.inspect(row);
                  view.map?.flyTo(row);
                }}
              >
                <span class="pp-swatch" style={{ background: colorOf(view, row) }} />
                <span class="pp-name">{name}</span>
                <span class="pp-count">{note}</span>
              </button>
            </li>
          ))}
      </ul>
    </section>
  );
}
