import type { Bound, Launch, Limits } from "./kernel.ts";
import type { Workspace } from "./workspace.ts";

/** Elements of one plane in each input and output of a step that treats planes alike. */
export interface PlaneCounts {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** A part of a buffer begins at a multiple of this many elements (256 bytes, which every device can bind). */
const ALIGNMENT = 64;

const isAligned = (elements: number): boolean => elements % ALIGNMENT === 0;

/**
 * Planes of a slab: all of them where every tensor can be bound whole, else as many as can be, so that slabs begin
 * where a binding may. Undefined where not even the fewest such planes fit.
 */
export function slabPlanes(
  planes: number,
  counts: PlaneCounts,
  { bindingBytes }: Limits,
): number | undefined {
  const perPlane = [...counts.inputs, ...counts.outputs];
  const most = Math.floor(bindingBytes / (4 * Math.max(...perPlane)));
  if (most >= planes) return planes;
  let granule = 1;
  while (!perPlane.every((count) => isAligned(count * granule))) granule *= 2;
  const fitting = Math.floor(most / granule) * granule;
  return fitting > 0 ? fitting : undefined;
}

/** `prepare(planes)` as a launch over all planes, slab by slab. */
export function inSlabs(
  planes: number,
  counts: PlaneCounts,
  workspace: Workspace,
  prepare: (planes: number) => Launch<Bound>,
): Launch {
  const whole = slabPlanes(planes, counts, workspace.gpu.limits) ?? planes;
  const launch = prepare(whole);
  if (whole === planes) return launch;
  const rest = planes % whole;
  const last = rest > 0 ? prepare(rest) : launch;
  return (pass, inputs, outputs) => {
    for (let first = 0; first < planes; first += whole) {
      const length = Math.min(whole, planes - first);
      const parts = (buffers: readonly Bound[], elements: readonly number[]): Bound[] =>
        buffers.map((bound, i) => part(bound, first * elements[i], length * elements[i]));
      const run = length === whole ? launch : last;
      run(pass, parts(inputs, counts.inputs), parts(outputs, counts.outputs));
    }
  };
}

function part(bound: Bound, first: number, length: number): Bound {
  const { buffer, offset = 0 } = "buffer" in bound ? bound : { buffer: bound };
  return { buffer, offset: offset + first * 4, size: length * 4 };
}
