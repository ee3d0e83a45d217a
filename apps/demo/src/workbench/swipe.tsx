import { useSignal } from "@preact/signals";
import { idOf } from "../engine/method.ts";
import type { PanelsState } from "../engine/use-panels.ts";
import { SelectField } from "../ui/select-field.tsx";
import { Lens } from "../viewer/lens.tsx";
import { aspectOf, PlaneCanvas } from "../viewer/plane-canvas.tsx";
import { ORIGINAL, pictureOf } from "./picture.ts";
import { lensOf, scanInfo } from "./scan-state.ts";
import { settings } from "./settings.ts";
import { titleOf } from "./titles.ts";

/** Two panels on top of each other, with a boundary to move. */
export function Swipe({ state }: { readonly state: PanelsState }) {
  const { methods } = settings.value;
  const options = [
    { value: ORIGINAL, label: "The scan" },
    ...methods.map((choice) => ({ value: idOf(choice), label: titleOf(choice) })),
  ];
  const left = useSignal<string | null>(null);
  const right = useSignal<string | null>(null);
  const boundary = useSignal(50);
  const known = (id: string | null, usual: string) =>
    options.some(({ value }) => value === id) ? (id as string) : usual;
  const leftId = known(left.value, ORIGINAL);
  const rightId = known(right.value, options.at(1)?.value ?? ORIGINAL);
  const aspect = state.original ? aspectOf(state.original.plane, state.original.zooms) : 1;
  const lens = lensOf(settings.value, scanInfo.value);
  return (
    <div class="swipe" aria-busy={state.busy} style={{ "--aspect": String(aspect) }}>
      <div class="swipe-sides">
        <SelectField
          label="Left"
          value={leftId}
          options={options}
          onChange={(id) => {
            left.value = id;
          }}
        />
        <SelectField
          label="Right"
          value={rightId}
          options={options}
          onChange={(id) => {
            right.value = id;
          }}
        />
      </div>
      <div class="swipe-stage" style={{ aspectRatio: String(aspect) }}>
        <Lens aspect={aspect} {...lens}>
          <PlaneCanvas
            {...pictureOf(state, rightId)}
            aspect={aspect}
            zoom={lens.zoom}
            label={`Right: ${titleFor(options, rightId)}`}
            name="swipe-right"
          />
        </Lens>
        <div class="swipe-left" style={{ clipPath: `inset(0 ${100 - boundary.value}% 0 0)` }}>
          <Lens aspect={aspect} {...lens}>
            <PlaneCanvas
              {...pictureOf(state, leftId)}
              aspect={aspect}
              zoom={lens.zoom}
              label={`Left: ${titleFor(options, leftId)}`}
              name="swipe-left"
            />
          </Lens>
        </div>
        <span class="swipe-line" style={{ left: `${boundary.value}%` }} />
        <input
          type="range"
          class="swipe-handle"
          aria-label="Boundary between left and right, in percent"
          min={0}
          max={100}
          step={0.5}
          value={boundary.value}
          onInput={({ currentTarget }) => {
            boundary.value = currentTarget.valueAsNumber;
          }}
        />
      </div>
    </div>
  );
}

const titleFor = (options: readonly { value: string; label: string }[], id: string): string =>
  options.find(({ value }) => value === id)?.label ?? id;
