/** The whole picture over the map, with its boxes at every zoom. */

import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Camera, Viewport } from "../../geometry/camera";
import { createPointer, type Pointer } from "../../input/pointer";
import { keyOfLook } from "../common/keys";
import { CloseLightbox, LightboxFrame } from "../inspector/lightbox-frame";
import type { View } from "../view";
import { type Known, useScene, useSize } from "./boxes";
import { cameraFor, rowAt, Scene } from "./scene";

const MOST_PX_PER_PX = 32;
/** A click's zoom, and the slowest the eye follows. */
const FLIGHT_MS = 300;

export function BoxLightbox({ view, row }: { view: View; row: number }) {
  const known = useScene(view, row);
  const [element, viewport] = useSize<HTMLDivElement>();
  const camera = useMemo(() => signal<Camera | null>(null), []);
  const pointed = useMemo(() => signal(-1), []);
  const others = useMemo(() => signal(true), []);
  const controls = useRef<Controls | null>(null);
  const now = useRef({ known, viewport });
  now.current = { known, viewport };

  useEffect(() => {
    if (!element.current) return;
    const made = new Controls(view, element.current, () => now.current, camera, pointed);
    controls.current = made;
    view.lightboxKeys = (key, held) => made.press(key, held);
    return () => {
      view.lightboxKeys = null;
      made.destroy();
    };
  }, [view, camera, pointed]);

  const { scene, whole, error } = known;
  const ready = scene !== null && whole !== null && viewport.widthPx > 0;
  // A picture is fitted when it comes; another box of the same picture leaves the camera where it is.
  const fitted = useRef("");
  const key = ready ? `${scene.picture}/${viewport.widthPx}/${viewport.heightPx}` : "";
  if (ready && fitted.current !== key) {
    fitted.current = key;
    camera.value = cameraFor("picture", scene, whole, viewport);
  }
  const look = view.look.value;
  const looked = useRef(look);
  useEffect(() => {
    if (looked.current === look) return;
    looked.current = look;
    controls.current?.show();
  }, [look]);
  const at = camera.value;
  const percent = at ? Math.round(at.scale * 100) : 100;
  return (
    <LightboxFrame className="pp-boxlightbox">
      <div ref={element} class="pp-scene" data-over={pointed.value >= 0}>
        {ready && at && (
          <Scene
            view={view}
            scene={scene}
            whole={whole}
            camera={at}
            viewport={viewport}
            pointed={pointed.value}
            others={others.value}
          />
        )}
      </div>
      {error && <p class="pp-error">{error}</p>}
      <div class="pp-lightbar" role="toolbar" aria-label="Full picture">
        <button type="button" aria-label="Zoom out" title="Zoom out (−)" onClick={() => controls.current?.press("-")}>
          −
        </button>
        <output aria-label="Zoom">{percent} %</output>
        <button type="button" aria-label="Zoom in" title="Zoom in (+)" onClick={() => controls.current?.press("+")}>
          +
        </button>
        <button type="button" title="Home" onClick={() => controls.current?.press("Home")}>
          Fit
        </button>
        <button type="button" title="One pixel of the picture a pixel" onClick={() => controls.current?.fullSize()}>
          100 %
        </button>
        <button
          type="button"
          aria-pressed={look === "truth"}
          disabled={(scene?.truth.length ?? 0) === 0}
          onClick={() => view.toggleTruth()}
        >
          {look === "truth" ? "Box" : "Truth"} <kbd>{keyOfLook("truth")}</kbd>
        </button>
        <button
          type="button"
          aria-pressed={others.value}
          onClick={() => {
            others.value = !others.value;
          }}
        >
          Other boxes
        </button>
      </div>
      <CloseLightbox view={view} className="pp-lightclose" />
    </LightboxFrame>
  );
}

/** Pan, zoom and click of the picture, by the same pointer as the map's. */
class Controls {
  private readonly pointer: Pointer;

  constructor(
    private readonly view: View,
    element: HTMLElement,
    private readonly now: () => { known: Known; viewport: Viewport },
    private readonly camera: { value: Camera | null },
    pointed: { value: number },
  ) {
    const find = (xPx: number, yPx: number): number => {
      const { known, viewport } = now();
      return known.scene && camera.value ? rowAt(known.scene, camera.value, viewport, xPx, yPx) : -1;
    };
    this.pointer = createPointer(element, {
      camera: () => this.at(),
      viewport: () => now().viewport,
      tool: () => "pan",
      scaleExtent: () => [0.01, MOST_PX_PER_PX],
      onCamera: (next) => {
        camera.value = next;
      },
      onHover: (xPx, yPx) => {
        pointed.value = find(xPx, yPx);
      },
      onLeave: () => {
        pointed.value = -1;
      },
      onClick: (xPx, yPx) => {
        const row = find(xPx, yPx);
        if (row >= 0) this.open(row);
      },
      onGesture: () => {},
      onChoose: () => {},
    });
  }

  destroy(): void {
    this.pointer.destroy();
  }

  /** Goes to what is to be looked at: the box, its truth, or everything. */
  show(): void {
    const { known, viewport } = this.now();
    if (known.scene && known.whole)
      this.pointer.flyTo(cameraFor(this.view.look.value, known.scene, known.whole, viewport), FLIGHT_MS);
  }

  fullSize(): void {
    const { known, viewport } = this.now();
    if (!known.scene || !known.whole) return;
    const { x, y } = cameraFor("box", known.scene, known.whole, viewport);
    this.pointer.flyTo({ x, y, scale: 1 }, FLIGHT_MS);
  }

  /** Does what a key says; false if it is none of these. */
  press(key: string, held = false): boolean {
    const { known, viewport } = this.now();
    if (key === "ArrowLeft" || key === "ArrowRight") {
      this.view.step(key === "ArrowRight" ? 1 : -1);
      this.view.lightbox.value = this.view.inspected.value;
      return true;
    }
    if (key === "Home") {
      if (known.scene && known.whole)
        this.pointer.flyTo(cameraFor("picture", known.scene, known.whole, viewport), FLIGHT_MS);
      return true;
    }
    return this.pointer.pressKey(key, held);
  }

  private open(row: number): void {
    this.view.inspect(row);
    this.view.lightbox.value = row;
  }

  private at(): Camera {
    return this.camera.value ?? { x: 0, y: 0, scale: 1 };
  }
}
