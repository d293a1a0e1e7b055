/** What the kernel, or the page itself, wants a user to see. */

/** A word to the user, shown until it is closed or `gone`. */
export interface Notice {
  text: string;
  kind: "error" | "info";
}

export interface Flight {
  row: number;
  open: boolean;
  /** Whether a view has gone there. */
  taken: boolean;
}
