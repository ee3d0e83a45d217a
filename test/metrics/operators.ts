import type { Plane, PlaneOperator } from "@halfband/measure";
import {
  type AnyOperator,
  asapPool,
  avgPool,
  type Backend,
  blurPool,
  evaluate,
  flcPool,
  maxBlurPool,
  maxPool,
  spectralPool,
  type Tensor,
} from "@halfband/ops";

/** halfband's own operators as the metric goldens define them: circular borders, stride 2. */
interface Subject {
  readonly name: string;
  readonly operator: AnyOperator;
  readonly options: Readonly<Record<string, unknown>>;
  readonly linear: boolean;
  readonly offset: number;
  /** Rows and columns repeated behind the image: pooling has no circular border of its own. */
  readonly wrap?: number;
}

const blur = (kernelSize: number) => ({ kernelSize, paddingMode: "circular" });

export const subjects: readonly Subject[] = [
  { name: "stride", operator: blurPool, options: { kernelSize: 1 }, linear: true, offset: 0 },
  { name: "avg2", operator: avgPool, options: { kernelSize: 2 }, linear: true, offset: 0.5 },
  { name: "max2", operator: maxPool, options: { kernelSize: 2 }, linear: false, offset: 0.5 },
  { name: "blur3", operator: blurPool, options: blur(3), linear: true, offset: 0 },
  { name: "blur4", operator: blurPool, options: blur(4), linear: true, offset: 0.5 },
  { name: "blur5", operator: blurPool, options: blur(5), linear: true, offset: 0 },
  {
    name: "maxblur3",
    operator: maxBlurPool,
    options: { blur: blur(3) },
    linear: false,
    offset: 0.5,
    wrap: 1,
  },
  { name: "kcrop", operator: spectralPool, options: { stride: 2, nyquist: "drop" }, linear: true, offset: 0 },
  { name: "flc", operator: flcPool, options: {}, linear: true, offset: 0 },
  { name: "asap", operator: asapPool, options: { variant: "published" }, linear: true, offset: 0 },
];

type Values = Float32Array | Float64Array;

function wrapped(
  { data, shape: [rows, columns] }: Plane,
  wrap: number,
): { data: Float64Array; shape: [number, number] } {
  const shape: [number, number] = [rows + wrap, columns + wrap];
  const out = new Float64Array(shape[0] * shape[1]);
  for (let i = 0; i < shape[0]; i++) {
    for (let j = 0; j < shape[1]; j++) out[i * shape[1] + j] = data[(i % rows) * columns + (j % columns)];
  }
  return { data: out, shape };
}

/** `compute` gets the plane, with its wrapped border, and the shape as a tensor's. */
function planeOperator(
  { name, operator, options, linear, offset, wrap = 0 }: Subject,
  compute: (
    operator: AnyOperator,
    options: Subject["options"],
    data: Float64Array,
    shape: readonly number[],
  ) => Values,
): PlaneOperator {
  return {
    name,
    linear,
    offset: [offset, offset],
    spacing: [2, 2],
    apply(plane) {
      const { data, shape } = wrapped(plane, wrap);
      const [, , rows, columns] = operator.plan({ shape: [1, 1, ...shape] }, options).shape;
      return {
        data: Float64Array.from(compute(operator, options, data, [1, 1, ...shape])),
        shape: [rows, columns],
      };
    },
  };
}

/** By the float64 reference. */
export const referenceOperator = (subject: Subject): PlaneOperator =>
  planeOperator(
    subject,
    (operator, options, data, shape) => evaluate(operator.plan({ shape }, options), { x: data }).y,
  );

/** By a backend, in float32. */
export const backendOperator = (subject: Subject, backend: Backend): PlaneOperator =>
  planeOperator(subject, (operator, options, data, shape) => {
    const y = backend.scope(() =>
      operator(backend.tensor(Float32Array.from(data), shape), options),
    ) as Tensor;
    const values = y.dataSync() as Float32Array;
    y.dispose();
    return values;
  });
