import type { ComponentChildren } from "preact";
import { REFERENCE } from "../engine/halfband.ts";
import type { PanelsState } from "../engine/use-panels.ts";
import { FigureNumbers } from "../ui/figure-numbers.tsx";
import { type Greatest, greatestOf, InShort } from "../ui/in-short.tsx";
import { aspectOf, PlaneCanvas } from "../viewer/plane-canvas.tsx";
import { titleOf } from "../workbench/titles.ts";

export interface MethodFigureProps {
  readonly state: PanelsState;
  readonly ids: readonly string[];
  /** Width over height until the first picture is there. */
  readonly aspect: number;
  readonly original: boolean;
  readonly name: string;
  readonly children: ComponentChildren;
}

/** Pictures of several methods beside each other, each with what was measured on it. */
export function MethodFigure({ state, ids, aspect, original, name, children }: MethodFigureProps) {
  const scan = state.original;
  const place = scan ? aspectOf(scan.plane, scan.zooms) : aspect;
  const judged = ids.flatMap((id) => {
    const figures = state.panels.get(id)?.figures;
    return figures ? [{ title: titleOf(id), figures }] : [];
  });
  // One measure for all figures of the page, so that bars of the remedies compare with those of the harm.
  const greatest = greatestOf([...state.panels.values()].flatMap(({ figures }) => figures ?? []));
  return (
    <figure class="method-figure">
      <div class="method-row" data-count={ids.length + Number(original)}>
        {original && (
          <div class="cell">
            <PlaneCanvas
              plane={scan?.plane ?? null}
              window={scan?.window ?? null}
              aspect={place}
              label="The scan at full resolution"
              name={`${name}-original`}
            />
            <h3>The scan</h3>
            <p class="size">{scan ? sizeOf(scan.plane.shape) : " "}</p>
            <p class="note">Every voxel that was measured.</p>
          </div>
        )}
        {ids.map((id) => (
          <Cell key={id} id={id} greatest={greatest} state={state} aspect={place} name={name} />
        ))}
      </div>
      <InShort judged={judged.filter(({ title }) => title !== titleOf(REFERENCE))} />
      <figcaption>{children}</figcaption>
    </figure>
  );
}

interface CellProps {
  readonly id: string;
  readonly state: PanelsState;
  readonly greatest: Greatest;
  readonly aspect: number;
  readonly name: string;
}

function Cell({ id, state, greatest, aspect, name }: CellProps) {
  const panel = state.panels.get(id);
  return (
    <div class="cell">
      <PlaneCanvas
        plane={panel?.plane ?? null}
        window={state.original?.window ?? null}
        aspect={aspect}
        label={`The slice after ${titleOf(id)}`}
        name={`${name}-${id}`}
      />
      <h3>{titleOf(id)}</h3>
      <p class="size">{panel ? sizeOf(panel.plane.shape) : " "}</p>
      <FigureNumbers figures={panel?.figures ?? null} greatest={greatest} />
    </div>
  );
}

const sizeOf = ([rows, columns]: readonly [number, number]): string => `${columns} × ${rows} voxels`;
