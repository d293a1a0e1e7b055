/**
 * What changes both in the picture and in panels is seen in the picture first.
 *
 * A frame in which only the canvas changed is composed of what the browser has already. Panels that changed are laid
 * out, painted and rasterized again before their frame can be shown: measured with software GL, 1,400 x 1,000 px and
 * 1,000 images relabeled by a key, that made the frame with the new borders 70 to 100 ms late. So panels wait for
 * the frame after.
 */

import { options } from "preact";

/** A page that is not seen has no frames. */
const LONGEST_MS = 100;

let due = false;
const waiting: (() => void)[] = [];

// Preact has one queue for all that it renders: this is for all widgets of a page.
options.debounceRendering = (render) => {
  queueMicrotask(() => {
    if (due) waiting.push(render);
    else render();
  });
};

/** Says that the picture is drawn again in the next frame: panels are not rendered before it. */
export function pictureFirst(): void {
  if (due) return;
  due = true;
  afterFrame(() => {
    due = false;
    for (const render of waiting.splice(0)) render();
  });
}

function afterFrame(act: () => void): void {
  const once = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    act();
  };
  // A task of its own: what is done in the frame's callback itself is still part of that frame.
  const frame = requestAnimationFrame(() => setTimeout(once));
  const timer = setTimeout(once, LONGEST_MS);
}
