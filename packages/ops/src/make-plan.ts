import type { Backend } from "./backend.ts";
import { checkBackend, checkKind } from "./check-kind.ts";
import type { Definition, Shapes } from "./define.ts";
import { HalfbandError } from "./errors.ts";
import { composeGrids, type Grid, identityGrid } from "./grid.ts";
import { isTensorSpec, type Parsed, parseOptions, type Schema } from "./params.ts";
import { rememberOrigin } from "./parts.ts";
import { Graph, type Plan } from "./plan.ts";
import { fail } from "./refuse.ts";
import { checkShape, type Shape, type TensorSpec } from "./tensor.ts";

/** Options that are tensors, in the order of the schema. */
export function tensorOptions(schema: Schema, options: unknown): Record<string, TensorSpec> {
  const specs: Record<string, TensorSpec> = {};
  for (const name of Object.keys(schema)) {
    const value = (options as Record<string, unknown> | undefined)?.[name];
    if (isTensorSpec(value)) specs[name] = value;
  }
  return specs;
}

function checkImage(op: string, shape: Shape): void {
  if (shape.length < 3 || shape.length > 5) {
    fail(
      "INVALID_SHAPE",
      op,
      `x is [${shape.join(", ")}]; expected [N, C, ...spatial] with 1 to 3 spatial axes.`,
      { got: shape, expected: "[N, C, ...spatial] with 1 to 3 spatial axes" },
    );
  }
}

/** Checks operands and options and lowers the operator to a plan. */
export function makePlan<
  O extends readonly string[],
  Y extends readonly string[],
  S extends Schema,
  R,
  G extends readonly string[],
  OG extends readonly string[],
>(
  definition: Definition<O, Y, S, R, G, OG>,
  direction: Plan["direction"],
  operands: readonly TensorSpec[],
  options: unknown,
): Plan {
  const { name: op } = definition;
  const x = operands[0];
  for (const [i, name] of definition.operands.entries()) {
    if (!isTensorSpec(operands[i])) {
      fail("INVALID_OPTION", op, `argument ${name} is neither a tensor nor a { shape } description.`, {
        option: name,
      });
    }
  }
  checkImage(op, x.shape);
  const given = tensorOptions(definition.params, options);
  for (const { shape } of operands) checkShape(shape, op);
  for (const name in given) checkShape(given[name].shape, op);
  const rank = x.shape.length - 2;
  const shapes: Record<string, Shape> = {};
  definition.operands.forEach((name, i) => {
    shapes[name] = operands[i].shape;
  });
  for (const [name, spec] of Object.entries(given)) shapes[name] = spec.shape;

  const parsed = withoutTensors(parseOptions(definition.params, options, op, rank), given);
  const grid = x.grid ?? identityGrid(rank);
  checkKind("float32", grid, x.shape, op);
  return lowered(definition, direction, { options: parsed, shapes, grid }, x.backend);
}

/** The parsed options with descriptions in place of tensors, which a plan must not keep alive. */
function withoutTensors<S extends Schema>(
  parsed: Parsed<S>,
  given: Readonly<Record<string, TensorSpec>>,
): Parsed<S> {
  const described = Object.entries(given).map(([name, { shape }]) => [name, { shape }] as const);
  return described.length === 0 ? parsed : { ...parsed, ...Object.fromEntries(described) };
}

/** A call in numbers: parsed options, and the shapes of all its inputs. */
interface Call<S extends Schema> {
  readonly options: Parsed<S>;
  readonly shapes: Shapes;
  readonly grid: Grid;
}

/** The plan of a call, with kernels where a backend is known. */
function lowered<
  O extends readonly string[],
  Y extends readonly string[],
  S extends Schema,
  R,
  G extends readonly string[],
  OG extends readonly string[],
>(
  definition: Definition<O, Y, S, R, G, OG>,
  direction: Plan["direction"],
  call: Call<S>,
  backend?: Backend,
): Plan {
  const { name: op, independent } = definition;
  const { options, shapes } = call;
  const image = shapes[definition.operands[0]];
  const params = definition.resolve(options, shapes);
  const { channels = image[1], axes } = definition.output(params);
  const shape = [image[0], channels, ...axes.map(({ out }) => out)];
  const grid = composeGrids(
    call.grid,
    axes.map((axis) => axis.grid),
  );
  const graph = new Graph(op);
  const inputs: Record<string, number> = {};
  for (const [name, sizes] of Object.entries(shapes)) {
    inputs[name] = graph.add({ role: "input", name, shape: sizes, dtype: "float32" });
  }
  const outputs: Record<string, number> = {};
  if (direction === "forward") {
    for (const name of definition.outputs) {
      const dtype = definition.outputTypes?.[name] ?? "float32";
      outputs[name] = graph.add({ role: "output", name, shape, dtype, grid });
    }
    definition.lower(params, graph, inputs, outputs);
  } else {
    inputs.gy = graph.add({ role: "input", name: "gy", shape, dtype: "float32" });
    const wanted = [
      ...definition.gradients,
      ...(definition.optionalGradients ?? []).filter((name) => name in shapes),
    ];
    for (const name of wanted) {
      const sizes = shapes[name] ?? [channels]; // the one gradient of something not given is a bias
      outputs[name] = graph.add({
        role: "output",
        name,
        shape: sizes,
        dtype: "float32",
        grid: name === "x" ? call.grid : [],
      });
    }
    definition.lowerVjp(params, graph, inputs, outputs);
  }
  const plan = describe(
    {
      op,
      direction,
      params,
      values: graph.values,
      steps: graph.steps,
      outputs: Object.keys(outputs),
      shape,
      grid,
    },
    backend,
  );
  rememberOrigin(plan, {
    independent,
    blockRows: direction === "forward" ? (independent.blockRows?.(params) ?? 0) : 0,
    remake: (resize) => {
      const resized = Object.entries(shapes).map(([name, sizes]) => [name, resize(name, sizes)] as const);
      return lowered(definition, direction, { ...call, shapes: Object.fromEntries(resized) });
    },
  });
  return plan;
}

/** Adds the key and, where a backend is known, its kernels and scratch. */
function describe(bare: Omit<Plan, "key" | "kernel" | "workspaceBytes">, backend: Backend | undefined): Plan {
  const key = JSON.stringify([
    bare.op,
    bare.direction,
    bare.params,
    bare.values.map(({ role, shape }) => [role, shape]),
  ]);
  const plan: Plan = { ...bare, key, kernel: null, workspaceBytes: null };
  if (backend === undefined) return Object.freeze(plan);
  checkBackend(backend, bare.op);
  const support = backend.supports(plan);
  if ("reason" in support) throw new HalfbandError("UNSUPPORTED", support.reason, { op: bare.op });
  return Object.freeze({ ...plan, ...support });
}
