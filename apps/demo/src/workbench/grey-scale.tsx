import { useSignal } from "@preact/signals";
import type { Window } from "../engine/halfband.ts";
import { NumberField } from "../ui/number-field.tsx";
import { change } from "./settings.ts";

/** Where black and white lie. Ends in the wrong order wait for the other one, and are said to. */
export function GreyScale({ window }: { readonly window: Window }) {
  const refused = useSignal<{ readonly shown: Window; readonly asked: Window } | null>(null);
  // Another scan or a drag makes what waited obsolete.
  const waiting = refused.value?.shown === window ? refused.value.asked : null;
  const asked = waiting ?? window;
  const choose = (part: Partial<Window>) => {
    const next = { ...asked, ...part };
    if (next.low < next.high) change({ window: next });
    refused.value = next.low < next.high ? null : { shown: window, asked: next };
  };
  return (
    <>
      <NumberField
        label="Black at"
        value={rounded(asked.low)}
        step="any"
        invalid={waiting !== null}
        onChange={(low) => low !== undefined && choose({ low })}
      />
      <NumberField
        label="White at"
        value={rounded(asked.high)}
        step="any"
        invalid={waiting !== null}
        onChange={(high) => high !== undefined && choose({ high })}
      />
      <button
        type="button"
        class="quiet"
        aria-label="Reset the grey scale"
        onClick={() => {
          refused.value = null;
          change({ window: null });
        }}
      >
        Reset
      </button>
      {waiting !== null && (
        <p class="error" role="alert">
          Black must lie below white. The pictures keep black at {rounded(window.low)} and white at{" "}
          {rounded(window.high)} until it does.
        </p>
      )}
    </>
  );
}

const rounded = (value: number): number => Number(value.toPrecision(5));
