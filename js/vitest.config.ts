import { defineConfig } from "vitest/config";
import { PATIENCE_MS } from "./tests/patience";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"],
    setupFiles: ["tests/setup.ts"],
    // The browser tests start a Chromium each; on two cores, side by side, they would only wait for each other.
    fileParallelism: false,
    testTimeout: PATIENCE_MS,
    hookTimeout: PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
  },
});
