/** Line icons, 16 px, in the color of the text around them. */

const PATHS = {
  pan: "M8 1v14M1 8h14M8 1 6 3m2-2 2 2M8 15l-2-2m2 2 2-2M1 8l2-2M1 8l2 2m12-2-2-2m2 2-2 2",
  lasso:
    "M8 2.5c-3.6 0-6.5 1.9-6.5 4.3S4.400 11 8 11s6.500-1.900 6.500-4.200S11.600 2.500 8 2.500M4.500 10.300c-1 1.200.3 1.900 1.300 1.500s1.700 1 .4 2.700",
  undo: "M6 3 2.500 6.500 6 10M3 6.500h6.500a4 4 0 0 1 0 8H6",
  redo: "M10 3l3.500 3.500L10 10M13 6.500H6.500a4 4 0 0 0 0 8H10",
  fit: "M2 6V2h4M14 6V2h-4M2 10v4h4M14 10v4h-4",
  full: "M9.500 6.500 14 2m0 0h-4m4 0v4M6.500 9.500 2 14m0 0h4m-4 0v-4",
  help: "M5.500 6a2.500 2.500 0 1 1 3.600 2.200c-.8.400-1.100.9-1.100 1.800M8 12.500v.5",
  close: "m3.500 3.500 9 9m0-9-9 9",
  previous: "M10 3 5 8l5 5",
  up: "m3 10 5-5 5 5",
  down: "m3 6 5 5 5-5",
  next: "m6 3 5 5-5 5",
  flag: "M3.500 14.500v-13M3.500 2.500h9l-2 3 2 3h-9",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10m3.600-1.400L14.500 14.500",
  view: "M2 4.500h7m3 0h2M2 11.500h2m3 0h7M10.500 3v3M5.500 10v3",
  options:
    "M4 2v5.500m0 3V14M8 2v1.500m0 3V14M12 2v6.500m0 3V14M2.500 7.500h3v3h-3zM6.500 3.500h3v3h-3zM10.500 8.500h3v3h-3z",
  legend: "M2 4h2m2 0h8M2 8h2m2 0h8M2 12h2m2 0h8",
  filter: "M2 3h12L9.500 8.500v4l-3 1.500V8.500z",
  more: "M3.500 8h.01M8 8h.01M12.500 8h.01",
  hotspots:
    "M5.500 7.500a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400M11.500 8.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3M8 14a2.200 2.200 0 1 0 0-4.400A2.200 2.200 0 0 0 8 14",
  review: "m1.500 4 1.500 1.500L5.500 3M8 4h6.500M1.500 11.500 3 13l2.500-2.500M8 11.500h6.500M8 7.750h6.500",
  out: "M6.500 3.500h-4v10h10v-4M9 2h5v5M14 2 7.500 8.500",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="pp-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
