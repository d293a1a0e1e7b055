/** Measures the drawing engine in headless Chromium: `node bench/run.mjs [results.json] [n ...]`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, platform, release, totalmem } from "node:os";
import { pathToFileURL } from "node:url";
import type { CDPSession } from "playwright-core";
import { bundle, openPage, startBrowser } from "../tests/browser/chromium";
import type { BenchPage, Measured, Plain } from "./page";

declare const bench: BenchPage;

/** Beyond, a frame the plain way takes too long to wait for. */
const LARGEST_BASELINE = 100_000;

export interface Result extends Measured {
  /** The plain way; null where that takes too long to wait for. */
  instanced: Plain | null;
  /** What the page holds, arrays given to the renderer included, when all is drawn: after a collection. */
  heapMB: number;
  /** Growth of that since the n before. */
  heapBytesPerImage: number | null;
}

function emojiSheet(): string {
  const require = createRequire(pathToFileURL(`${process.cwd()}/package.json`));
  return readFileSync(require.resolve("emoji-datasource-google/img/google/sheets/64.png")).toString("base64");
}

/** JS heap and array buffers of a page, bytes, when nothing is left to collect. */
async function heapBytes(session: CDPSession): Promise<number> {
  for (let i = 0; i < 3; i++) await session.send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize } = (await session.send("Runtime.getHeapUsage")) as {
    usedSize: number;
    backingStorageSize?: number;
  };
  if (backingStorageSize === undefined) throw new Error("this Chromium does not tell the size of array buffers");
  return usedSize + backingStorageSize;
}

async function measure(n: number, before: Result | undefined): Promise<Result> {
  const script = await bundle(new URL("page.ts", pathToFileURL(`${process.cwd()}/bench/`)));
  // A browser each, so that no run inherits the memory of the one before.
  const browser = await startBrowser();
  try {
    const { page, problems } = await openPage(browser, script, { width: 1280, height: 900 });
    const session = await page.context().newCDPSession(page);
    await session.send("HeapProfiler.enable");
    await page.evaluate((png) => bench.prepare(png), emojiSheet());
    const ours = await page.evaluate((count) => bench.ours(count), n);
    const heap = await heapBytes(session);
    const instanced = n <= LARGEST_BASELINE ? await page.evaluate((count) => bench.baseline(count), n) : null;
    if (problems.length > 0) throw new Error(problems.join("\n"));
    const heapMB = heap / 2 ** 20;
    const grown = before && ((heapMB - before.heapMB) * 2 ** 20) / (n - before.n);
    return { ...ours, instanced, heapMB, heapBytesPerImage: grown ?? null };
  } finally {
    await browser.close();
  }
}

/** On what it was measured. */
async function conditions(): Promise<Record<string, unknown>> {
  const browser = await startBrowser();
  try {
    const { page } = await openPage(browser, ";");
    const gl = await page.evaluate(() => {
      const context = document.createElement("canvas").getContext("webgl2");
      const info = context?.getExtension("WEBGL_debug_renderer_info");
      return info ? String(context?.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "unknown";
    });
    return {
      date: new Date().toISOString(),
      processors: cpus().length,
      model: cpus()[0]?.model ?? "unknown",
      memoryGB: Math.round(totalmem() / 2 ** 30),
      system: `${platform()} ${release()}`,
      browser: `Chromium ${browser.version()}`,
      gl,
      load: Number((loadavg()[0] as number).toFixed(1)),
      canvasPx: [1200, 800],
    };
  } finally {
    await browser.close();
  }
}

const dash = (value: number | null | undefined, digits = 0): string => value?.toFixed(digits) ?? "–";

/** Lines of the table: what, and how to write it of a result. */
const LINES: [string, (result: Result) => string][] = [
  ["images", (r) => r.n.toLocaleString("en")],
  ["sprite, px", (r) => r.spritePx.toFixed(1)],
  ["first sprites, ms", (r) => r.firstSpritesMs.toFixed(0)],
  ["first complete picture, ms", (r) => r.firstCompleteMs.toFixed(0)],
  ["panning, frames/s", (r) => r.panFramesPerSecond.toFixed(1)],
  ["  instanced", (r) => dash(r.instanced?.panFramesPerSecond, 1)],
  ["  slowest tenth of frames, ms", (r) => r.panWorstTenthMs.toFixed(0)],
  ["  script, ms a frame", (r) => r.panScriptMs.toFixed(1)],
  ["  shown right, %", (r) => (100 * r.panRight).toFixed(0)],
  ["zooming: shown right, %", (r) => (100 * r.zoomRight).toFixed(0)],
  ["complete once at rest, ms", (r) => r.completeAtRestMs.toFixed(0)],
  ["complete frame, ms", (r) => r.completeFrameMs.toFixed(0)],
  ["  instanced", (r) => dash(r.instanced?.completeFrameMs)],
  ["  times faster", (r) => dash(r.instanced && r.instanced.completeFrameMs / r.completeFrameMs, 1)],
  ["zoomed in: sharp after, ms", (r) => r.zoomSharpMs.toFixed(0)],
  ["finding what is hovered, ms", (r) => r.hoverPickMs.toFixed(3)],
  ["sheets received, MB", (r) => r.sheetMB.toFixed(2)],
  ["GPU memory, MB", (r) => r.gpuMB.toFixed(0)],
  ["JS memory, MB", (r) => r.heapMB.toFixed(1)],
  ["  grown by, bytes an image", (r) => dash(r.heapBytesPerImage)],
];

export function table(results: Result[]): string {
  const lines = LINES.map(([what, write]) => [what, ...results.map(write)]);
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => (line[i] as string).length))) ?? [];
  const pad = (cell: string, i: number): string =>
    i === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[i] as number);
  return lines.map((line) => line.map(pad).join("  ")).join("\n");
}

type Asked = Record<string, [sign: "<=" | ">=", limit: number]>;

/** What is asked, on two processors without a GPU: of any number of images, and of these. */
const ASKED_OF_ALL: Asked = {
  firstSpritesMs: ["<=", 2000],
  zoomSharpMs: ["<=", 1000],
  gpuMB: ["<=", 256],
  heapBytesPerImage: ["<=", 64],
};
const ASKED_OF: Readonly<Record<number, Asked>> = {
  10000: { panFramesPerSecond: [">=", 30], panRight: [">=", 0.99], timesInstanced: [">=", 4] },
  100000: { panFramesPerSecond: [">=", 30], completeAtRestMs: ["<=", 1000], timesInstanced: [">=", 6] },
  1000000: { panFramesPerSecond: [">=", 20], completeAtRestMs: ["<=", 4000] },
};

/** A part of results.json: figures, and what is asked of those that were taken. */
function part(result: Result, measuredOn: Record<string, unknown>): object {
  const timesInstanced = result.instanced && result.instanced.completeFrameMs / result.completeFrameMs;
  const results: Record<string, unknown> = { ...result, timesInstanced };
  const asked = Object.entries({ ...ASKED_OF_ALL, ...ASKED_OF[result.n] });
  return {
    measured_on: measuredOn,
    results,
    asked: Object.fromEntries(asked.filter(([what]) => typeof results[what] === "number")),
  };
}

export async function main(args: string[]): Promise<void> {
  const file = args.find((arg) => arg.endsWith(".json"));
  const counts = args.map(Number).filter((n) => n > 0);
  const measuredOn = await conditions();
  const results: Result[] = [];
  for (const n of counts.length > 0 ? counts : [1000, 10_000, 100_000, 1_000_000]) {
    results.push(await measure(n, results.at(-1)));
  }
  console.log(`${JSON.stringify(measuredOn)}\n${table(results)}`);
  if (!file) return;
  const others = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const drawing = Object.fromEntries(results.map((r) => [`${r.n.toLocaleString("en")} images`, part(r, measuredOn)]));
  writeFileSync(file, `${JSON.stringify({ ...others, drawing }, null, 2)}\n`);
}
