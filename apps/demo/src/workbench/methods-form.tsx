import { methods } from "../engine/halfband.ts";
import { customOperators, idOf } from "../engine/method.ts";
import type { CustomMethod } from "../engine/protocol.ts";
import { OwnMethod } from "./own-method.tsx";
import { change, settings } from "./settings.ts";

const FAMILIES = [
  { family: "naive", title: "Usual" },
  { family: "blur", title: "Blurring" },
  { family: "spectral", title: "In k-space" },
  { family: "detail", title: "Detail-preserving" },
] as const;

/** Which methods are compared: those of the library, and operators with options of one's own. */
export function MethodsForm() {
  const chosen = settings.value.methods;
  const toggle = (id: string) => {
    const own = chosen.filter((choice) => typeof choice !== "string");
    const named = methods
      .filter((method) => chosen.includes(method.id) !== (method.id === id))
      .map((method) => method.id);
    change({ methods: [...named, ...own] });
  };
  return (
    <fieldset class="methods">
      <legend>Methods</legend>
      {FAMILIES.map(({ family, title }) => (
        <fieldset class="family" key={family}>
          <legend class="family-title">{title}</legend>
          <div class="chips">
            {methods
              .filter((method) => method.family === family)
              .map(({ id, title: name, explanation }) => (
                <button
                  key={id}
                  type="button"
                  class="chip"
                  data-method={id}
                  aria-pressed={chosen.includes(id)}
                  title={explanation}
                  onClick={() => toggle(id)}
                >
                  {name}
                </button>
              ))}
          </div>
        </fieldset>
      ))}
      {chosen.map((choice) =>
        typeof choice === "string" ? null : <OwnMethod key={choice.id} method={choice} />,
      )}
      <AddOwn />
    </fieldset>
  );
}

function AddOwn() {
  const add = () => {
    const numbers = settings.value.methods.map((choice) =>
      Number(/^own-(\d+)$/.exec(idOf(choice))?.[1] ?? 0),
    );
    const method: CustomMethod = {
      id: `own-${Math.max(0, ...numbers) + 1}`,
      operator: customOperators.find(({ definition }) => definition.name === "blurPool")!.definition.name,
      options: { kernelSize: 6 },
    };
    change({ methods: [...settings.value.methods, method] });
  };
  return (
    <button type="button" class="quiet add" onClick={add}>
      + Any operator with your own options
    </button>
  );
}
