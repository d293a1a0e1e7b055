import { interpolateZoom as theirs } from "d3-interpolate";
import fc from "fast-check";
import { expect, test } from "vitest";
import { interpolateZoom } from "../src/input/zoom-alone";

test("flies as d3-interpolate does, in whose place it is bundled", () => {
  const place = fc.oneof(fc.constant(0), fc.double({ min: -1e3, max: 1e3, noNaN: true }));
  const seen = fc.tuple(place, place, fc.double({ min: 1e-3, max: 1e3, noNaN: true }));
  fc.assert(
    fc.property(seen, seen, fc.double({ min: 0, max: 1, noNaN: true }), (from, to, t) => {
      // Nearer than the eye can tell theirs takes another way at another distance.
      fc.pre(Math.hypot(from[0] - to[0], from[1] - to[1]) > 0.01 || (from[0] === to[0] && from[1] === to[1]));
      // Where an end is far out on the curve, theirs subtracts two numbers that are nearly the same.
      const far = Math.hypot(from[0] - to[0], from[1] - to[1]) || 1;
      const [w0, w1] = [from[2], to[2]];
      fc.pre((Math.abs(w1 * w1 - w0 * w0) + 4 * far * far) / (4 * Math.min(w0, w1) * far) < 1e5);
      const wanted = theirs(from, to)(t);
      const scale = Math.max(...from.map(Math.abs), ...to.map(Math.abs), wanted[2]);
      interpolateZoom(
        from,
        to,
      )(t).forEach((value, k) => {
        expect(Math.abs(value - (wanted[k] as number))).toBeLessThan(1e-4 * scale);
      });
    }),
  );
});
