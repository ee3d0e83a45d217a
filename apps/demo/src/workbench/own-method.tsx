import { customOperators, findOperator, methodOf, OWN_OPTIONS } from "../engine/method.ts";
import type { CustomMethod } from "../engine/protocol.ts";
import { OptionForm } from "../ui/option-form.tsx";
import { SelectField } from "../ui/select-field.tsx";
import { change, settings } from "./settings.ts";

/** The form of one operator with own options; it follows the operator's definition. */
export function OwnMethod({ method }: { readonly method: CustomMethod }) {
  const operator = findOperator(method.operator);
  if (operator === undefined) return null;
  const { params, operands, summary } = operator.definition;
  const replace = (next: CustomMethod | null) => {
    const all = settings.value.methods;
    change({ methods: all.flatMap((choice) => (choice === method ? (next ? [next] : []) : [choice])) });
  };
  return (
    <details class="own-method" open>
      <summary>{method.id.replace("own-", "Own operator ")}</summary>
      <div class="own-head">
        <SelectField
          label="Operator"
          value={method.operator}
          options={customOperators.map(({ definition: { name } }) => ({ value: name, label: name }))}
          onChange={(name) => replace({ id: method.id, operator: name, options: {} })}
        />
        <button type="button" class="quiet" onClick={() => replace(null)}>
          Remove
        </button>
      </div>
      <p class="hint">{summary}</p>
      {operands.includes("weight") && (
        <SelectField
          label="Kernel of 3 voxels per axis"
          value={method.weights ?? "box"}
          options={[
            { value: "box", label: "equal weights" },
            { value: "centre", label: "centre only" },
          ]}
          onChange={(weights) => replace({ ...method, weights })}
        />
      )}
      <OptionForm
        schema={params}
        value={method.options}
        except={OWN_OPTIONS}
        onChange={(options) => replace({ ...method, options })}
      />
      <Complaint method={method} />
    </details>
  );
}

/** What the operator says against its options, without running it. */
function Complaint({ method }: { readonly method: CustomMethod }) {
  const { stride } = settings.value;
  try {
    const own = methodOf(method, [1, 0]);
    const { operator, options, weight } = own.call([stride[1], stride[0]]);
    const x = { shape: [1, 1, 64, 64] };
    if (weight) operator.plan(x, { shape: weight.shape }, options);
    else operator.plan(x, options);
    return null;
  } catch (error) {
    return <p class="error">{(error as Error).message}</p>;
  }
}
