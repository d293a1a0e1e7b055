/** A headless Chromium with software GL, and a page that holds one bundled script. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { PATIENCE_MS } from "../patience";

const FLAGS = [
  "--no-sandbox",
  "--no-first-run",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  // Byte-exact heap figures for the benchmark.
  "--enable-precise-memory-info",
];
const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/** The CHROMIUM of the environment, else one on the PATH, else Playwright's own. */
export function findChromium(): string {
  const given = process.env.CHROMIUM;
  if (given) return given;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of NAMES) {
      const file = join(folder, name);
      if (isExecutable(file)) return file;
    }
  }
  const own = chromium.executablePath();
  if (own && isExecutable(own)) return own;
  throw new Error(
    "no Chromium: put one on the PATH, name it in CHROMIUM, or run `npx playwright-core install chromium`",
  );
}

export function startBrowser(extraFlags: string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), headless: true, args: [...FLAGS, ...extraFlags] });
}

/** Bundle a script, or a style sheet, as the widget is bundled. */
export async function bundle(entry: URL): Promise<string> {
  const result = await build({
    outdir: "/",
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: true,
    write: false,
  });
  const kind = entry.pathname.endsWith(".css") ? ".css" : ".js";
  return result.outputFiles.find(({ path }) => path.endsWith(kind))?.text ?? "";
}

/** Open an empty page of `width` by `height` CSS px that runs `script`; its errors fail `problems`. */
export async function openPage(
  browser: Browser,
  script: string,
  { width = 800, height = 600, ratio = 1 }: { width?: number; height?: number; ratio?: number } = {},
): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: ratio });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await page.setContent("<!doctype html><style>body{margin:0}canvas{display:block}</style><body></body>");
  await page.addScriptTag({ content: script });
  return { page, problems };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
