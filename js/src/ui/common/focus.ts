/**
 * Keeps the keys with the widget: who works with a mouse and keys must not have to click the picture again and again.
 *
 * A button that was pressed with the pointer, a slider or list that was set with it, and anything that had the focus
 * and is gone or disabled now, leave the focus with the widget itself. Who goes from control to control by Tab keeps
 * the focus where it is.
 */

export class Focus {
  /** Whether the last thing done was done with mouse, pen or finger. */
  pointed = false;
  private held: Element | null = null;

  constructor(
    private readonly root: HTMLElement,
    signal: AbortSignal,
    private readonly onFocus: (inside: boolean) => void,
  ) {
    const early = { signal, capture: true };
    root.addEventListener("pointerdown", () => this.note(true), early);
    root.addEventListener("keydown", () => this.note(false), early);
    root.addEventListener("mousedown", (event) => this.press(event), { signal });
    root.addEventListener("change", (event) => this.chosen(event.target), { signal });
    root.addEventListener("focusin", (event) => this.hold(event.target as Element), { signal });
    root.addEventListener("focusout", (event) => this.release(event), { signal });
    const observer = new MutationObserver(() => this.check());
    observer.observe(root, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ["disabled", "hidden"],
    });
    signal.addEventListener("abort", () => observer.disconnect());
  }

  /** Gives the focus to the widget itself. */
  take(): void {
    this.root.focus({ preventScroll: true });
  }

  private note(pointed: boolean): void {
    this.pointed = pointed;
  }

  private press(event: MouseEvent): void {
    const button = (event.target as Element).closest("button");
    // What is draggable needs the browser's own way with the mouse button.
    if (!button || button.draggable) return;
    event.preventDefault();
    this.take();
  }

  private chosen(target: EventTarget | null): void {
    if (!this.pointed) return;
    if (target instanceof HTMLSelectElement) this.take();
    else if (target instanceof HTMLInputElement && ["range", "checkbox", "radio"].includes(target.type)) this.take();
  }

  private hold(element: Element): void {
    this.held = element;
    this.onFocus(true);
  }

  private release(event: FocusEvent): void {
    const element = event.target as Element;
    // Of an element that is being taken out, some browsers say that it loses the focus while it is still there.
    setTimeout(() => {
      if (this.held === element && element.isConnected && !unusable(element)) this.held = null;
    });
    this.onFocus(event.relatedTarget instanceof Node && this.root.contains(event.relatedTarget));
  }

  private check(): void {
    if (!this.held || !this.root.isConnected || (this.held.isConnected && !unusable(this.held))) return;
    this.held = null;
    const active = (this.root.getRootNode() as Document | ShadowRoot).activeElement;
    const lost = !active || active === this.root.ownerDocument.body || unusable(active);
    if (lost) this.take();
  }
}

function unusable(element: Element): boolean {
  return element.matches(":disabled") || element.closest("[hidden]") !== null;
}
