// From array to array: how jobs are cut, what they leave behind, what they refuse.
import { describe, expect, it } from "vitest";
import {
  avgPool,
  Backend,
  blurPool,
  conv,
  createReferenceBackend,
  type Device,
  detailPreservingPool,
  elementCount,
  type HalfbandError,
  maxPool,
  maxPoolWithIndices,
  type Plan,
  type PreparedPlan,
  type TensorData,
} from "../src/index.ts";

const ramp = (length: number) => Float32Array.from({ length }, (_, i) => (i * 7919) % 1009);

interface Watched {
  readonly backend: Backend;
  /** Shapes of the first input of every run. */
  readonly runs: string[];
  /** Buffers and prepared plans that were not given back. */
  readonly held: Set<unknown>;
  /** The run that fails, counted from here. */
  failing: number;
}

/** The reference for parts of so many bytes, with what it does and holds. */
function watched(partBytes: number, isHere = true): Watched {
  const { device } = createReferenceBackend() as unknown as { device: Device };
  const held = new Set<unknown>();
  const watch: Watched = {
    backend: new Backend({
      info: device.info,
      supports: (plan) => device.supports(plan),
      partBytes: () => partBytes,
      allocate(bytes) {
        const buffer = device.allocate(bytes);
        held.add(buffer);
        return buffer;
      },
      free: (buffer) => void held.delete(buffer),
      write: (buffer, data) => device.write(buffer, data),
      read: (buffer, dtype, length) => device.read(buffer, dtype, length),
      ...(isHere
        ? {
            readSync: (buffer, dtype, length) => device.readSync!(buffer, dtype, length),
            readInto: (buffer, target) => device.readInto!(buffer, target),
          }
        : {}),
      prepare(plan, bound) {
        const prepared = device.prepare(plan, bound);
        held.add(prepared);
        return {
          run(buffers) {
            if (--watch.failing === 0) throw new Error("stop");
            watch.runs.push(plan.values[0].shape.join("x"));
            prepared.run(buffers);
          },
          dispose: () => void held.delete(prepared),
        };
      },
      dispose() {},
    }),
    runs: [],
    held,
    failing: 0,
  };
  return watch;
}

/** Runs on arrays and compares with a run on tensors. Inputs but the first are bound. */
async function runs(plan: Plan, partBytes: number): Promise<string[]> {
  const { backend, runs, held } = watched(partBytes);
  const inputs = plan.values.filter(({ role }) => role === "input");
  const tensors = inputs.map(({ shape }) => backend.tensor(ramp(elementCount(shape)), shape));
  const outputs = plan.values.filter(({ role }) => role === "output");
  const want = outputs.map(({ shape, dtype }) => backend.empty(shape, dtype));
  const run = backend.prepare(
    plan,
    Object.fromEntries(inputs.slice(1).map(({ name }, i) => [name, tensors[i + 1]])),
  );
  run(tensors[0], ...want);
  runs.length = 0;
  const before = held.size;
  const got = want.map(
    ({ dtype, size }): TensorData => (dtype === "int32" ? new Int32Array(size) : new Float32Array(size)),
  );
  expect(await run.arrays(tensors[0].dataSync(), ...got)).toEqual(got);
  expect(got).toEqual(want.map((tensor) => tensor.dataSync()));
  const seen = [...runs];
  await run.arrays(tensors[0].dataSync(), ...got);
  expect(await run.arrays(tensors[0].dataSync())).toEqual(got);
  expect(runs).toEqual([...seen, ...seen, ...seen]);
  run.dispose();
  expect(held.size).toBeLessThan(before);
  for (const tensor of [...tensors, ...want]) tensor.dispose();
  expect(held.size).toBe(0);
  return seen;
}

describe("jobs on arrays are cut", () => {
  const x = { shape: [2, 5, 6, 8] };
  const planeBytes = 4 * (6 * 8 + 3 * 4);

  it("between planes, in parts of about the same size", async () => {
    expect(await runs(blurPool.plan(x), 4 * planeBytes)).toEqual(["1x4x6x8", "1x4x6x8", "1x2x6x8"]);
    expect(await runs(blurPool.plan(x), 9 * planeBytes)).toEqual(["1x5x6x8", "1x5x6x8"]);
    const more = { shape: [1, 25, 6, 8] };
    expect(await runs(blurPool.plan(more), 6.5 * planeBytes)).toEqual(new Array(5).fill("1x5x6x8"));
    expect(await runs(blurPool.plan(more), 9 * planeBytes)).toEqual(["1x9x6x8", "1x9x6x8", "1x7x6x8"]);
    expect(await runs(blurPool.plan(x), 10 * planeBytes)).toEqual(["2x5x6x8"]);
    expect(await runs(blurPool.plan(x), 1)).toEqual(new Array(10).fill("1x1x6x8"));
  });

  it("where there are several outputs, and for gradients", async () => {
    expect(await runs(maxPoolWithIndices.plan(x, { kernelSize: 2 }), 1)).toEqual(
      new Array(10).fill("1x1x6x8"),
    );
    const { backend, runs: seen } = watched(1);
    const gradient = backend.prepare(avgPool.vjpPlan(x, { kernelSize: 3 }));
    const gx = new Float32Array(2 * 5 * 6 * 8);
    await gradient.arrays(gx.slice(), ramp(2 * 5 * 2 * 2), gx);
    expect(seen).toEqual(new Array(10).fill("1x1x6x8"));
    expect(gx).toContain(Math.fround(ramp(2)[1] / 9));
  });

  it("within planes where windows are blocks of rows", async () => {
    const long = { shape: [1, 2, 7, 4] };
    expect(await runs(maxPool.plan(long, { kernelSize: 2 }), 1)).toEqual(new Array(6).fill("1x1x2x4"));
    const twoRows = 2 * 4 * (2 * 4 + 2);
    expect(await runs(avgPool.plan(long, { kernelSize: 2 }), twoRows)).toEqual([
      "1x1x4x4",
      "1x1x2x4",
      "1x1x4x4",
      "1x1x2x4",
    ]);
    expect(await runs(maxPool.plan(long, { kernelSize: 3, stride: 2 }), 1)).toHaveLength(2);
    expect(await runs(maxPool.plan(long, { kernelSize: 2, padding: 1 }), 1)).toHaveLength(2);
    expect(await runs(maxPool.plan(long, { kernelSize: 2, ceilMode: true }), 1)).toHaveLength(2);
  });

  it("between batch items where channels are not alone, with what is bound", async () => {
    const plan = conv.plan(x, { shape: [3, 5, 3, 3] }, { padding: 1 });
    expect(await runs(plan, 1)).toEqual(["1x5x6x8", "1x5x6x8"]);
    const lambda = { shape: [5] };
    expect(await runs(detailPreservingPool.plan(x, { lambda }), 1)).toHaveLength(2);
  });

  it("not where every part would need what is given only now, or gives to the same sum", async () => {
    const weight = { shape: [3, 5, 3, 3] };
    const { backend, runs: seen } = watched(1);
    const arrays = (plan: Plan) =>
      plan.values
        .filter(({ role }) => role === "input" || role === "output")
        .map(({ shape }) => new Float32Array(elementCount(shape)));
    for (const plan of [conv.plan(x, weight), conv.vjpPlan(x, weight)])
      await backend.prepare(plan).arrays(...arrays(plan));
    expect(seen).toEqual(["2x5x6x8", "2x5x6x8"]);
  });

  it("the same where results take a while to come", async () => {
    const { backend, runs: seen, held } = watched(planeBytes, false);
    const y = new Float32Array(2 * 5 * 3 * 4);
    const plan = blurPool.plan(x);
    using run = backend.prepare(plan);
    const before = held.size;
    const twice = [run.arrays(ramp(480), y), run.arrays(ramp(480), y.slice())];
    await Promise.all(twice);
    expect(seen).toHaveLength(20);
    expect(held.size).toBe(before + 1);
    const tensor = backend.tensor(ramp(480), x.shape);
    expect(y).toEqual(await blurPool(tensor).data());
  });
});

describe("an input taken in shares", () => {
  /** The reference, whose plans take so many elements at a time; with those it takes, and the bytes of buffers. */
  function sharing(elements: number, partBytes?: number) {
    const { device } = createReferenceBackend() as unknown as { device: Device };
    const taken: number[] = [];
    const allocated: number[] = [];
    const backend = new Backend(
      Object.create(device, {
        partBytes: { value: () => partBytes },
        allocate: {
          value(bytes: number) {
            allocated.push(bytes);
            return device.allocate(bytes);
          },
        },
        prepare: {
          value(plan: Plan, bound: ReadonlyMap<number, unknown>): PreparedPlan {
            const prepared = device.prepare(plan, bound);
            const whole = new Float32Array(elementCount(plan.values[0].shape));
            return {
              run: (buffers) => prepared.run(buffers),
              intake: {
                elements,
                take([share], element) {
                  const count = Math.min(elements, whole.length - element);
                  whole.set(device.readSync!(share, "float32", count) as Float32Array, element);
                  taken.push(element);
                },
                finish([_, ...others]) {
                  const all = device.allocate(4 * whole.length);
                  device.write(all, whole);
                  prepared.run([all, ...others]);
                },
              },
              dispose: () => prepared.dispose(),
            };
          },
        },
      }) as Device,
    );
    return { backend, taken, allocated };
  }

  const plan = blurPool.plan({ shape: [1, 5, 8, 8] });
  const x = ramp(320);
  const want = createReferenceBackend().prepare(plan).arrays(x);

  it("lies in a buffer of that size", async () => {
    const { backend, taken, allocated } = sharing(100);
    expect(await backend.prepare(plan).arrays(x, new Float32Array(80))).toEqual(await want);
    expect(taken).toEqual([0, 100, 200, 300]);
    expect(allocated).toEqual([400, 320]);
    expect(await backend.prepare(plan).arrays(x)).toEqual(await want);
    expect(allocated.slice(2)).toEqual([400, 320]);
  });

  it("comes so part by part, if all parts are alike", async () => {
    const one = sharing(50, 4 * 80);
    expect(await one.backend.prepare(plan).arrays(x, new Float32Array(80))).toEqual(await want);
    expect(one.taken).toEqual(Array.from({ length: 5 }, () => [0, 50]).flat());
    const two = sharing(50, 2 * 4 * 80);
    expect(await two.backend.prepare(plan).arrays(x, new Float32Array(80))).toEqual(await want);
    expect(two.taken).toEqual([]);
  });
});

describe("a job on arrays that fails", () => {
  const plan = blurPool.plan({ shape: [1, 4, 8, 8] });
  const x = ramp(256);

  it("gives back what it took, and the next one works", async () => {
    for (const isHere of [true, false]) {
      const watch = watched(1, isHere);
      const run = watch.backend.prepare(plan);
      await run.arrays(x, new Float32Array(64));
      const before = watch.held.size;
      watch.failing = 3;
      await expect(run.arrays(x, new Float32Array(64))).rejects.toThrow("stop");
      expect(watch.held.size).toBe(before);
      const y = new Float32Array(64);
      await run.arrays(x, y);
      expect(y.every((value) => value > 0)).toBe(true);
      expect(await run.arrays(x)).toEqual([y]);
      run.dispose();
      expect(watch.held.size).toBe(0);
    }
  });

  it("gives back what new results took", async () => {
    for (const isHere of [true, false]) {
      const watch = watched(1e9, isHere);
      using run = watch.backend.prepare(plan);
      const before = watch.held.size;
      watch.failing = 1;
      await expect(run.arrays(x)).rejects.toThrow("stop");
      const [y] = await run.arrays(x);
      expect(await run.arrays(x)).toEqual([y]);
      expect(watch.held.size).toBe(before);
    }
  });

  it("says what is wrong with the arrays", async () => {
    const run = createReferenceBackend().prepare(plan);
    const refused = (...arrays: unknown[]) =>
      run.arrays(...(arrays as TensorData[])).then(
        () => expect.unreachable(),
        ({ code, message }: HalfbandError) => `${code} ${message}`,
      );
    const y = new Float32Array(64);
    for (const [arrays, count] of [[[], 0] as const, [[x, y, y], 3] as const]) {
      expect(await refused(...arrays)).toBe(
        `INVALID_OPTION blurPool: got ${count} arrays; expected 2 (x, y), or 1 without the outputs.`,
      );
    }
    expect(await refused(x, y.subarray(1))).toBe(
      "INVALID_SHAPE blurPool: y has 63 numbers; the plan was made for [1, 4, 4, 4], which holds 64.",
    );
    expect(await refused([...x], y)).toBe("INVALID_OPTION blurPool: x is not a Float32Array.");
    expect(await refused(x, x.subarray(192))).toBe(
      "INVALID_OPTION blurPool: y shares memory with another array; expected an array of its own.",
    );
    const gone = new Float32Array(256);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    expect(await refused(gone, y)).toContain("INVALID_SHAPE blurPool: x has 0 numbers;");
  });

  it("takes shared memory", async () => {
    const run = createReferenceBackend().prepare(plan);
    const shared = new Float32Array(new SharedArrayBuffer(1024));
    shared.set(x);
    const y = new Float32Array(new SharedArrayBuffer(256));
    await run.arrays(shared, y);
    expect([...y]).toEqual([...(await run.arrays(x))[0]]);
  });

  it("is refused once the executable or the backend is disposed", async () => {
    const backend = createReferenceBackend();
    const run = backend.prepare(plan);
    run.dispose();
    await expect(run.arrays(x, new Float32Array(64))).rejects.toMatchObject({ code: "DISPOSED" });
    const other = backend.prepare(plan);
    backend.dispose();
    await expect(other.arrays(x, new Float32Array(64))).rejects.toMatchObject({ code: "DISPOSED" });
  });
});

it("tensors made in a scope around a job on arrays are its own", async () => {
  const { backend, held } = watched(1);
  const run = backend.prepare(blurPool.plan({ shape: [1, 4, 8, 8] }));
  const done = backend.scope(() => run.arrays(ramp(256), new Float32Array(64)));
  await done;
  run.dispose();
  expect(held.size).toBe(0);
});
