import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  type AnyOperator,
  avgPool,
  Backend,
  BlurPool,
  blurPool,
  conv,
  createReferenceBackend,
  type Device,
  detailPreservingPool,
  flcPool,
  type Grid,
  type HalfbandError,
  isHalfbandError,
  maxBlurPool,
  maxPool,
  maxPoolWithIndices,
  operators,
  spectralPool,
  type Tensor,
  type TensorSpec,
} from "../src/index.ts";

const ramp = (length: number) => Float32Array.from({ length }, (_, i) => i);

function refused(body: () => unknown): HalfbandError {
  try {
    body();
  } catch (error) {
    if (isHalfbandError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("tensors", () => {
  const backend = createReferenceBackend();

  it("hold what they were given, as a copy", () => {
    const data = ramp(16);
    const x = backend.tensor(data, [1, 1, 4, 4]);
    data.fill(0);
    expect(x.dataSync()).toEqual(ramp(16));
    expect(x.grid).toEqual([
      { offset: 0, spacing: 1 },
      { offset: 0, spacing: 1 },
    ]);
  });

  it("are made of anything with data and dims or shape", () => {
    expect(backend.tensor({ data: ramp(3), dims: [1, 1, 3] }).shape).toEqual([1, 1, 3]);
    expect(backend.tensor({ data: new Int32Array(3), shape: [3] }).dtype).toBe("int32");
  });

  it("refuse a shape that does not fit, with both numbers in the sentence", () => {
    const error = refused(() => backend.tensor(ramp(15), [1, 1, 4, 4]));
    expect(error).toMatchObject({ code: "INVALID_SHAPE", got: 15, expected: 16 });
    expect(error.message).toBe("tensor: 15 numbers do not fill shape [1, 1, 4, 4], which holds 16.");
    expect(refused(() => backend.tensor(ramp(0), [1, 1, 0])).code).toBe("INVALID_SHAPE");
    expect(refused(() => backend.tensor(new Float64Array(3) as never, [3])).code).toBe("INVALID_OPTION");
  });

  it("refuse a type and a grid that are none", () => {
    const empty = backend.empty.bind(backend) as (...args: unknown[]) => unknown;
    expect(refused(() => empty([4], "float64")).message).toBe(
      'empty: dtype is "float64"; expected "float32" or "int32".',
    );
    for (const grid of ["x", null, [{ offset: 0 }], [{ offset: Number.NaN, spacing: 1 }]]) {
      expect(refused(() => empty([1, 1, 4], "float32", grid))).toMatchObject({
        code: "INVALID_OPTION",
        option: "grid",
      });
    }
  });

  it("refuse what is no array or no shape, saying what was given", () => {
    const tensor = backend.tensor.bind(backend) as (...args: unknown[]) => unknown;
    expect(refused(() => tensor(new Float64Array(3), [3])).message).toContain("got a Float64Array; expected");
    expect(refused(() => tensor(undefined, [3])).message).toContain("got undefined; expected");
    expect(refused(() => tensor({ data: [1, 2] }, [2])).message).toContain("got [1,2]; expected");
    expect(refused(() => tensor(ramp(3))).message).toContain("got no shape; expected");
    expect(refused(() => tensor(ramp(3), "3"))).toMatchObject({ code: "INVALID_SHAPE", got: "3" });
  });

  it("are shown as type, shape and place", () => {
    const x = backend.tensor(ramp(16), [1, 1, 4, 4]);
    expect(inspect(x)).toBe("Tensor(float32 [1, 1, 4, 4], reference)");
    x.dispose();
    expect(inspect({ x })).toBe("{ x: Tensor(float32 [1, 1, 4, 4], disposed) }");
  });

  it("are written as JSON without their numbers and their backend", () => {
    const x = backend.tensor(ramp(4), [1, 1, 4]);
    const grid = [{ offset: 0, spacing: 1 }];
    expect(JSON.parse(JSON.stringify({ x }))).toEqual({ x: { dtype: "float32", shape: [1, 1, 4], grid } });
    expect(JSON.parse(JSON.stringify(backend))).toEqual(backend.info);
  });

  it("move to a backend only", async () => {
    const x = backend.tensor(ramp(4), [1, 1, 4]);
    for (const target of [undefined, null, "wasm", {}]) {
      await expect(x.to(target as never)).rejects.toMatchObject({
        code: "INVALID_OPTION",
        option: "backend",
      });
    }
  });

  it("cannot be used once disposed", () => {
    const x = backend.tensor(ramp(16), [1, 1, 4, 4]);
    x.dispose();
    x.dispose();
    expect(x.disposed).toBe(true);
    expect(refused(() => x.dataSync()).code).toBe("DISPOSED");
    expect(refused(() => avgPool(x, { kernelSize: 2 })).code).toBe("DISPOSED");
  });

  it("move between backends with to() only", async () => {
    const other = createReferenceBackend();
    const x = backend.tensor(ramp(16), [1, 1, 4, 4]);
    const moved = await x.to(other);
    expect(moved.backend).toBe(other);
    expect(moved.dataSync()).toEqual(ramp(16));
    const weight = other.tensor(ramp(9), [1, 1, 3, 3]);
    const error = refused(() => conv(x, weight));
    expect(error.code).toBe("WRONG_BACKEND");
    expect(error.message).toContain("await weight.to(backend)");
  });
});

describe("plans", () => {
  it("say shape, grid and kernel without data", () => {
    const plan = blurPool.plan({ shape: [2, 3, 9, 12] }, { kernelSize: 4 });
    expect(plan.shape).toEqual([2, 3, 5, 6]);
    expect(plan.grid[0]).toEqual({ offset: 0.5, spacing: 2 });
    expect(plan.kernel).toBeNull();
    const backend = createReferenceBackend();
    expect(blurPool.plan({ shape: [1, 1, 8, 8], backend }).kernel).toBe("blurPool_forward_reference");
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it("compose grids through a chain", () => {
    const backend = createReferenceBackend();
    const y = avgPool(blurPool(backend.tensor(ramp(256), [1, 1, 16, 16])), { kernelSize: 2 });
    expect(y.grid[0]).toEqual({ offset: 1.5, spacing: 4 });
  });

  it("run again and again, with weights bound once", () => {
    const backend = createReferenceBackend();
    const x = backend.tensor(ramp(16), [1, 1, 4, 4]);
    const weight = backend.tensor(Float32Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0), [1, 1, 3, 3]);
    const plan = conv.plan(x, weight, { padding: 1 });
    const run = backend.prepare(plan, { weight });
    const y = backend.empty(plan.shape);
    run(x, y);
    expect(y.dataSync()).toEqual(ramp(16));
    expect(refused(() => run(x)).message).toBe("conv: got 1 tensors; expected 2 (x, y).");
    expect(refused(() => run(weight, y)).code).toBe("INVALID_SHAPE");
    expect(refused(() => backend.prepare(plan, { kernel: weight })).message).toContain("it has x, weight");
    expect(refused(() => run(ramp(16) as never, y)).message).toContain(
      "x is a Float32Array; expected a tensor",
    );
    for (const call of [
      () => backend.prepare(undefined as never),
      () => backend.supports(undefined as never),
      () => backend.execute(undefined as never, []),
    ])
      expect(refused(call).message).toContain("got undefined; expected a plan");
    expect(refused(() => backend.execute(plan, null as never)).message).toBe(
      "conv: got null tensors; expected 3 (x, weight, y).",
    );
    expect(refused(() => run(null as never, y)).message).toContain("x is null; expected a tensor");
    expect(refused(() => backend.prepare(plan, null as never)).message).toBe(
      "prepare: constants is null; expected an object.",
    );
    run.dispose();
  });

  it("refuse sizes that no tensor has", () => {
    for (const shape of [
      [1, 1, 0, 8],
      [1, 1, 8.5],
      [1, 1, Number.NaN],
    ]) {
      expect(refused(() => flcPool.plan({ shape })).code).toBe("INVALID_SHAPE");
    }
    expect(refused(() => conv.plan({ shape: [1, 1, 8] }, { shape: [0, 1, 3] })).code).toBe("INVALID_SHAPE");
  });

  it("refuse at once what no backend holds", () => {
    const most = (shape: readonly number[], call: (x: TensorSpec) => unknown) =>
      expect(refused(() => call({ shape }))).toMatchObject({ code: "OUT_OF_MEMORY" });
    for (const operator of operators as readonly AnyOperator[]) {
      const operands = operator.definition.operands.map(() => ({ shape: [1, 1, 2 ** 31, 2 ** 31] }));
      const error = refused(() => operator.plan(...operands, {}));
      expect(error).toMatchObject({ code: "OUT_OF_MEMORY", got: 2 ** 64, expected: 2 ** 53 });
    }
    // Arrays larger than the memory of WebAssembly are worked on in parts.
    expect(maxPool.plan({ shape: [1200, 1, 91, 109, 91] }, { kernelSize: 2 }).shape[0]).toBe(1200);
    most([1, 1, 2 ** 25], (x) => flcPool.plan(x));
    most([1, 1, 2 ** 30], (x) => conv.plan(x, { shape: [2, 1, 1] }));
    most([1, 1, 2 ** 22, 2], (x) => blurPool.plan(x, { stride: [2, 1] }));
    expect(refused(() => createReferenceBackend().empty([2 ** 31, 2 ** 31])).code).toBe("OUT_OF_MEMORY");
    // What is long alone is no trouble.
    expect(blurPool.plan({ shape: [1, 1, 2 ** 28] }).shape).toEqual([1, 1, 2 ** 27]);
    expect(maxPool.plan({ shape: [1, 1, 2 ** 28] }, { kernelSize: 2 }).shape).toEqual([1, 1, 2 ** 27]);
  });

  it("refuse descriptions that are none", () => {
    const shape = [1, 1, 8];
    const plans: [() => unknown, string][] = [
      [() => flcPool.plan({ shape: new Array(3) }), "INVALID_SHAPE"],
      [() => flcPool.plan({ shape: [1, 1, Symbol("n")] as never }), "INVALID_SHAPE"],
      [() => flcPool.plan({ shape, grid: "x" as never }), "INVALID_OPTION"],
      [() => flcPool.plan({ shape, backend: {} as never }), "INVALID_OPTION"],
      [() => conv.plan({ shape }, { shape: [1, 1, 3] }, { bias: { shape: [2n] as never } }), "INVALID_SHAPE"],
      [() => detailPreservingPool.plan({ shape: [1, 2 ** 28, 2] }), "INVALID_SHAPE"],
    ];
    for (const [plan, code] of plans) expect(refused(plan).code).toBe(code);
  });

  it("run into tensors of their own", () => {
    const backend = createReferenceBackend();
    const x = backend.tensor(ramp(16), [1, 1, 4, 4]);
    const run = backend.prepare(maxPoolWithIndices.plan(x, { kernelSize: 1 }));
    expect(refused(() => run(x, x, backend.empty(x.shape, "int32"))).message).toBe(
      "maxPoolWithIndices: x and values are the same tensor; an output needs a tensor of its own.",
    );
    const weight = backend.tensor(Float32Array.of(1), [1, 1, 1]);
    const bound = backend.prepare(conv.plan({ shape: [1, 1, 1] }, weight), { weight });
    expect(refused(() => bound(backend.tensor(ramp(1), [1, 1, 1]), weight)).option).toBe("y");
  });

  it("touch no memory that was given back", async () => {
    const backend = createReferenceBackend();
    const x = backend.tensor(ramp(16), [1, 1, 4, 4]);
    const weight = backend.tensor(Float32Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0), [1, 1, 3, 3]);
    const plan = conv.plan(x, weight, { padding: 1 });
    const y = backend.empty(plan.shape);
    const run = backend.prepare(plan, { weight });
    weight.dispose();
    expect(refused(() => run(x, y)).code).toBe("DISPOSED");
    await expect(run.arrays(ramp(16))).rejects.toMatchObject({ code: "DISPOSED" });

    const again = backend.prepare(maxPool.plan(x, { kernelSize: 1 }));
    again.dispose();
    again.dispose();
    expect(refused(() => again(x, y)).message).toBe("This executable of maxPool was disposed before.");
    await expect(again.arrays(ramp(16))).rejects.toMatchObject({ code: "DISPOSED" });

    const other = createReferenceBackend();
    const gone = other.prepare(maxPool.plan(x, { kernelSize: 1 }));
    const [from, to] = [other.tensor(ramp(16), x.shape), other.empty(x.shape)];
    other.dispose();
    expect(refused(() => gone(from, to)).code).toBe("DISPOSED");
  });
});

describe("options", () => {
  const backend = createReferenceBackend();
  const x = backend.tensor(ramp(64), [1, 1, 8, 8]);
  const cases: [string, () => unknown, string][] = [
    [
      "an unknown option",
      () => blurPool(x, { kernel: 3 } as never),
      "kernel is 3; expected one of the options kernelSize",
    ],
    [
      "a missing one",
      () => maxPool(x, undefined as never),
      "kernelSize is undefined; expected a value: window size in voxels.",
    ],
    [
      "a fraction",
      () => blurPool(x, { stride: 1.5 }),
      "stride is 1.5; expected a whole number of at least 1.",
    ],
    ["too many axes", () => blurPool(x, { stride: [1, 2, 2] }), "expected 2 numbers, one per spatial axis"],
    [
      "a wrong word",
      () => blurPool(x, { paddingMode: "mirror" as never }),
      'expected one of "zeros", "reflect", "replicate", "circular"',
    ],
    ["half a pair", () => conv(x, x, { padding: [[1]] as never }), "expected 2 pairs [before, after]"],
    [
      "same with a stride",
      () => conv(x, backend.tensor(ramp(9), [1, 1, 3, 3]), { padding: "same", stride: 2 }),
      'padding "same" is defined for stride 1',
    ],
    ["something else than options", () => flcPool(x, 2 as never), "options is 2; expected an object"],
    [
      "something else than a group's options",
      () => maxBlurPool(x, { blur: 3 as never }),
      "maxBlurPool: blur is 3; expected an object",
    ],
    ["a name that objects have of their own", () => flcPool(x, { toString: 1 } as never), "toString is 1;"],
    [
      "more taps than doubles hold",
      () => blurPool(x, { kernelSize: 1025, paddingMode: "replicate" }),
      "kernelSize is 1025; expected a whole number from 1 to 1024.",
    ],
    [
      "a window by two names",
      () => spectralPool(x, { stride: 2, window: { tukey: 1, kaiser: 2 } as never }),
      'window is {"tukey":1,"kaiser":2}; expected "none", "hamming", "hann", { tukey: 0..1 } or { kaiser: 0..500 }.',
    ],
    [
      "a parameter that is no number",
      () => spectralPool(x, { stride: 2, window: { tukey: Number.NaN } }),
      'window is {"tukey":NaN};',
    ],
    ["a big integer", () => maxPool(x, { kernelSize: [2n, 2] as never }), "kernelSize is 2n;"],
    ["a tensor for a number", () => maxPool(x, { kernelSize: x as never }), "kernelSize is a Tensor;"],
    [
      "a number of more than 32 bits",
      () => avgPool(x, { kernelSize: 2 ** 53 }),
      "kernelSize is 9007199254740992; expected a whole number from 1 to 2147483647.",
    ],
    [
      "padding beyond reason",
      () => conv(x, x, { padding: 1e9 }),
      "conv: padding of axis 0 is 1000000000; expected at most 65536.",
    ],
    [
      "padding beyond reason, by a word",
      () => conv(x, x, { padding: "same", dilation: 1e9 }),
      "conv: padding of axis 0 is 3500000000; expected at most 65536.",
    ],
    ["a list with a hole", () => blurPool(x, { stride: new Array(2) }), "stride is undefined;"],
    ["nothing for what is needed", () => maxPool(x, { kernelSize: null as never }), "kernelSize is null;"],
    [
      "an object that holds itself",
      () => {
        const size: Record<string, unknown> = {};
        maxPool(x, { kernelSize: Object.assign(size, { size }) as never });
      },
      'kernelSize is {"size":...};',
    ],
  ];
  it.each(cases)("%s is refused", (_, call, sentence) => {
    const error = refused(call);
    expect(error.code).toBe("INVALID_OPTION");
    expect(error.message).toContain(sentence);
  });

  it("kernels and steps beyond the image give one sample, where it would be", () => {
    const far = { stride: 1e9 };
    const cases: [
      ops: { shape: readonly number[]; grid: Grid; dataSync(): Float32Array },
      value: number,
      offset: number,
    ][] = [
      [avgPool(x, { kernelSize: 2, ...far }), 4.5, 0.5],
      [maxPool(x, { kernelSize: 2, ...far }), 9, 0.5],
      [conv(x, backend.tensor(Float32Array.of(2), [1, 1, 1, 1]), { dilation: 1e9, ...far }), 0, 0],
      [blurPool(x, { kernelSize: 1, padding: 0, ...far }), 0, 0],
      [maxPool(x, { kernelSize: 1e9, ceilMode: true }), 63, 499999999.5],
      [avgPool(x, { kernelSize: 1e9, ceilMode: true }), 31.5, 499999999.5],
    ];
    for (const [y, value, offset] of cases) {
      expect(y.shape).toEqual([1, 1, 1, 1]);
      expect(y.grid[0]).toEqual({ offset, spacing: 1e9 });
      expect([...y.dataSync()]).toEqual([value]);
    }
  });

  it("the longest blur keeps a constant", () => {
    const ones = backend.tensor(new Float32Array(64).fill(1), [1, 1, 8, 8]);
    const y = blurPool(ones, { kernelSize: 1024, paddingMode: "replicate" });
    for (const value of y.dataSync()) expect(value).toBeCloseTo(1, 6);
  });

  it("a tensor of another rank is refused", () => {
    const error = refused(() => flcPool(backend.tensor(ramp(4), [2, 2])));
    expect(error).toMatchObject({ code: "INVALID_SHAPE", op: "flcPool" });
    expect(error.message).toBe("flcPool: x is [2, 2]; expected [N, C, ...spatial] with 1 to 3 spatial axes.");
  });
});

describe("scopes", () => {
  it("dispose what is not returned", () => {
    const backend = createReferenceBackend();
    const x = backend.tensor(ramp(64), [1, 1, 8, 8]);
    let between: Tensor | undefined;
    const { values, indices } = backend.scope(() => {
      between = blurPool(x, { kernelSize: 3 });
      return maxPoolWithIndices(between, { kernelSize: 2 });
    });
    expect(between?.disposed).toBe(true);
    expect([x, values, indices].map((tensor) => tensor.disposed)).toEqual([false, false, false]);
  });

  it("hand their result to the scope around them, and clean up when something throws", () => {
    const backend = createReferenceBackend();
    let inner: Tensor | undefined;
    backend.scope(() => {
      inner = backend.scope(() => backend.tensor(ramp(4), [4]));
      expect(inner.disposed).toBe(false);
    });
    expect(inner?.disposed).toBe(true);
    let lost: Tensor | undefined;
    expect(() =>
      backend.scope(() => {
        lost = backend.tensor(ramp(4), [4]);
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(lost?.disposed).toBe(true);
  });
});

it("a scope takes functions that are not async", () => {
  const backend = createReferenceBackend();
  const scope = (body: unknown) => backend.scope(body as () => unknown);
  const error = refused(() => scope(async () => {}));
  expect(error).toMatchObject({ code: "INVALID_OPTION", option: "body" });
  expect(error.message).toContain("an async function, which runs on after the scope has ended");
  expect(refused(() => scope(undefined)).message).toBe("scope: got undefined; expected a plain function.");
});

it("a scope takes results that hold themselves", () => {
  const backend = createReferenceBackend();
  interface Node {
    readonly y: Tensor;
    self?: Node;
  }
  const { y } = backend.scope(() => {
    const node: Node = { y: backend.tensor(ramp(4), [4]) };
    node.self = node;
    return node;
  });
  expect(y.disposed).toBe(false);
});

it("classes hold options and call the operator", () => {
  const backend: Backend = createReferenceBackend();
  const x = backend.tensor(ramp(64), [1, 1, 8, 8]);
  expect(new BlurPool({ kernelSize: 3 }).call(x).dataSync()).toEqual(
    blurPool(x, { kernelSize: 3 }).dataSync(),
  );
});

it("a disposed backend says so", () => {
  const backend = createReferenceBackend();
  const x = backend.tensor(ramp(4), [1, 1, 4]);
  backend.dispose();
  backend.dispose();
  expect(refused(() => x.dataSync()).code).toBe("DISPOSED");
  expect(refused(() => backend.tensor(ramp(4), [4])).code).toBe("DISPOSED");
  x.dispose();
});

describe("a repeated call", () => {
  it("is neither described nor prepared anew", () => {
    const { device } = createReferenceBackend() as unknown as { device: Device };
    const asked: string[] = [];
    const backend = new Backend(
      new Proxy(device, {
        get(target, name) {
          const value = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          return (...args: unknown[]) => {
            if (name === "supports" || name === "prepare") asked.push(name);
            return value.apply(target, args);
          };
        },
      }),
    );
    const x = backend.tensor(ramp(16), [1, 1, 4, 4]);
    const y = maxPool(x, { kernelSize: 2 });
    const first = asked.splice(0);
    expect(first).toContain("prepare");
    expect(maxPool(x, { kernelSize: 2 }).dataSync()).toEqual(y.dataSync());
    expect(maxPool.plan(x, { kernelSize: 2 }).kernel).not.toBeNull();
    expect(asked).toEqual([]);
    maxPool(x, { kernelSize: 3 });
    expect(asked).toEqual(first);
  });
});
