/** What kernel and page say to each other, and how arrays become bytes: the mirror of pixplot_widget/protocol/. */

export * from "./framing";
export * from "./to-kernel";
export * from "./to-page";
