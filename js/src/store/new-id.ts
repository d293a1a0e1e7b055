/**
 * A name that nothing else on any page has: 8 hexadecimal digits. `crypto.randomUUID` is there only where the page came
 * by https or from localhost, and many a notebook server is reached by plain http: `getRandomValues` is there always.
 */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
