/** Text as it is compared: what looks the same is the same, however its accents are encoded. */

/** Each letter and its accents as one character, where there is such a one: as the kernel's `composed`. */
export function composed(text: string): string {
  return text.normalize("NFC");
}

/** What is the same for two texts that differ only in capitals and in how accents are encoded: as the kernel's `folded`. */
export function folded(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  // By way of capitals "ß" becomes "ss"; the Turkish "ı" would become another letter.
  const small = composed(text)
    .toLowerCase()
    .replace(/[^ı]+/g, (part) => part.toUpperCase())
    .toLowerCase();
  return composed(small.replaceAll("ς", "σ"));
}

export function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are ASCII too
  return /^[\x00-\x7f]*$/.test(text);
}
