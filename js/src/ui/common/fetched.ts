import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";

interface Fetched<T> {
  value: T | null;
  error: string;
}

/**
 * Calls `fetch` for a row, and again when `version` changes; gives what it last answered for that same row.
 */
export function useFetched<T>(
  row: number,
  version: number,
  fetch: (row: number, stop: AbortSignal) => Promise<T>,
): Fetched<T> {
  const state = useMemo(() => signal<Fetched<T> & { row: number }>({ row: -1, value: null, error: "" }), []);
  const keep = useRef(fetch);
  keep.current = fetch;
  useEffect(() => {
    const asking = new AbortController();
    keep.current(row, asking.signal).then(
      (value) => {
        state.value = { row, value, error: "" };
      },
      (error) => {
        if (!asking.signal.aborted) state.value = { row, value: null, error: String(error.message ?? error) };
      },
    );
    return () => asking.abort(new DOMException("another image was opened", "AbortError"));
  }, [row, version, state]);
  return state.value.row === row ? state.value : { value: null, error: "" };
}

/** An object URL of what was fetched, as long as it is shown; "" until it is there. */
export function useObjectUrl(content: { bytes: Uint8Array; mime: string } | null): string {
  const url = useMemo(
    () => (content ? URL.createObjectURL(new Blob([content.bytes as BlobPart], { type: content.mime })) : ""),
    [content],
  );
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return url;
}
