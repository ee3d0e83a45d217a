import { Backend } from "../backend.ts";
import type { Arrays } from "../define.ts";
import type { Buffer, Device, PreparedPlan, Support } from "../device.ts";
import { HalfbandError } from "../errors.ts";
import { operators } from "../operators/index.ts";
import { type Plan, valuesOf } from "../plan.ts";
import type { DType, TensorData } from "../tensor.ts";

const definitionOf = (plan: Plan) =>
  operators.find(({ definition }) => definition.name === plan.op)?.definition;

/**
 * Runs a plan's reference implementation on double-precision arrays: the readable truth that kernels are held
 * against. Inputs and outputs go by name (`x`, `weight`, `gy`, ...).
 *
 * @throws `UNSUPPORTED` where the plan names no operator of the list.
 * @example
 * const plan = flcPool.plan({ shape: [1, 1, 8, 8] });
 * const { y } = evaluate(plan, { x: new Float64Array(64) });
 */
export function evaluate(plan: Plan, inputs: Arrays): Arrays {
  const definition = definitionOf(plan);
  if (definition === undefined) {
    throw new HalfbandError(
      "UNSUPPORTED",
      `No operator is called "${plan.op}"; the reference cannot run it.`,
      { op: plan.op },
    );
  }
  return plan.direction === "forward"
    ? definition.reference.forward(plan.params, inputs)
    : definition.reference.vjp(plan.params, inputs);
}

/** Plain TypeScript loops in double precision; buffers are typed arrays. */
class ReferenceDevice implements Device {
  readonly info = {
    device: "reference",
    build: "TypeScript, float64 accumulation",
    threads: 1,
    reason: "The reference was asked for.",
  } as const;

  allocate(bytes: number): Buffer {
    return withMemory(`${bytes} bytes were asked for`, () => ({ data: new ArrayBuffer(bytes) }));
  }

  free(): void {}

  write(buffer: Buffer, data: TensorData): void {
    view(buffer, data instanceof Int32Array ? "int32" : "float32").set(data);
  }

  async read(buffer: Buffer, dtype: DType, length: number): Promise<TensorData> {
    return this.readSync(buffer, dtype, length);
  }

  readSync(buffer: Buffer, dtype: DType, length: number): TensorData {
    return view(buffer, dtype).slice(0, length);
  }

  readInto(buffer: Buffer, target: TensorData): void {
    target.set(view(buffer, target instanceof Int32Array ? "int32" : "float32").subarray(0, target.length));
  }

  supports(plan: Plan): Support {
    if (definitionOf(plan) === undefined) return { reason: `No operator is called "${plan.op}".` };
    return { kernel: `${plan.op}_${plan.direction}_reference`, workspaceBytes: 0 };
  }

  prepare(plan: Plan, bound: ReadonlyMap<number, Buffer>): PreparedPlan {
    const inputs = valuesOf(plan, "input");
    const outputs = valuesOf(plan, "output");
    return {
      run(buffers) {
        const results = withMemory(`${plan.op} in double precision does not fit`, () => {
          const arrays: Record<string, Float64Array> = {};
          for (const index of inputs) {
            const { name, dtype } = plan.values[index];
            arrays[name] = new Float64Array(view(bound.get(index) ?? buffers[index], dtype));
          }
          return evaluate(plan, arrays);
        });
        for (const index of outputs) {
          const { name, dtype } = plan.values[index];
          view(buffers[index], dtype).set(results[name]);
        }
      },
      dispose() {},
    };
  }

  dispose(): void {}
}

/** Engines refuse an array that does not fit with a RangeError. */
function withMemory<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new HalfbandError("OUT_OF_MEMORY", `Out of memory: ${what}; use smaller tensors.`, { cause });
  }
}

function view(buffer: Buffer, dtype: DType): TensorData {
  const { data } = buffer as { data: ArrayBuffer };
  return dtype === "int32" ? new Int32Array(data) : new Float32Array(data);
}

/** The slow, readable backend: every operator in plain TypeScript with float64 accumulation. */
export const createReferenceBackend = (): Backend => new Backend(new ReferenceDevice());
