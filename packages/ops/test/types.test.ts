// What the compiler must catch, and what it must know. Run by `tsc`; the calls are never made.
import { expectTypeOf, it } from "vitest";
import {
  type Backend,
  type BlurPool,
  blurPool,
  conv,
  convBlurPool,
  detailPreservingPool,
  flcPool,
  kspacePool,
  MaxPool,
  maxPool,
  maxPoolWithIndices,
  spectralPool,
  type Tensor,
} from "../src/index.ts";

declare const x: Tensor;
declare const weight: Tensor;
declare const backend: Backend;

it("calls are typed", () => {
  const never = () => {
    expectTypeOf(blurPool(x)).toEqualTypeOf<Tensor>();
    expectTypeOf(blurPool(x, { kernelSize: [3, 5], paddingMode: "circular" })).toEqualTypeOf<Tensor>();
    expectTypeOf(maxPoolWithIndices(x, { kernelSize: 2 })).toEqualTypeOf<{
      values: Tensor;
      indices: Tensor<"int32">;
    }>();
    expectTypeOf(x.data()).resolves.toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(maxPoolWithIndices(x, { kernelSize: 2 }).indices.dataSync()).toEqualTypeOf<
      Int32Array<ArrayBuffer>
    >();
    expectTypeOf(backend.tensor(new Int32Array(3), [3])).toEqualTypeOf<Tensor<"int32">>();
    expectTypeOf(conv.vjp(x, weight, x, {})).toExtend<{ x: Tensor; weight: Tensor; bias: Tensor }>();
    expectTypeOf(detailPreservingPool.vjp(x, x).lambda).toEqualTypeOf<Tensor | undefined>();
    expectTypeOf<InstanceType<typeof BlurPool>["call"]>().returns.toEqualTypeOf<Tensor>();
    expectTypeOf(backend.prepare(flcPool.plan(x)).arrays(new Float32Array(4))).resolves.toEqualTypeOf<
      [Float32Array]
    >();
    const indexed = backend.prepare(maxPoolWithIndices.plan(x, { kernelSize: 2 }));
    expectTypeOf(indexed.arrays()).resolves.toEqualTypeOf<[Float32Array, Int32Array]>();
    expectTypeOf(backend.prepare(conv.vjpPlan(x, weight)).arrays()).resolves.toEqualTypeOf<Float32Array[]>();
    convBlurPool(x, weight, { bias: weight, blur: { stride: 2 } });
    spectralPool(x, { stride: 2, window: { kaiser: 6 } });
    conv.plan({ shape: [1, 1, 8, 8], backend }, { shape: [1, 1, 3, 3] }, { bias: { shape: [1] } });

    // @ts-expect-error: indices are not an image
    blurPool(maxPoolWithIndices(x, { kernelSize: 2 }).indices);
    // @ts-expect-error: kernelSize is required
    maxPool(x);
    // @ts-expect-error: and so for the class
    new MaxPool();
    // @ts-expect-error: no such mode
    blurPool(x, { paddingMode: "mirror" });
    // @ts-expect-error: no such option
    flcPool(x, { kernelSize: 2 });
    // @ts-expect-error: conv needs a weight
    conv(x);
    // @ts-expect-error: a call wants the tensor, not its description
    conv(x, weight, { bias: { shape: [1] } });
    // @ts-expect-error: outputSize is required
    kspacePool(x, x, {});
  };
  expectTypeOf(never).toBeFunction();
});
