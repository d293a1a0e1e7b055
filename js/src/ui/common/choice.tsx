import { useMemo } from "preact/hooks";
import { newId } from "../../store/new-id";

interface Props<T extends string> {
  name: string;
  options: readonly (readonly [T, string])[];
  value: T;
  onChange: (value: T) => void;
}

/** One of a few, side by side: a radio group, walked by the arrow keys. */
export function Choice<T extends string>({ name, options, value, onChange }: Props<T>) {
  const group = useMemo(newId, []); // radios of one name share a choice, across the whole page
  return (
    <div class="pp-choice" role="radiogroup" aria-label={name}>
      <span aria-hidden="true">{name}</span>
      <div>
        {options.map(([key, text]) => (
          <label key={key}>
            <input
              type="radio"
              name={group}
              value={key}
              checked={key === value}
              onChange={(event) => event.currentTarget.checked && onChange(key)}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </div>
  );
}
