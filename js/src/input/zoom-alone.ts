/**
 * In place of d3-interpolate in the bundle, of which d3-zoom needs one thing: the way from one camera to another, out
 * and in again where that is far, as in van Wijk and Nuij, "Smooth and efficient zooming and panning" (2003).
 */

/** The middle and the width of what is seen. */
type Seen = [x: number, y: number, width: number];

/** How much a flight zooms out on its way; their users liked this. */
const RHO = Math.SQRT2;

export function interpolateZoom([x0, y0, w0]: Seen, [x1, y1, w1]: Seen): (t: number) => Seen {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const far = Math.hypot(dx, dy);
  if (far < 1e-6) return (t) => [x0 + t * dx, y0 + t * dy, w0 * (w1 / w0) ** t];
  const rise = (w: number, sign: number) =>
    -Math.asinh((w1 * w1 - w0 * w0 + sign * (RHO ** 2 * far) ** 2) / (2 * w * RHO ** 2 * far));
  const [r0, r1] = [rise(w0, 1), rise(w1, -1)];
  return (t) => {
    const r = r0 + t * (r1 - r0);
    const share = (w0 * (Math.cosh(r0) * Math.tanh(r) - Math.sinh(r0))) / (RHO ** 2 * far);
    return [x0 + share * dx, y0 + share * dy, (w0 * Math.cosh(r0)) / Math.cosh(r)];
  };
}

const none = (): null => null;

export {
  none as interpolateNumber,
  none as interpolateRgb,
  none as interpolateString,
  none as interpolateTransformCss,
  none as interpolateTransformSvg,
};
