/** Where a review is opened: the columns whose order the images can be looked through in. */

import { Icon } from "../common/icons";
import { useOutside } from "../common/outside";
import type { View } from "../view";

export function ReviewMenu({ view }: { view: View }) {
  const open = view.ordersOpen;
  return (
    <div class="pp-popover-holder">
      <button
        type="button"
        class="pp-tool"
        aria-label="Review"
        title="Review: look through the images one by one"
        aria-haspopup="menu"
        aria-expanded={open.value}
        aria-pressed={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name="review" />
      </button>
      {open.value && (
        <Orders
          view={view}
          close={() => {
            open.value = false;
          }}
        />
      )}
    </div>
  );
}

/** The column that `plot.review()` goes by, too. */
const FIRST = "suspicion";

function Orders({ view, close }: { view: View; close: () => void }) {
  const { store } = view;
  const menu = useOutside<HTMLDivElement>(close);
  const all = (store.data.manifest.value?.facets ?? []).map(([name]) => name);
  const columns = [...all.filter((name) => name === FIRST), ...all.filter((name) => name !== FIRST)];
  const chosen = store.selection.value.length;
  const shown = store.rows.shown.value;
  const which = shown < store.data.n ? `the ${shown.toLocaleString()} images that are shown` : "the images";
  const start = (act: () => void) => {
    act();
    close();
    view.focus?.take();
  };
  return (
    <div ref={menu} class="pp-popover pp-orders">
      <p>Go through {which} one by one, with a key for each label. In the order of:</p>
      <div class="pp-options" role="menu" aria-label="Order of the review">
        {chosen > 0 && (
          <button type="button" role="menuitem" class="pp-entry" onClick={() => start(() => view.reviewSelection())}>
            the {chosen.toLocaleString()} selected
          </button>
        )}
        {columns.map((name) => (
          <button
            key={name}
            type="button"
            role="menuitem"
            class="pp-entry"
            onClick={() => start(() => store.reviewBy(name))}
          >
            {name}
          </button>
        ))}
      </div>
    </div>
  );
}
