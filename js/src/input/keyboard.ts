/** Keys that move the camera. Which keys reach it, and when, is for the view to say. */
import { type Camera, panBy, type Viewport, zoomAbout } from "../geometry/camera";

/** Share of the view an arrow key pans. */
const PAN_SHARE = 0.15;
const ZOOM_FACTOR = 1.5;

/**
 * Where a key takes the camera.
 *
 * @param key as in `KeyboardEvent.key`: arrows pan, `+` and `-` zoom about the center.
 * @param extent least and greatest scale, CSS px per data unit.
 * @returns null for any other key.
 */
export function cameraForKey(
  key: string,
  camera: Camera,
  viewport: Viewport,
  [least, greatest]: readonly [number, number],
): Camera | null {
  const { widthPx, heightPx } = viewport;
  const zoomBy = (factor: number): Camera => {
    const scale = Math.min(greatest, Math.max(least, camera.scale * factor));
    return zoomAbout(camera, viewport, scale / camera.scale, widthPx / 2, heightPx / 2);
  };
  switch (key) {
    case "ArrowLeft":
      return panBy(camera, PAN_SHARE * widthPx, 0);
    case "ArrowRight":
      return panBy(camera, -PAN_SHARE * widthPx, 0);
    case "ArrowUp":
      return panBy(camera, 0, PAN_SHARE * heightPx);
    case "ArrowDown":
      return panBy(camera, 0, -PAN_SHARE * heightPx);
    case "+":
    case "=":
      return zoomBy(ZOOM_FACTOR);
    case "-":
    case "_":
      return zoomBy(1 / ZOOM_FACTOR);
    default:
      return null;
  }
}
