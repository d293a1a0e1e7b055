// Bundles the driver, which is TypeScript, and runs it from js/.
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
// Inside node_modules, so that the packages the driver leaves out of its bundle are found from there.
const folder = await mkdtemp(join(root, "node_modules", ".bench-"));
try {
  const outfile = join(folder, "driver.mjs");
  await build({
    entryPoints: ["bench/driver.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "warning",
  });
  const { main } = await import(pathToFileURL(outfile));
  await main(process.argv.slice(2));
} finally {
  await rm(folder, { recursive: true });
}
