/** Where the pointer is over the map, also where there is no image; a finger's place stays until it is put elsewhere. */

export function followPointer(
  map: HTMLElement,
  stop: AbortSignal,
  onMove: (at: { xPx: number; yPx: number } | null) => void,
): void {
  const move = (event: PointerEvent): void => {
    const { left, top } = map.getBoundingClientRect();
    onMove({ xPx: event.clientX - left, yPx: event.clientY - top });
  };
  map.addEventListener("pointermove", move, { signal: stop });
  map.addEventListener("pointerdown", move, { signal: stop });
  const leave = (event: PointerEvent): void => {
    if (event.pointerType !== "touch") onMove(null);
  };
  map.addEventListener("pointerleave", leave, { signal: stop });
}
