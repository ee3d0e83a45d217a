import { REFERENCE } from "../engine/halfband.ts";
import { idOf } from "../engine/method.ts";
import type { MethodChoice } from "../engine/protocol.ts";
import type { PanelsState } from "../engine/use-panels.ts";
import { FigureNumbers } from "../ui/figure-numbers.tsx";
import { type Greatest, greatestOf, InShort } from "../ui/in-short.tsx";
import { Lens } from "../viewer/lens.tsx";
import { aspectOf, PlaneCanvas } from "../viewer/plane-canvas.tsx";
import { sliceAspect } from "../viewer/slicing.ts";
import { Downloads } from "./downloads.tsx";
import { ORIGINAL, pictureOf, SHOWN } from "./picture.ts";
import { lensOf, scanInfo } from "./scan-state.ts";
import { settings } from "./settings.ts";
import { explanationOf, titleOf } from "./titles.ts";

/** All panels beside each other at one scale. */
export function PanelGrid({ state }: { readonly state: PanelsState }) {
  const { methods, show, axis, scope } = settings.value;
  const info = scanInfo.value;
  const aspect = state.original
    ? aspectOf(state.original.plane, state.original.zooms)
    : info
      ? sliceAspect(info, axis)
      : 1;
  const shape = state.original?.plane.shape;
  const judged = methods.flatMap((choice) => {
    const figures = state.panels.get(idOf(choice))?.figures;
    return figures ? [{ title: titleOf(choice), figures, id: idOf(choice) }] : [];
  });
  const greatest = greatestOf(judged.map(({ figures }) => figures));
  return (
    <>
      <div class="panel-grid" aria-busy={state.busy}>
        <article class="panel">
          <Picture
            state={state}
            id={ORIGINAL}
            aspect={aspect}
            label={`The slice at full resolution. ${SHOWN[show === "difference" ? "image" : show]}`}
          />
          <h3>The scan</h3>
          <p class="size">{shape ? `${shape[1]} × ${shape[0]}` : " "}</p>
        </article>
        {methods.map((choice) => (
          <Panel key={idOf(choice)} choice={choice} state={state} aspect={aspect} greatest={greatest} />
        ))}
      </div>
      {methods.length === 0 && <p class="hint">Choose at least one method.</p>}
      {scope === "slice" && methods.length > 0 && (
        <>
          <p class="hint">The longer the bar under a number, the worse.</p>
          <InShort judged={judged.filter(({ id }) => id !== REFERENCE)} />
        </>
      )}
      {methods.length > 0 && <Explanations methods={methods} />}
    </>
  );
}

/** In words, for those who cannot rest a pointer on a name. */
function Explanations({ methods }: { readonly methods: readonly MethodChoice[] }) {
  return (
    <details class="explanations">
      <summary>What each method does</summary>
      <dl>
        {methods.map((choice) => (
          <div key={idOf(choice)}>
            <dt>{titleOf(choice)}</dt>
            <dd>{explanationOf(choice)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

interface PictureProps {
  readonly state: PanelsState;
  readonly id: string;
  readonly aspect: number;
  readonly label: string;
}

/** One picture, enlarged around the cross-hair if that is wanted. */
function Picture({ state, id, aspect, label }: PictureProps) {
  return (
    <Lens aspect={aspect} {...lensOf(settings.value, scanInfo.value)}>
      <PlaneCanvas
        {...pictureOf(state, id)}
        aspect={aspect}
        zoom={settings.value.zoom}
        label={label}
        name={`panel-${id}`}
      />
    </Lens>
  );
}

interface PanelProps {
  readonly choice: MethodChoice;
  readonly state: PanelsState;
  readonly aspect: number;
  readonly greatest: Greatest;
}

function Panel({ choice, state, aspect, greatest }: PanelProps) {
  const id = idOf(choice);
  const failure = state.failures.get(id);
  const panel = state.panels.get(id);
  const title = titleOf(choice);
  const { show, scope } = settings.value;
  return (
    <article class="panel">
      <Picture state={state} id={id} aspect={aspect} label={`${title}. ${SHOWN[show]}`} />
      <h3 title={explanationOf(choice)}>{title}</h3>
      <p class="size">{panel ? `${panel.plane.shape[1]} × ${panel.plane.shape[0]}` : " "}</p>
      {failure ? (
        <p class="error">{failure}</p>
      ) : (
        scope === "slice" && <FigureNumbers figures={panel?.figures ?? null} greatest={greatest} />
      )}
      <Downloads choice={choice} picture={pictureOf(state, id)} />
    </article>
  );
}
