// From array to array: the same bits as a run on tensors, in one part or in many, bound inputs or not.
import {
  type AnyOperator,
  Backend,
  type Device,
  elementCount,
  flcPool,
  operators,
  type Plan,
  type PlanValue,
  type TensorData,
  valuesOf,
} from "@halfband/ops";
import fc from "fast-check";
import { afterAll, describe, expect, it, vi } from "vitest";
import { availableBackends } from "../backends.ts";
import { noise } from "../random.ts";
import { calls } from "./arbitraries.ts";
import { type Case, casesOf, planOf, vjpPlanOf } from "./call.ts";
import { check, named, seeds } from "./check.ts";

const backends = await availableBackends();
afterAll(() => {
  for (const backend of backends.values()) backend.dispose();
});

const TENSORS = ["bias", "lambda", "alpha", "prediction", "filter", "filterBias"];
/** What belongs to every part of a job. */
const WEIGHTS = ["weight", "bias", "lambda", "alpha", "filter", "filterBias"];

/** The same device, for parts of another size. */
function inParts(backend: Backend, partBytes: number): Backend {
  const { device } = backend as unknown as { device: Device };
  const size: Device["partBytes"] = (plan) =>
    device.partBytes !== undefined && device.partBytes(plan) === undefined ? undefined : partBytes;
  return new Backend(Object.create(device, { partBytes: { value: size } }) as Device);
}

const arrayFor = ({ shape, dtype }: PlanValue): TensorData =>
  dtype === "int32" ? new Int32Array(elementCount(shape)) : new Float32Array(elementCount(shape));

const bitsOf = ({ buffer }: TensorData) => new Int32Array(buffer);

/** As where memory for new results is cleared: in browsers. */
async function inOtherEngines<T>(action: () => Promise<T>): Promise<T> {
  vi.stubGlobal("Buffer", undefined);
  try {
    return await action();
  } finally {
    vi.unstubAllGlobals();
  }
}

async function compare(backend: Backend, plan: Plan, partBytes: number, isBound: boolean, seed: number) {
  const inputs = valuesOf(plan, "input").map((i) => plan.values[i]);
  const outputs = valuesOf(plan, "output").map((i) => plan.values[i]);
  const arrays = inputs.map(({ shape }, i) => noise(elementCount(shape), seed + i));
  const parts = inParts(backend, partBytes);
  const onTensors = parts.scope(() => {
    const tensors = inputs.map(({ shape }, i) => parts.tensor(arrays[i], shape));
    const made = outputs.map(({ shape, dtype }) => parts.empty(shape, dtype));
    parts.execute(plan, [...tensors, ...made]);
    return made.map((tensor) => tensor.dataSync());
  });
  const constants = Object.fromEntries(
    inputs.flatMap(({ name, shape }, i) =>
      isBound && WEIGHTS.includes(name) ? [[name, parts.tensor(arrays[i], shape)]] : [],
    ),
  );
  const results = outputs.map(arrayFor);
  const run = parts.prepare(plan, constants);
  for (const result of results) result.fill(7);
  const fed = arrays.filter((_, i) => !(inputs[i].name in constants));
  await run.arrays(...fed, ...results);
  const made = [await run.arrays(...fed), await inOtherEngines(() => run.arrays(...fed))];
  for (const got of [results, ...made]) {
    for (const [i, result] of got.entries())
      expect(bitsOf(result), `${plan.op} ${plan.direction} ${outputs[i].name}`).toEqual(bitsOf(onTensors[i]));
  }
  run.dispose();
  for (const tensor of Object.values(constants)) tensor.dispose();
}

describe.each([...backends])("%s", (_, backend) => {
  it.each(named(operators))("%s", async (_, operator: AnyOperator) => {
    const same = async (golden: Case, partBytes: number, isBound: boolean, seed: number) => {
      for (const plan of [planOf(operator, golden), vjpPlanOf(operator, golden)])
        await compare(backend, plan, partBytes, isBound, seed);
    };
    for (const golden of casesOf(operator)) {
      if (golden.error === undefined) await same(golden, 1, true, 1);
    }
    const partBytes = fc.integer({ min: 1, max: 4000 });
    const drawn = fc.tuple(calls(operator, { tensors: TENSORS }), partBytes, fc.boolean(), seeds);
    await check(drawn, ([golden, bytes, isBound, seed]) => same(golden, bytes, isBound, seed));
  });

  // Long transforms in double precision take the reference too long.
  if (backend.info.device === "reference") return;
  it("planes of usual sizes", async () => {
    const options: Record<string, Case["options"]> = {
      flcPool: {},
      asapPool: {},
      spectralPool: { stride: 3, window: "hamming" },
      blurPool: { kernelSize: 3 },
      maxBlurPool: {},
    };
    const sizes = [[64, 64], [96, 80], [91, 70], [256, 128], [512], [24, 40, 32]];
    for (const operator of operators) {
      const chosen = options[operator.definition.name];
      if (chosen === undefined) continue;
      for (const size of sizes) {
        const golden = { name: "usual", shapes: { x: [1, 3, ...size] }, options: chosen };
        for (const plan of [planOf(operator, golden), vjpPlanOf(operator, golden)])
          await compare(backend, plan, 1, false, 1);
      }
    }
  });

  it("a plane and a volume that are taken in shares", async () => {
    for (const size of [
      [512, 512],
      [48, 64, 56],
    ]) {
      const golden = { name: "large", shapes: { x: [1, 1, ...size] } };
      await compare(backend, planOf(flcPool, golden), 1, false, 1);
    }
  });
});
