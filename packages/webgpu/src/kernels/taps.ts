import type { Bound, Launch, Limits, Selection } from "../kernel.ts";
import { inSlabs, slabPlanes } from "../slabs.ts";
import type { Workspace } from "../workspace.ts";
import { outputCount, planeCounts, product, vec4, vec4Of } from "./axes.ts";
import { taps as shader } from "./taps.wgsl.ts";

/** Taps of every output in compressed rows: those of output m are starts[m] .. starts[m + 1] - 1. */
export interface Rows {
  readonly starts: Uint32Array;
  readonly sources: Uint32Array;
  readonly weights: Float32Array;
}

/** An axis of a separable sum. What costs time to make is made when a plan is prepared, not when it is looked at. */
export interface TapAxis {
  readonly size: number;
  readonly out: number;
  /** About how many taps an output has. */
  readonly taps: number;
  /** True where outputs are the inputs. */
  readonly untouched: boolean;
  rows(): Rows;
  /** One number per output by which sums are divided, where given; those of the axes are multiplied. */
  divisors?(): readonly number[];
}

/** Rows of `out` outputs with at most `most` taps each; `visit` names the taps of one output. */
export function compressed(
  out: number,
  most: number,
  visit: (output: number, tap: (source: number, weight: number) => void) => void,
): Rows {
  const starts = new Uint32Array(out + 1);
  const sources = new Uint32Array(out * most);
  const weights = new Float32Array(out * most);
  let count = 0;
  const tap = (source: number, weight: number): void => {
    sources[count] = source;
    weights[count++] = weight;
  };
  for (let output = 0; output < out; output++) {
    visit(output, tap);
    starts[output + 1] = count;
  }
  return { starts, sources: sources.subarray(0, count), weights: weights.subarray(0, count) };
}

/** The same sums backwards: each of `size` sources collects from the outputs that took it, in their order. */
export function transposed({ starts, sources, weights }: Rows, size: number): Rows {
  const back = new Uint32Array(size + 1);
  for (const source of sources) back[source + 1]++;
  for (let i = 0; i < size; i++) back[i + 1] += back[i];
  const next = back.slice();
  const outputs = new Uint32Array(sources.length);
  const shares = new Float32Array(sources.length);
  for (let output = 0; output + 1 < starts.length; output++) {
    for (let t = starts[output]; t < starts[output + 1]; t++) {
      const place = next[sources[t]]++;
      outputs[place] = output;
      shares[place] = weights[t];
    }
  }
  return { starts: back, sources: outputs, weights: shares };
}

/** Taps per output up to which one pass over all axes is taken, without a temporary image. */
const ONE_PASS = 64;

const leftAlone = (size: number): TapAxis => ({
  size,
  out: size,
  taps: 1,
  untouched: true,
  rows: () => compressed(size, 1, (output, tap) => tap(output, 1)),
});

/** One pass, or one per axis, those that shrink the image most first. */
function passesOf(axes: readonly TapAxis[]): readonly (readonly TapAxis[])[] {
  const active = axes.flatMap((axis, index) => (axis.untouched ? [] : [index]));
  if (active.length < 2 || product(axes.map(({ taps }) => taps)) <= ONE_PASS) return [axes];
  const order = [...active].sort((a, b) => axes[a].out / axes[a].size - axes[b].out / axes[b].size);
  const sizes = axes.map(({ size }) => size);
  return order.map((now) => {
    const pass = sizes.map((size, index) => (index === now ? axes[now] : leftAlone(size)));
    sizes[now] = axes[now].out;
    return pass;
  });
}

/** Elements of every temporary image between passes. */
const temporaryCounts = (planes: number, axes: readonly TapAxis[]): number[] =>
  passesOf(axes)
    .slice(0, -1)
    .map((pass) => outputCount(planes, pass));

export function tapSelection(
  name: string,
  planes: number,
  axes: readonly TapAxis[],
  limits: Limits,
): Selection {
  const slab = slabPlanes(planes, planeCounts(axes), limits);
  const temporaries = temporaryCounts(slab ?? planes, axes);
  return {
    kernel: temporaries.length > 0 ? `${name}_separable` : name,
    workspaceBytes: temporaries.reduce((bytes, count) => bytes + count * 4, 0),
    slabs: slab !== undefined,
  };
}

/** The passes of a separable sum x -> y. */
export const tapLaunch = (planes: number, axes: readonly TapAxis[], workspace: Workspace): Launch =>
  inSlabs(planes, planeCounts(axes), workspace, (slab) => slabLaunch(slab, axes, workspace));

function slabLaunch(planes: number, axes: readonly TapAxis[], workspace: Workspace): Launch<Bound> {
  const between = temporaryCounts(planes, axes).map((count) => workspace.scratch(count * 4));
  const divisors = axes.some((axis) => axis.divisors)
    ? axes.map((axis) => axis.divisors?.() ?? new Array<number>(axis.out).fill(1))
    : undefined;
  const passes = passesOf(axes).map((pass, index, { length }) =>
    tapPass(planes, pass, index === length - 1 ? divisors : undefined, workspace),
  );
  return (pass, [x], [y]) => {
    passes.forEach((record, i) => {
      record(pass, [between[i - 1] ?? x], [between[i] ?? y]);
    });
  };
}

function tapPass(
  planes: number,
  axes: readonly TapAxis[],
  divisors: readonly (readonly number[])[] | undefined,
  workspace: Workspace,
): Launch<Bound> {
  const { rows, taps, firstRows } = tables(axes.map((axis) => axis.rows()));
  // The last number, 1, serves axes that are not there.
  const numbers = [...(divisors ?? []).flat(), 1];
  const firstNumbers = axes.map((_, a) => (divisors ?? []).slice(0, a).flat().length);
  const fixed = [
    workspace.uniform([
      ...vec4Of(axes, "size", 1, planes),
      ...vec4Of(axes, "out", 1, planes),
      ...vec4(firstRows, 0),
      ...vec4(firstNumbers, numbers.length - 1),
    ]),
    workspace.table(rows),
    workspace.table(taps),
    workspace.table(Float32Array.from(numbers)),
  ];
  const dispatch = workspace.dispatch(shader, {
    constants: { DIVIDE: Number(divisors !== undefined) },
    size: outputCount(planes, axes),
  });
  return (pass, [x], [y]) => dispatch(pass, [...fixed, x, y]);
}

/** One table for all axes, in front of it a row of one tap for axes that are not there. */
function tables(axes: readonly Rows[]): { rows: Uint32Array; taps: Int32Array; firstRows: number[] } {
  const rows = new Uint32Array(axes.reduce((count, { starts }) => count + starts.length, 2));
  const taps = new Int32Array(2 * axes.reduce((count, { sources }) => count + sources.length, 1));
  const weights = new Float32Array(taps.buffer);
  rows[1] = 1;
  weights[1] = 1;
  let [row, tap] = [2, 1];
  const firstRows = axes.map((axis) => {
    const first = row;
    for (const start of axis.starts) rows[row++] = tap + start;
    for (let t = 0; t < axis.sources.length; t++, tap++) {
      taps[2 * tap] = axis.sources[t];
      weights[2 * tap + 1] = axis.weights[t];
    }
    return first;
  });
  return { rows, taps, firstRows };
}
