import { backendOf } from "../backends.ts";
import { buffersOf, type Context } from "../context.ts";
import {
  type Pair,
  type Plane,
  type PlaneOperator,
  percentile,
  planeOf,
  planeOperator,
} from "../halfband.ts";
import { methodOf } from "../method.ts";
import type { Jobs, PatternRequest, Sampling } from "../protocol.ts";

/** Width of the bright point as a standard deviation, voxels: about what a scanner's own blur makes of a point. */
const POINT_WIDTH = 0.6;
const POINT_SIZE = 48;
const PLATE_SIZE = 192;

/** Rings whose spacing shrinks outwards, to two voxels at the middle of each side; moved by `shift` voxels. */
const zonePlate = (shift: number): Plane =>
  planeOf([PLATE_SIZE, PLATE_SIZE], (i, j) => {
    const middle = PLATE_SIZE / 2 + shift;
    return 0.5 + 0.5 * Math.cos((Math.PI * 0.9 * ((i - middle) ** 2 + (j - middle) ** 2)) / PLATE_SIZE);
  });

const point = (shift: number): Plane =>
  planeOf([POINT_SIZE, POINT_SIZE], (i, j) => {
    const middle = POINT_SIZE / 2 + shift;
    return Math.exp(-((i - middle) ** 2 + (j - middle) ** 2) / (2 * POINT_WIDTH ** 2));
  });

/** Test patterns have no third axis: rows follow y, columns x. */
const planeStride = ({ stride }: Sampling): Pair => [stride[1], stride[0]];

async function operatorsOf(
  request: Omit<PatternRequest, "pattern" | "shift">,
): Promise<[string, PlaneOperator][]> {
  const backend = await backendOf("wasm");
  return request.methods.map((choice) => {
    const method = methodOf(choice, [1, 0]);
    return [
      method.id,
      planeOperator(method, backend, { times: request.times, stride: planeStride(request) }),
    ];
  });
}

const fitted = (plane: Plane, factor: Pair): Plane => {
  const [rows, columns] = plane.shape.map((size, a) => size - (size % (2 * factor[a])));
  return planeOf([rows, columns], (i, j) => plane.data[i * plane.shape[1] + j]);
};

const factorOf = (sampling: Sampling): Pair =>
  planeStride(sampling).map((s) => s ** sampling.times) as unknown as Pair;

export async function pattern(request: PatternRequest, context: Context<never>) {
  await context.turn();
  const input = fitted((request.pattern === "point" ? point : zonePlate)(request.shift), factorOf(request));
  const outputs = (await operatorsOf(request)).map(([method, operator]) => {
    const plane = operator.apply(input);
    return { method, plane, peak: percentile(plane, 100) };
  });
  const result: Jobs["pattern"]["result"] = { input, outputs };
  return { result, transfer: buffersOf(input.data, ...outputs.map(({ plane }) => plane.data)) };
}

const STEP = 0.25;

/** Brightest value of a point as it moves over two output voxels. */
export async function peaks(request: Jobs["peaks"]["params"], context: Context<never>) {
  await context.turn();
  const factor = factorOf(request);
  const reach = 2 * Math.max(...factor);
  const shifts = Array.from({ length: reach / STEP + 1 }, (_, i) => i * STEP);
  const operators = await operatorsOf(request);
  const values: number[][] = operators.map(() => []);
  for (const shift of shifts) {
    const input = fitted(point(shift), factor);
    for (const [i, [, operator]] of operators.entries())
      values[i].push(percentile(operator.apply(input), 100));
    await context.turn();
  }
  return { result: { shifts, peaks: operators.map(([method], i) => ({ method, values: values[i] })) } };
}
