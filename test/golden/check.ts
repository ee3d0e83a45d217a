import { type Backend, type DType, type Grid, HalfbandError, Tensor } from "@halfband/ops";
import type { GoldenCase, GoldenData, Goldens, Tolerance } from "./manifest.ts";
import { type Call, translate } from "./translate.ts";

export type Outcome =
  | { readonly name: string; readonly status: "passed" }
  | { readonly name: string; readonly status: "failed" | "not expressible"; readonly reason: string };

/** Runs one case on a backend: values, geometry and gradients. */
export async function checkCase(goldens: Goldens, golden: GoldenCase, backend: Backend): Promise<Outcome> {
  const call = translate(golden);
  if (typeof call === "string") return { name: golden.name, status: "not expressible", reason: call };
  const tensors: Tensor<DType>[] = [];
  try {
    const reason = await firstDifference(goldens, golden, call, backend, tensors);
    return reason === undefined
      ? { name: golden.name, status: "passed" }
      : { name: golden.name, status: "failed", reason };
  } catch (error) {
    const reason =
      error instanceof HalfbandError
        ? `${error.code}: ${error.message}`
        : String((error as Error).stack ?? error);
    return { name: golden.name, status: "failed", reason };
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

async function firstDifference(
  goldens: Goldens,
  golden: GoldenCase,
  call: Call,
  backend: Backend,
  made: Tensor<DType>[],
): Promise<string | undefined> {
  const { operator, names } = call;
  const { operands } = operator.definition;
  const inputs: Record<string, Tensor<DType>> = {};
  const load = (data: GoldenData, shape: readonly number[]) => {
    const tensor = backend.tensor(data, shape);
    made.push(tensor);
    return tensor;
  };
  for (const [name, reference] of Object.entries(golden.inputs)) {
    const source = { data: goldens.read(reference), shape: reference.shape };
    const { data, shape } = call.transpose && name === "x" ? swapLastAxes(source) : source;
    inputs[names[name]] = load(data, shape);
  }
  // Parameters whose gradient is wanted must be tensors: those we were given as numbers are made so.
  const options: Record<string, unknown> = { ...call.options };
  for (const name of Object.keys(golden.vjp ?? {})) {
    const ours = names[name];
    if (name !== "gy" && inputs[ours] === undefined && Array.isArray(options[ours])) {
      const values = Float32Array.from(options[ours] as number[]);
      inputs[ours] = load(values, [values.length]);
    }
  }
  for (const [name, tensor] of Object.entries(inputs)) if (!operands.includes(name)) options[name] = tensor;
  const first = operands.map((name: string) => inputs[name]);

  const result: Tensor | Record<string, Tensor<DType>> = operator(...first, options);
  const outputs = result instanceof Tensor ? { y: result } : result;
  made.push(...Object.values(outputs));
  for (const [name, reference] of Object.entries(golden.outputs)) {
    const got = (outputs as Record<string, Tensor<DType>>)[names[name]];
    const problem = differs(
      await got.data(),
      got.shape,
      goldens.read(reference),
      reference.shape,
      golden.tolerance,
    );
    if (problem) return `${name}: ${problem}`;
  }
  const misplaced = gridDiffers(Object.values(outputs)[0].grid, golden.geometry);
  if (misplaced) return misplaced;
  if (golden.vjp === undefined) return undefined;

  const gy = load(goldens.read(golden.vjp.gy), golden.vjp.gy.shape) as Tensor;
  const gradients: Record<string, Tensor<DType>> = operator.vjp(...first, gy, options);
  made.push(...Object.values(gradients));
  for (const [name, reference] of Object.entries(golden.vjp)) {
    if (name === "gy") continue;
    const tensor = gradients[names[name]];
    const source = { data: await tensor.data(), shape: tensor.shape };
    const got = call.transpose && name === "gx" ? swapLastAxes(source) : source;
    const problem = differs(
      got.data,
      got.shape,
      goldens.read(reference),
      reference.shape,
      golden.vjpTolerance ?? golden.tolerance,
    );
    if (problem) return `${name}: ${problem}`;
  }
  return undefined;
}

/** |got - want| <= atol + rtol |want|; NaN matches NaN, infinities and integers match exactly. */
function differs(
  got: GoldenData,
  gotShape: readonly number[],
  want: GoldenData,
  shape: readonly number[],
  tolerance: Tolerance,
): string | undefined {
  if (gotShape.length !== shape.length || gotShape.some((n, a) => n !== shape[a]))
    return `shape [${gotShape}], expected [${shape}]`;
  const { rtol, atol } = want instanceof Int32Array ? { rtol: 0, atol: 0 } : tolerance;
  for (let i = 0; i < want.length; i++) {
    if (got[i] === want[i] || (Number.isNaN(got[i]) && Number.isNaN(want[i]))) continue;
    if (Number.isFinite(want[i]) && Math.abs(got[i] - want[i]) <= atol + rtol * Math.abs(want[i])) continue;
    return `element ${i} is ${got[i]}, expected ${want[i]} (atol ${atol}, rtol ${rtol})`;
  }
  return undefined;
}

function gridDiffers(grid: Grid, geometry: GoldenCase["geometry"]): string | undefined {
  if (geometry === undefined) return undefined;
  for (const [a, { offset, spacing }] of grid.entries()) {
    if (Math.abs(offset - geometry.offset[a]) < 1e-9 && Math.abs(spacing - geometry.spacing[a]) < 1e-9)
      continue;
    return `axis ${a} lies at ${offset} + ${spacing} m, expected ${geometry.offset[a]} + ${geometry.spacing[a]} m`;
  }
  return undefined;
}

function swapLastAxes({ data, shape }: { data: GoldenData; shape: readonly number[] }): {
  data: GoldenData;
  shape: number[];
} {
  const [rows, columns] = shape.slice(-2);
  const swapped = data.slice();
  for (let i = 0; i < data.length; i++) {
    const plane = Math.floor(i / (rows * columns)) * rows * columns;
    const [row, column] = [Math.floor((i - plane) / columns), (i - plane) % columns];
    swapped[plane + column * rows + row] = data[i];
  }
  return { data: swapped, shape: [...shape.slice(0, -2), columns, rows] };
}
