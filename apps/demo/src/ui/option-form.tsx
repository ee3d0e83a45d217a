import type { ComponentChildren } from "preact";
import type { Param, Schema } from "../engine/halfband.ts";
import { NumberField } from "./number-field.tsx";
import { SelectField } from "./select-field.tsx";

export type Options = Readonly<Record<string, unknown>>;

export interface OptionFormProps {
  readonly schema: Schema;
  readonly value: Options;
  readonly onChange: (value: Options) => void;
  /** Options that are set elsewhere. */
  readonly except?: readonly string[];
}

/** The options of an operator, drawn from its definition. Options at their default are left out of the value. */
export function OptionForm({ schema, value, onChange, except = [] }: OptionFormProps) {
  const set = (name: string, option: unknown) => {
    const { [name]: _, ...others } = value;
    onChange(option === undefined ? others : { ...others, [name]: option });
  };
  return (
    <div class="option-form">
      {Object.entries(schema).map(([name, param]) =>
        except.includes(name) ? null : (
          <Option
            key={name}
            name={name}
            param={param}
            value={value[name]}
            except={except}
            onChange={(option) => set(name, option)}
          />
        ),
      )}
    </div>
  );
}

interface OptionProps {
  readonly name: string;
  readonly param: Param<never, unknown>;
  readonly value: unknown;
  readonly except: readonly string[];
  readonly onChange: (value: unknown) => void;
}

function Option(props: OptionProps) {
  const { name, param, value, except, onChange } = props;
  if (param.fields) {
    return (
      <fieldset class="option-group">
        <legend>{wordsOf(name)}</legend>
        <OptionForm
          schema={param.fields}
          value={(value as Options | undefined) ?? {}}
          except={except}
          onChange={onChange}
        />
      </fieldset>
    );
  }
  const field = fieldOf(props);
  if (field === null) return null;
  return (
    <div class="option">
      {field}
      <p class="hint">{param.doc}</p>
    </div>
  );
}

/** The control of an option by its kind; null where only a tensor would do. */
function fieldOf({ name, param, value, onChange }: OptionProps): ComponentChildren {
  const label = wordsOf(name);
  switch (param.kind) {
    case "flag":
      return <Flag label={label} value={(value ?? param.default) === true} onChange={onChange} />;
    case "choice":
    case "tensor":
      return param.choices ? <Choice label={label} param={param} value={value} onChange={onChange} /> : null;
    case "perAxis":
      return <PerAxis label={label} value={value} fallback={param.default} onChange={onChange} />;
    case "padding":
      return <Padding label={label} value={value} fallback={param.default} onChange={onChange} />;
    case "window":
      return <SpectralWindow label={label} value={value ?? param.default} onChange={onChange} />;
    case "number":
    case "channels":
      return (
        <NumberField
          label={label}
          value={value as number | undefined}
          step="any"
          placeholder={placeholder(param.default)}
          onChange={onChange}
        />
      );
    case "group":
      return null;
  }
}

interface ValueProps {
  readonly label: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

function Flag({ label, value, onChange }: ValueProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value === true}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {label}
    </label>
  );
}

const AUTO = "";

function Choice({ label, param, value, onChange }: ValueProps & { readonly param: Param<never, unknown> }) {
  const automatic = param.default === undefined ? [{ value: AUTO, label: "automatic" }] : [];
  const options = [...automatic, ...(param.choices ?? []).map((word) => ({ value: word, label: word }))];
  const current = (value ?? param.default ?? AUTO) as string;
  return (
    <SelectField
      label={label}
      value={current}
      options={options}
      onChange={(word) => onChange(word === AUTO ? undefined : word)}
    />
  );
}

/** One whole number for all axes, or one each for x, y and z. */
function PerAxis({ label, value, fallback, onChange }: ValueProps & { readonly fallback: unknown }) {
  if (!Array.isArray(value)) {
    return (
      <span class="per-axis">
        <NumberField
          label={label}
          value={value as number | undefined}
          placeholder={placeholder(fallback)}
          onChange={onChange}
        />
        <button
          type="button"
          class="quiet"
          onClick={() => onChange(Array(3).fill(value ?? (typeof fallback === "number" ? fallback : 2)))}
        >
          per axis
        </button>
      </span>
    );
  }
  const numbers = value as readonly number[];
  return (
    <span class="per-axis">
      {["x", "y", "z"].map((axis, a) => (
        <NumberField
          key={axis}
          label={a === 0 ? `${label} x` : axis}
          value={numbers[a]}
          onChange={(n) => onChange(numbers.with(a, n ?? numbers[a]))}
        />
      ))}
      <button type="button" class="quiet" onClick={() => onChange(numbers[0])}>
        one for all
      </button>
    </span>
  );
}

const PADDING_RULES = [
  { value: AUTO, label: "automatic" },
  { value: "same", label: "same size" },
  { value: "valid", label: "none" },
  { value: "number", label: "voxels" },
] as const;

function Padding({ label, value, fallback, onChange }: ValueProps & { readonly fallback: unknown }) {
  const rule = value === undefined ? AUTO : value === "same" || value === "valid" ? value : "number";
  return (
    <span class="per-axis">
      <SelectField
        label={label}
        value={rule}
        options={PADDING_RULES}
        onChange={(word) => onChange(word === AUTO ? undefined : word === "number" ? 0 : word)}
      />
      {rule === "number" && (
        <PerAxis
          label="voxels"
          value={value}
          fallback={fallback}
          onChange={(voxels) => onChange(voxels ?? 0)}
        />
      )}
    </span>
  );
}

const WINDOWS = ["none", "hamming", "hann", "tukey", "kaiser"] as const;

function SpectralWindow({ label, value, onChange }: ValueProps) {
  const parameter =
    typeof value === "object" && value !== null ? Object.entries(value as Record<string, number>)[0] : null;
  const kind = (parameter?.[0] ?? value) as (typeof WINDOWS)[number];
  const select = (word: (typeof WINDOWS)[number]) =>
    onChange(word === "tukey" ? { tukey: 0.5 } : word === "kaiser" ? { kaiser: 4 } : word);
  return (
    <span class="per-axis">
      <SelectField
        label={label}
        value={kind}
        options={WINDOWS.map((word) => ({ value: word, label: word }))}
        onChange={select}
      />
      {parameter && (
        <NumberField
          label={kind === "tukey" ? "taper" : "beta"}
          value={parameter[1]}
          min={0}
          max={kind === "tukey" ? 1 : 50}
          step="any"
          onChange={(n) => onChange({ [kind]: n ?? parameter[1] })}
        />
      )}
    </span>
  );
}

const placeholder = (value: unknown): string => (value === undefined ? "automatic" : String(value));

/** "kernelSize" as "Kernel size". */
export const wordsOf = (name: string): string => {
  const words = name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
};
