import {
  avgPool,
  blurPool,
  conv,
  convBlurPool,
  createReferenceBackend,
  elementCount,
  flcPool,
  isHalfbandError,
  maxBlurPool,
  maxPool,
  maxPoolWithIndices,
  type OperatorCase,
  operators,
  type Tensor,
} from "@halfband/ops";
import { describe, expect, it } from "vitest";
import { Arena } from "../src/arena.ts";
import { createWasmBackend } from "../src/index.ts";

describe("the arena", () => {
  const LINE = 64;
  const memory = () => new WebAssembly.Memory({ initial: 1, maximum: 4 });

  it("hands out aligned blocks that do not overlap and reuses what was freed", () => {
    const arena = new Arena(memory(), 100);
    const blocks = [1, 64, 65, 1000].map((bytes) => ({ bytes, address: arena.allocate(bytes) }));
    for (const [i, { address }] of blocks.entries()) {
      expect(address % LINE).toBe(0);
      if (i > 0) expect(address).toBeGreaterThanOrEqual(blocks[i - 1].address + blocks[i - 1].bytes + LINE);
    }
    arena.free(blocks[1].address);
    arena.free(blocks[2].address);
    expect(arena.allocate(200)).toBe(blocks[1].address);
  });

  it("merges freed neighbours in any order", () => {
    const arena = new Arena(memory(), 0);
    const [a, b, c] = [arena.allocate(100), arena.allocate(100), arena.allocate(100)];
    for (const address of [a, c, b]) arena.free(address);
    expect(arena.bytesInUse).toBe(0);
    expect(arena.allocate(400)).toBe(a);
  });

  it("stays usable when memory is full", () => {
    const arena = new Arena(memory(), 0);
    const a = arena.allocate(100_000);
    expect(() => arena.allocate(200_000)).toThrow(expect.objectContaining({ code: "OUT_OF_MEMORY" }));
    arena.free(a);
    expect(arena.allocate(200_000)).toBe(a);
  });

  it("gives back everything a failed body allocated", () => {
    const arena = new Arena(memory(), 0);
    const kept = arena.allocate(100);
    expect(() =>
      arena.atomically(() => {
        arena.allocate(1000);
        arena.allocate(10_000_000);
      }),
    ).toThrow(expect.objectContaining({ code: "OUT_OF_MEMORY" }));
    expect(arena.bytesInUse).toBeLessThan(1000);
    arena.free(kept);
    expect(arena.bytesInUse).toBe(0);
  });
});

describe("createWasmBackend", () => {
  it("says what it chose", async () => {
    const backend = await createWasmBackend({ simd: "baseline", threads: 1 });
    expect(backend.info).toMatchObject({ device: "wasm", build: "simd", threads: 1 });
    const wide = await createWasmBackend({ threadHost: () => "there are none" });
    expect(wide.info).toMatchObject({
      threads: 1,
      reason: "WebAssembly was asked for. One thread: there are none.",
    });
  });

  it("takes the module from a file of its own", async () => {
    const { createWasmBackend: fromFile } = await import("@halfband/wasm/url");
    const backend = await fromFile({ simd: "baseline" });
    const y = maxPool(backend.tensor(Float32Array.of(1, 4, 2, 3), [1, 1, 2, 2]), { kernelSize: 2 });
    expect(await y.data()).toEqual(Float32Array.of(4));
  });

  it("refuses what this build cannot do", async () => {
    await expect(createWasmBackend({ threads: 2, threadHost: () => "there are none" })).rejects.toMatchObject(
      {
        code: "UNSUPPORTED",
        option: "threads",
      },
    );
    await expect(createWasmBackend({ thread: 2 } as never)).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "thread",
    });
    await expect(createWasmBackend({ threads: "2" as never })).rejects.toThrow('threads is "2"; expected');
    await expect(createWasmBackend({ simd: "avx" as never })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "simd",
    });
    await expect(createWasmBackend({ precision: "low" as never })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "precision",
      expected: ["auto", "highest"],
    });
    for (const splitFrom of [-1, Number.NaN]) {
      await expect(createWasmBackend({ splitFrom })).rejects.toMatchObject({ option: "splitFrom" });
    }
  });

  it("leaves Winograd out at the highest precision", async () => {
    for (const [precision, kernel] of [
      ["auto", "conv2d_f32_winograd4x4__simd"],
      ["highest", "conv2d_f32_4x8__simd"],
    ] as const) {
      const backend = await createWasmBackend({ simd: "baseline", precision });
      const x = backend.empty([1, 16, 24, 24]);
      const weight = backend.empty([16, 16, 3, 3]);
      expect(conv.plan(x, weight).kernel).toBe(kernel);
    }
  });

  it("warms up every operator", async () => {
    const backend = await createWasmBackend({ warmup: true });
    const y = flcPool(backend.tensor(new Float32Array(64).fill(1), [1, 1, 8, 8]));
    expect(Math.max(...y.dataSync())).toBeCloseTo(1, 6);
  });

  it("survives running out of memory", async () => {
    const backend = await createWasmBackend();
    const x = backend.tensor(new Float32Array(64).fill(3), [1, 1, 8, 8]);
    for (let i = 0; i < 3; i++) {
      expect(() => backend.empty([1, 1, 40_000, 40_000])).toThrow(
        expect.objectContaining({ code: "OUT_OF_MEMORY" }),
      );
    }
    // Few columns take a matrix, and an odd length a longer transform: those of these would not fit.
    const columns = backend.empty([1, 1, 100_001, 3]);
    const line = backend.empty([1, 1, 3_000_001]);
    expect(() => flcPool(line)).toThrow(expect.objectContaining({ code: "OUT_OF_MEMORY", op: "flcPool" }));
    expect(() => flcPool(columns)).toThrow(expect.objectContaining({ code: "OUT_OF_MEMORY", op: "flcPool" }));
    expect(maxPool(x, { kernelSize: 2 }).dataSync()).toEqual(new Float32Array(16).fill(3));
  });

  it("takes windows that reach beyond the image, as the reference does", async () => {
    using backend = await createWasmBackend({ threads: 1 });
    using reference = createReferenceBackend();
    const numbers = Float32Array.from({ length: 2 * 5 * 7 }, (_, i) => Math.sin(i));
    const weight = new Float32Array(4).fill(0.5);
    const calls: [string, (x: Tensor, weight: Tensor) => Tensor][] = [
      ["avgPool", (x) => avgPool(x, { kernelSize: 2, stride: 1e9 })],
      ["avgPool, ceil", (x) => avgPool(x, { kernelSize: 1e9, ceilMode: true })],
      ["avgPool, padded", (x) => avgPool(x, { kernelSize: [300, 1], stride: 1e9, padding: [150, 0] })],
      ["maxPool", (x) => maxPool(x, { kernelSize: 2, stride: [1e9, 1] })],
      ["maxPool, ceil", (x) => maxPool(x, { kernelSize: 1e9, ceilMode: true })],
      ["maxPool, dilated", (x) => maxPool(x, { kernelSize: [1, 2], dilation: [1e9, 2] })],
      ["values", (x) => maxPoolWithIndices(x, { kernelSize: 3, stride: 1e9 }).values],
      ["blurPool", (x) => blurPool(x, { stride: 1e9 })],
      [
        "blurPool, cropped",
        (x) =>
          blurPool(x, {
            padding: [
              [-2, 1000],
              [0, 1],
            ],
            paddingMode: "zeros",
          }),
      ],
      ["maxBlurPool", (x) => maxBlurPool(x, { max: { padding: 1 }, blur: { stride: 1e9 } })],
      ["conv", (x, w) => conv(x, w, { stride: 1e9, groups: 2 })],
      ["conv, padded", (x, w) => conv(x, w, { stride: [1, 1e9], padding: [0, 65536], groups: 2 })],
      ["convBlurPool", (x, w) => convBlurPool(x, w, { conv: { groups: 2 }, blur: { stride: 1e9 } })],
      [
        "gradient",
        (x) => avgPool.vjp(x, avgPool(x, { kernelSize: 2, stride: 1e9 }), { kernelSize: 2, stride: 1e9 }).x,
      ],
      ["flcPool", (x) => flcPool(x, { stride: 1e9 })],
    ];
    for (const [name, call] of calls) {
      const [got, want] = [backend, reference].map((where) =>
        call(where.tensor(numbers, [1, 2, 5, 7]), where.tensor(weight, [2, 1, 1, 2])),
      );
      expect([got.shape, got.grid], name).toEqual([want.shape, want.grid]);
      const expected = want.dataSync();
      for (const [i, value] of got.dataSync().entries()) expect(value, name).toBeCloseTo(expected[i], 5);
    }
  });

  it("refuses tables that it cannot hold before it makes them", async () => {
    using backend = await createWasmBackend({ threads: 1 });
    const shape = [1, 1, 2 ** 28];
    const prepare = () => backend.prepare(maxPool.plan({ shape, backend }, { kernelSize: 3, stride: 1 }));
    expect(prepare).toThrow(/maxPool: the tables for \[1, 1, 268435456\] do not fit into memory/);
    expect(maxPool(backend.tensor(Float32Array.of(1, 2), [1, 1, 2]), { kernelSize: 2 }).dataSync()[0]).toBe(
      2,
    );
  });

  it("leaks nothing over repeated calls, gradients and failures", async () => {
    const backend = await createWasmBackend();
    const device = (backend as unknown as { device: { core: { arena: Arena } } }).device;
    const once = () =>
      backend.scope(() => {
        for (const operator of operators) {
          const { operands, cases } = operator.definition;
          for (const { shapes, options, error } of cases as readonly OperatorCase<
            Record<string, unknown>
          >[]) {
            const tensors = Object.entries(shapes).map(([name, shape]) => [
              name,
              backend.tensor(new Float32Array(elementCount(shape)).fill(1), shape),
            ]);
            const byName = Object.fromEntries(tensors);
            const optional = Object.fromEntries(
              tensors.filter(([name]) => !operands.includes(name as string)),
            );
            const first = operands.map((name: string) => byName[name]);
            try {
              operator(...first, { ...options, ...optional });
            } catch (caught) {
              if (error === undefined || !isHalfbandError(caught)) throw caught;
            }
          }
        }
      });
    once();
    const before = device.core.arena.bytesInUse;
    for (let i = 0; i < 3; i++) once();
    expect(Math.abs(device.core.arena.bytesInUse - before)).toBeLessThan(1 << 20);
    backend.dispose();
  });
});
