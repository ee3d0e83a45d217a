import { useId } from "preact/hooks";

export interface Segment<T extends string | number> {
  readonly value: T;
  readonly label: string;
  /** What it is called where the others are not seen beside it; contains the label. */
  readonly name?: string;
  readonly disabled?: boolean;
}

export interface SegmentedProps<T extends string | number> {
  readonly legend: string;
  readonly options: readonly Segment<T>[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** One of a few: radio buttons drawn as one bar. */
export function Segmented<T extends string | number>({
  legend,
  options,
  value,
  onChange,
}: SegmentedProps<T>) {
  const name = useId();
  return (
    <fieldset class="segmented">
      <legend>{legend}</legend>
      <div class="segments">
        {options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={name}
              aria-label={option.name}
              checked={option.value === value}
              disabled={option.disabled ?? false}
              onChange={() => onChange(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
