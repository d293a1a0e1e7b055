/** In place of d3-color in the bundle: no text is a color. d3-zoom animates numbers only; see build.mjs. */
const none = (): null => null;

export { none as color, none as cubehelix, none as hcl, none as hsl, none as lab, none as rgb };
