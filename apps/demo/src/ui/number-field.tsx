import { useId } from "preact/hooks";

export interface NumberFieldProps {
  readonly label: string;
  readonly value: number | undefined;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number | "any";
  readonly placeholder?: string;
  readonly invalid?: boolean;
  readonly onChange: (value: number | undefined) => void;
}

export function NumberField(props: NumberFieldProps) {
  const { label, value, onChange, min, max, step = 1, placeholder, invalid = false } = props;
  const id = useId();
  return (
    <span class="field number-field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        min={min}
        max={max}
        step={step}
        placeholder={placeholder}
        aria-invalid={invalid}
        value={value ?? ""}
        style={{ width: `max(7rem, ${String(value ?? "").length + 6}ch)` }}
        onChange={({ currentTarget }) => {
          if (currentTarget.value === "") return onChange(undefined);
          const given = currentTarget.valueAsNumber;
          if (Number.isFinite(given)) onChange(Math.min(max ?? given, Math.max(min ?? given, given)));
        }}
      />
    </span>
  );
}
