/** What every picture over the map has: the dialog, and the button that closes it and has the focus at first. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../common/icons";
import type { View } from "../view";

export function LightboxFrame({ className = "", children }: { className?: string; children: ComponentChildren }) {
  return (
    <div class={`pp-lightbox ${className}`} role="dialog" aria-label="Full picture">
      {children}
    </div>
  );
}

export function CloseLightbox({ view, className = "" }: { view: View; className?: string }) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => button.current?.focus(), []);
  return (
    <button
      ref={button}
      type="button"
      class={`pp-tool ${className}`}
      aria-label="Close picture"
      title="Close (Esc)"
      onClick={() => {
        view.lightbox.value = -1;
      }}
    >
      <Icon name="close" />
    </button>
  );
}
