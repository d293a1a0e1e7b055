/** How long tests wait for what must happen, ms: long, as machines that test are busy; nothing waits that need not. */
export const PATIENCE_MS = 300_000;
