import { idOf } from "../engine/method.ts";
import type { MethodChoice } from "../engine/protocol.ts";
import type { PanelsState } from "../engine/use-panels.ts";
import { FigureNumbers } from "../ui/figure-numbers.tsx";
import { aspectOf, PlaneCanvas } from "../viewer/plane-canvas.tsx";
import { sliceAspect } from "../viewer/slicing.ts";
import { Downloads } from "./downloads.tsx";
import { ORIGINAL, pictureOf, SHOWN } from "./picture.ts";
import { scanInfo } from "./scan-state.ts";
import { settings } from "./settings.ts";
import { explanationOf, titleOf } from "./titles.ts";

/** All panels beside each other at one scale. */
export function PanelGrid({ state }: { readonly state: PanelsState }) {
  const { methods, show, axis } = settings.value;
  const info = scanInfo.value;
  const aspect = state.original
    ? aspectOf(state.original.plane, state.original.zooms)
    : info
      ? sliceAspect(info, axis)
      : 1;
  const shape = state.original?.plane.shape;
  return (
    <>
      <p class="hint shown" aria-live="polite">
        {SHOWN[show]}
        {state.original?.cropped ? ". The slice is cropped a little, so that the strides divide it." : "."}
      </p>
      <div class="panel-grid" aria-busy={state.busy}>
        <article class="panel">
          <PlaneCanvas
            {...pictureOf(state, ORIGINAL)}
            aspect={aspect}
            label={`The slice at full resolution. ${SHOWN[show === "difference" ? "image" : show]}`}
            name="panel-original"
          />
          <h3>The scan</h3>
          <p class="size">{shape ? `${shape[1]} × ${shape[0]}` : " "}</p>
        </article>
        {methods.map((choice) => (
          <Panel key={idOf(choice)} choice={choice} state={state} aspect={aspect} />
        ))}
      </div>
      {methods.length === 0 && <p class="hint">Choose at least one method.</p>}
    </>
  );
}

function Panel({ choice, state, aspect }: { choice: MethodChoice; state: PanelsState; aspect: number }) {
  const id = idOf(choice);
  const failure = state.failures.get(id);
  const panel = state.panels.get(id);
  const title = titleOf(choice);
  const { show, scope } = settings.value;
  return (
    <article class="panel">
      <PlaneCanvas
        {...pictureOf(state, id)}
        aspect={aspect}
        label={`${title}. ${SHOWN[show]}`}
        name={`panel-${id}`}
      />
      <h3 title={explanationOf(choice)}>{title}</h3>
      <p class="size">{panel ? `${panel.plane.shape[1]} × ${panel.plane.shape[0]}` : " "}</p>
      {failure ? (
        <p class="error">{failure}</p>
      ) : (
        scope === "slice" && <FigureNumbers figures={panel?.figures ?? null} />
      )}
      <Downloads choice={choice} picture={pictureOf(state, id)} />
    </article>
  );
}
