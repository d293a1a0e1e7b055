/** Measures the drawing engine in headless Chromium: `node bench/run.mjs [results.json] [n ...]`. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { pathToFileURL } from "node:url";
import { bundle, openPage, startBrowser } from "../tests/browser/chromium";
import type { BenchPage, Measured } from "./page";

declare const bench: BenchPage;

/** Beyond, a frame the plain way takes too long to wait for. */
const LARGEST_BASELINE = 100_000;

export interface Result extends Measured {
  baselineMs: number | null;
}

function emojiSheet(): string {
  const require = createRequire(pathToFileURL(`${process.cwd()}/package.json`));
  return readFileSync(require.resolve("emoji-datasource-google/img/google/sheets/64.png")).toString("base64");
}

export async function measure(counts: number[]): Promise<Result[]> {
  const script = await bundle(new URL("page.ts", pathToFileURL(`${process.cwd()}/bench/`)));
  const results: Result[] = [];
  for (const n of counts) {
    // A browser each, so that no run inherits the memory of the one before.
    const browser = await startBrowser(["--js-flags=--expose-gc"]);
    try {
      const { page, problems } = await openPage(browser, script, { width: 1280, height: 900 });
      await page.evaluate((png) => bench.prepare(png), emojiSheet());
      const ours = await page.evaluate((count) => bench.ours(count), n);
      const baselineMs = n <= LARGEST_BASELINE ? await page.evaluate((count) => bench.baseline(count), n) : null;
      if (problems.length > 0) throw new Error(problems.join("\n"));
      results.push({ ...ours, baselineMs });
    } finally {
      await browser.close();
    }
  }
  return results;
}

/** Columns of the table: heading, and what to write of a result. */
const COLUMNS: [string, (result: Result) => string][] = [
  ["n", (r) => r.n.toLocaleString("en")],
  ["sprite px", (r) => r.spritePx.toFixed(1)],
  ["first sprites ms", (r) => r.firstSpritesMs.toFixed(0)],
  ["pan frames/s", (r) => r.panFramesPerSecond.toFixed(1)],
  ["worst tenth ms", (r) => r.panWorstTenthMs.toFixed(0)],
  ["drawn in pan", (r) => `${(100 * r.panDrawnShare).toFixed(0)} %`],
  ["script ms", (r) => r.panScriptMs.toFixed(1)],
  ["complete at rest ms", (r) => r.completeAtRestMs.toFixed(0)],
  ["complete frame ms", (r) => r.completeFrameMs.toFixed(0)],
  ["instanced ms", (r) => (r.baselineMs === null ? "–" : r.baselineMs.toFixed(0))],
  ["zoom sharp ms", (r) => r.zoomSharpMs.toFixed(0)],
  ["pick ms", (r) => r.hoverPickMs.toFixed(3)],
  ["GPU MB", (r) => r.gpuMB.toFixed(0)],
  ["heap B/image", (r) => r.heapBytesPerImage.toFixed(0)],
  ["sheets MB", (r) => r.sheetMB.toFixed(2)],
];

export function table(results: Result[]): string {
  const rows = [COLUMNS.map(([heading]) => heading), ...results.map((r) => COLUMNS.map(([, write]) => write(r)))];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)));
  return rows.map((row) => row.map((cell, i) => cell.padStart(widths[i] as number)).join("  ")).join("\n");
}

export async function main(args: string[]): Promise<void> {
  const file = args.find((arg) => arg.endsWith(".json"));
  const counts = args.map(Number).filter((n) => n > 0);
  const results = await measure(counts.length > 0 ? counts : [1000, 10_000, 100_000, 1_000_000]);
  console.log(table(results));
  if (!file) return;
  const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? "unknown", gl: "SwiftShader" };
  writeFileSync(file, `${JSON.stringify({ machine, canvasPx: [1200, 800], drawing: results }, null, 2)}\n`);
}
