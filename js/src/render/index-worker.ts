/**
 * Builds the spatial index off the main thread.
 *
 * The worker's source is the text of `buildIndex`, so the bundle stays one file and nothing is fetched.
 */
import { buildIndex, type SpatialIndex } from "../geometry/spatial-index";

/**
 * @param positions float32 (n, 2), data units; copied to the worker.
 * @param order uint32 (n,): row of every rank; copied.
 * @returns the index, or null when `signal` was aborted first.
 */
export function buildIndexInWorker(
  positions: Float32Array,
  order: Uint32Array,
  signal: AbortSignal,
): Promise<SpatialIndex | null> {
  return new Promise((resolve) => {
    const worker = startWorker();
    if (!worker) {
      // A page may forbid blob workers (its content security policy): build here, once the present frame is out.
      const timer = setTimeout(() => resolve(buildIndex(positions, order)), 0);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve(null);
      });
      return;
    }
    const stop = (index: SpatialIndex | null): void => {
      worker.terminate();
      signal.removeEventListener("abort", onAbort);
      resolve(index);
    };
    const onAbort = (): void => stop(null);
    signal.addEventListener("abort", onAbort);
    worker.onmessage = (event: MessageEvent<SpatialIndex>) => stop(event.data);
    // A policy may also let the worker be made and then refuse its source.
    worker.onerror = () => stop(buildIndex(positions, order));
    worker.postMessage({ positions, order });
  });
}

function startWorker(): Worker | null {
  if (typeof Worker === "undefined" || typeof Blob === "undefined") return null;
  const source = `const build = ${buildIndex.toString()};
    onmessage = ({ data }) => {
      const index = build(data.positions, data.order);
      postMessage(index, [index.starts.buffer, index.ranks.buffer]);
    };`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return new Worker(url);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  } finally {
    // Revoking at once is safe: the worker has taken its source when the constructor returns.
    URL.revokeObjectURL(url);
  }
}
