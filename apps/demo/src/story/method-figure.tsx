import type { ComponentChildren } from "preact";
import { type Method, methods } from "../engine/halfband.ts";
import type { PanelsState } from "../engine/use-panels.ts";
import { FigureNumbers } from "../ui/figure-numbers.tsx";
import { aspectOf, PlaneCanvas } from "../viewer/plane-canvas.tsx";

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
          <Cell
            key={id}
            method={methods.find((method) => method.id === id)!}
            state={state}
            aspect={place}
            name={name}
          />
        ))}
      </div>
      <figcaption>{children}</figcaption>
    </figure>
  );
}

function Cell({
  method,
  state,
  aspect,
  name,
}: {
  method: Method;
  state: PanelsState;
  aspect: number;
  name: string;
}) {
  const panel = state.panels.get(method.id);
  return (
    <div class="cell">
      <PlaneCanvas
        plane={panel?.plane ?? null}
        window={state.original?.window ?? null}
        aspect={aspect}
        label={`The slice after ${method.title}`}
        name={`${name}-${method.id}`}
      />
      <h3>{method.title}</h3>
      <p class="size">{panel ? sizeOf(panel.plane.shape) : " "}</p>
      <FigureNumbers figures={panel?.figures ?? null} />
    </div>
  );
}

const sizeOf = ([rows, columns]: readonly [number, number]): string => `${columns} × ${rows} voxels`;
