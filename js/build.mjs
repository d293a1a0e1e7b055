// Bundle src/entry/widget.ts into ../pixplot_widget/static/widget.js and widget.css: one ES module that asks the network for
// nothing. `--watch` rebuilds at every change; `--sources=HASH` is what tools/frontend.py recognizes a fresh bundle by.
import { createHash } from "node:crypto";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const LARGEST_BYTES = 300_000;
const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "pixplot_widget", "static");
const sources = process.argv.find((word) => word.startsWith("--sources="))?.slice("--sources=".length) ?? "unknown";

/** Shaders stand in the bundle as text: without their comments and indents, which are for those who read the source. */
const leanShaders = {
  name: "lean-shaders",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]render[\\/]shaders[\\/][\w-]+\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      return { contents: text.replace(/[ \t]*\/\/[^\n`"]*$/gm, "").replace(/^[ \t]+/gm, ""), loader: "ts" };
    });
  },
};

const options = {
  absWorkingDir: here,
  entryPoints: { widget: "src/entry/widget.ts" },
  outdir: target,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  // Every model on a page holds the whole text, and an engine takes two bytes a character for all once one is beyond
  // Latin-1: 270 kB instead of 540.
  charset: "ascii",
  legalComments: "inline",
  banner: { js: `/* pixplot_widget, sources ${sources} */` },
  // d3-zoom brings along how colors and texts turn into each other, 14 kB that nothing here asks for.
  alias: {
    "d3-color": join(here, "src", "input", "no-colors.ts"),
    "d3-interpolate": join(here, "src", "input", "zoom-alone.ts"),
  },
  plugins: [leanShaders],
  loader: { ".glsl": "text", ".vert": "text", ".frag": "text", ".svg": "text" },
  logLevel: "warning",
};

// What `sharedOnPage` needs; with --watch every change is a module of its own, as hot replacement expects.
const BUNDLE = "pixplot";
const asFunction = { format: "iife", globalName: BUNDLE, banner: {} };

// A widget that calls home would be refused where data is private, and would be blank offline.
const NETWORK = /\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|importScripts|sendBeacon)\s*\(|@import\b/g;
const ADDRESS = /https?:\/\/(?!www\.w3\.org\/)[^\s"'`)]+|url\((?!["']?(?:data:|#))[^)]*\)/g;

function checkText(name, text) {
  if (Buffer.byteLength(text) > LARGEST_BYTES)
    throw new Error(`${name} has ${Buffer.byteLength(text)} bytes, more than the ${LARGEST_BYTES} agreed on`);
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "");
  const found = [...code.matchAll(NETWORK), ...(name.endsWith(".css") ? code.matchAll(ADDRESS) : [])];
  if (found.length > 0) throw new Error(`${name} reaches for the network: ${found.map(([words]) => words).join(", ")}`);
}

async function thirdPartyLicenses(inputs) {
  const packages = new Set(inputs.flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []));
  const texts = [...packages].sort().map(async (name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((entry) => /^licen[sc]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} comes without a license file, so it cannot be bundled`);
    return `${name} ${version} (${license})\n\n${(await readFile(join(folder, file), "utf8")).trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

// Written aside first: a kernel that starts meanwhile reads a whole file, the old one or the new one.
async function put(path, contents) {
  await writeFile(`${path}.part`, contents);
  await rename(`${path}.part`, path);
}

/**
 * The bundle as a function that the first widget on a page calls and all others find the result of.
 *
 * Hosts import the text anew for every widget, and a page never forgets a module: code that had run stayed behind with
 * 0.7 MB for each widget that a re-run cell made. A function that is never called is only read over. Under the hash of
 * its own text, so that widgets of several versions can be on one page.
 */
function sharedOnPage(code) {
  const hash = createHash("sha256").update(code).digest("hex").slice(0, 16);
  return `${options.banner.js}
function make(){${code}return ${BUNDLE}.default}
export default (globalThis[Symbol.for("pixplot_widget")]??={})["${hash}"]??=make();
`;
}

async function buildOnce() {
  const result = await build({ ...options, ...asFunction, write: false, metafile: true });
  const names = result.outputFiles.map((file) => file.path.slice(target.length + 1));
  for (const name of ["widget.js", "widget.css"])
    if (!names.includes(name)) throw new Error(`src/entry/widget.ts built no ${name}: does it import its style sheet?`);
  for (const [k, file] of result.outputFiles.entries()) {
    const text = names[k] === "widget.js" ? sharedOnPage(file.text) : file.text;
    checkText(names[k], text);
    await put(file.path, text);
    console.log(`${names[k]} ${(Buffer.byteLength(text) / 1000).toFixed(1)} kB`);
  }
  await put(join(target, "licenses.txt"), await thirdPartyLicenses(Object.keys(result.metafile.inputs)));
}

try {
  if (process.argv.includes("--watch"))
    await (await context({ ...options, sourcemap: "inline", minify: false })).watch();
  else await buildOnce();
} catch (error) {
  // esbuild has printed its errors with their places; a stack of its own insides would hide them.
  if (!error.errors) console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
