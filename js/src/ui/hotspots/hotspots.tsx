/** The list of hotspots: see them, fly to them, name them, put them in order. */

import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Hotspot } from "../../store/hotspot";
import { Icon } from "../common/icons";
import type { View } from "../view";

const COVER_PX = 40;
/** What a dragged hotspot is called. */
const DRAGGED = "application/x-pixplot-hotspot";
/** A cover is looked for until its picture has come. */
const LOOK_EVERY_MS = 400;
const LOOKS = 60;
/** What one is called until the kernel has named it. */
const UNNAMED = "…";

export function HotspotPanel({ view }: { view: View }) {
  const { hotspots } = view.store;
  const spots = hotspots.list.value;
  const menu = useMemo(() => signal(""), []);
  const renaming = useMemo(() => signal(""), []);
  const over = useMemo(() => signal(""), []);
  const largest = Math.max(1, ...spots.map(({ rows }) => rows.length));
  useEffect(() => () => view.light(null), [view]);
  const [first] = spots;
  const made = first && first.id === view.hotspotMade ? first.id : "";
  useEffect(() => {
    if (!made) return;
    renaming.value = made;
    view.hotspotMade = "";
  }, [made, view, renaming]);
  if (spots.length === 0)
    return (
      <div class="pp-legend pp-hotspots">
        <p>{emptyWords(view)}</p>
      </div>
    );
  return (
    <div class="pp-legend pp-hotspots">
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari drops the list role of lists without bullets */}
      <ul role="list" aria-label="Hotspots">
        {spots.map((spot, place) => (
          <li
            key={spot.id}
            data-drop={over.value === spot.id}
            onPointerEnter={() => view.light(spot.rows)}
            onPointerLeave={() => view.light(null)}
            onDragOver={(event) => {
              if (!event.dataTransfer?.types.includes(DRAGGED)) return;
              event.preventDefault();
              over.value = spot.id;
            }}
            onDragLeave={() => {
              over.value = "";
            }}
            onDrop={(event) => {
              event.preventDefault();
              over.value = "";
              hotspots.move(event.dataTransfer?.getData(DRAGGED) ?? "", place);
            }}
          >
            <Entry
              view={view}
              spot={spot}
              place={place}
              share={spot.rows.length / largest}
              renaming={renaming.value === spot.id}
              rename={(on) => {
                renaming.value = on ? spot.id : "";
              }}
              menuOpen={menu.value === spot.id}
              toggleMenu={(on) => {
                menu.value = on ? spot.id : "";
              }}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

function emptyWords({ store }: View): string {
  const progress = store.data.progress.value;
  if (progress?.stage || progress?.stopped) return "They are looked for when the images have their places.";
  return "None found. Select some images and choose “Make hotspot”.";
}

interface EntryProps {
  view: View;
  spot: Hotspot;
  place: number;
  share: number;
  renaming: boolean;
  rename: (on: boolean) => void;
  menuOpen: boolean;
  toggleMenu: (on: boolean) => void;
}

function Entry({ view, spot, place, share, renaming, rename, menuOpen, toggleMenu }: EntryProps) {
  const { hotspots } = view.store;
  const button = useRef<HTMLButtonElement>(null);
  const count = spot.rows.length.toLocaleString();
  const name = spot.name || UNNAMED;
  // The list is drawn after the picture (see picture-first.ts): not in the next frame, but some time after it.
  const comesBack = useRef(false);
  const back = () => {
    comesBack.current = true;
  };
  useLayoutEffect(() => {
    if (!comesBack.current || !button.current) return;
    comesBack.current = false;
    button.current.focus();
  }, [renaming, place, menuOpen]);
  const onKey = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowUp: -1, ArrowDown: 1 };
    const by = moves[event.key];
    if (event.key === "F2") rename(true);
    else if (event.key === "Delete") hotspots.remove(spot.id);
    else if (by !== undefined && event.altKey) {
      if (hotspots.list.value[place + by]) back();
      hotspots.move(spot.id, place + by);
    } else if (by !== undefined) neighbor(event.currentTarget as HTMLElement, by)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="pp-hotspot">
      {renaming ? (
        <div class="pp-hotspot-main">
          <Cover view={view} row={spot.cover} />
          <NameBox
            name={spot.name}
            done={(name) => {
              if (name !== null) hotspots.rename(spot.id, name);
              rename(false);
              back();
            }}
          />
        </div>
      ) : (
        <button
          ref={button}
          type="button"
          class="pp-hotspot-main"
          draggable={true}
          aria-label={`${name}: ${count} images`}
          aria-keyshortcuts="F2 Delete Alt+ArrowUp Alt+ArrowDown"
          title={`${name}: ${count} images. Click: fly there; F2: rename; Alt+↑↓: move; Delete: delete`}
          onClick={() => view.map?.zoomTo(spot.rows)}
          onDblClick={() => rename(true)}
          onDragStart={(event) => event.dataTransfer?.setData(DRAGGED, spot.id)}
          onFocus={() => view.light(spot.rows)}
          onBlur={() => view.light(null)}
          onKeyDown={onKey}
        >
          <Cover view={view} row={spot.cover} />
          <span class="pp-hotspot-words">
            <span class="pp-name">{name}</span>
            <span class="pp-count">{count}</span>
            <span class="pp-size">
              <span style={{ width: `${Math.max(3, share * 100)}%` }} />
            </span>
          </span>
        </button>
      )}
      <button
        type="button"
        class="pp-tool"
        aria-label={`Change ${name}`}
        aria-expanded={menuOpen}
        onClick={() => toggleMenu(!menuOpen)}
      >
        <Icon name="more" />
      </button>
      {menuOpen && (
        <Menu
          view={view}
          spot={spot}
          place={place}
          close={() => {
            toggleMenu(false);
            back();
          }}
          rename={() => {
            toggleMenu(false);
            rename(true);
          }}
        />
      )}
    </div>
  );
}

function neighbor(from: HTMLElement, by: number): HTMLElement | null {
  const item = from.closest("li");
  const next = by < 0 ? item?.previousElementSibling : item?.nextElementSibling;
  return next?.querySelector<HTMLElement>(".pp-hotspot-main") ?? null;
}

interface MenuProps {
  view: View;
  spot: Hotspot;
  place: number;
  close: () => void;
  rename: () => void;
}

const COVER = "Use open image as cover";

function Menu({ view, spot, place, close, rename }: MenuProps) {
  const { store } = view;
  const chosen = coverFrom(view, spot);
  const last = store.hotspots.list.value.length - 1;
  const entries: [string, boolean, () => void][] = [
    ["Rename", true, rename],
    [COVER, chosen >= 0, () => store.hotspots.cover(spot.id, chosen)],
    ["Select images", true, () => view.choose(spot.rows)],
    ["Move up", place > 0, () => store.hotspots.move(spot.id, place - 1)],
    ["Move down", place < last, () => store.hotspots.move(spot.id, place + 1)],
    ["Delete", true, () => store.hotspots.remove(spot.id)],
  ];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a popover
    <div
      class="pp-hotspot-menu"
      role="group"
      aria-label={`What to do with ${spot.name || UNNAMED}`}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      {entries.map(([name, possible, act]) => (
        <button
          key={name}
          type="button"
          disabled={!possible}
          title={!possible && name === COVER ? "Open one of its images first" : undefined}
          onClick={() => {
            act();
            if (act !== rename) close();
          }}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

/** The image that may become the cover: the open one, or the only selected one, if it is in the hotspot. */
function coverFrom({ inspected, store }: View, { rows }: Hotspot): number {
  const selection = store.selection.value;
  const row = inspected.value >= 0 ? inspected.value : selection.length === 1 ? (selection[0] as number) : -1;
  return rows.includes(row) ? row : -1;
}

function NameBox({ name, done }: { name: string; done: (name: string | null) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const finished = useRef(false);
  useLayoutEffect(() => {
    // The kernel's name may come while one thinks of another: it is there to be typed over, as if it had been at first;
    // at once, or what is typed before the next frame would stand in front of it.
    if (input.current?.value !== name) return;
    input.current.focus();
    input.current.select();
  }, [name]);
  const finish = (value: string | null) => {
    if (finished.current) return; // taking the box away blurs it
    finished.current = true;
    done(value);
  };
  return (
    <input
      ref={input}
      type="text"
      aria-label="Name of the hotspot"
      defaultValue={name}
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") finish(event.currentTarget.value);
        if (event.key === "Escape") finish(null);
        if (event.key === "Enter" || event.key === "Escape") event.stopPropagation();
      }}
    />
  );
}

function Cover({ view, row }: { view: View; row: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let looks = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      looks += 1;
      if (!canvas.current || view.map?.paint(row, canvas.current) || looks >= LOOKS) return;
      timer = setTimeout(look, LOOK_EVERY_MS);
    };
    look();
    return () => clearTimeout(timer);
  }, [view, row]);
  return <canvas ref={canvas} class="pp-cover" width={COVER_PX * 2} height={COVER_PX * 2} />;
}
