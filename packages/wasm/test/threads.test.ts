import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { HalfbandError } from "@halfband/ops";
import { afterEach, describe, expect, it } from "vitest";
import { Core } from "../src/core.ts";
import { createWasmBackend } from "../src/index.ts";
import { shareMemory } from "../src/module.ts";
import {
  chooseThreads,
  nodeThreads,
  type StartThread,
  type Thread,
  type ThreadHost,
} from "../src/threads/host.ts";
import { noise } from "./step-tester.ts";

const module = new WebAssembly.Module(
  shareMemory(Uint8Array.from(readFileSync(new URL("../build/core.simd.wasm", import.meta.url)))),
);
const host = nodeThreads() as ThreadHost;

const cores: Core[] = [];
afterEach(() => {
  for (const core of cores.splice(0)) core.pool?.stop();
});

function newCore(count: number, startThread: StartThread = host.startThread, splitFrom = 0): Core {
  const core = new Core(module, "simd", "auto", { count, startThread, splitFrom });
  cores.push(core);
  return core;
}

/** |x + i x|, as if every item took a microsecond. */
function magnitudes(core: Core, x: Float32Array): Float32Array {
  const [input, out] = [core.arena.allocate(x.byteLength), core.arena.allocate(x.byteLength)];
  const params = core.arena.allocate(12);
  core.f32(input, x.length).set(x);
  core.f32(out, x.length).fill(Number.NaN);
  core.i32(params, 3).set([input, 0, 0]);
  const kernel = core.split("elementwise_f32_magnitude", { itemNanoseconds: 1000 });
  kernel.run(out, input, params, 0, x.length);
  kernel.dispose();
  const result = core.f32(out, x.length).slice();
  for (const address of [input, out, params]) core.arena.free(address);
  return result;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("the pool", () => {
  it("gives the same bits for any number of threads and items", async () => {
    const x = noise(5000);
    const want = magnitudes(newCore(1), x);
    for (const count of [2, 3, 5]) {
      const core = newCore(count);
      await core.pool?.start();
      for (const length of [0, 1, 2, 7, 8, 9, 255, 256, 1023, 5000]) {
        expect(magnitudes(core, x.subarray(0, length))).toEqual(want.subarray(0, length));
      }
    }
  });

  it("works however short the jobs are and however they follow each other, asleep and awake", async () => {
    const core = newCore(3);
    await core.pool?.start();
    const x = noise(64);
    const want = magnitudes(newCore(1), x);
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 500; i++) expect(magnitudes(core, x)).toEqual(want);
      if (round % 5 === 0) await sleep(5);
    }
  });

  it("sees memory that has grown since the threads started", async () => {
    const core = newCore(2);
    await core.pool?.start();
    const before = core.memory.buffer.byteLength;
    const block = core.arena.allocate(before * 4);
    const x = noise(1 << 16);
    expect(magnitudes(core, x)).toEqual(magnitudes(newCore(1), x));
    expect(core.memory.buffer.byteLength).toBeGreaterThan(before * 4);
    core.arena.free(block);
  });

  it("lets threads take part, each with scratch of its own", async () => {
    const core = newCore(2);
    const taken = core.split("elementwise_f32_magnitude", { itemNanoseconds: 1, scratchBytes: 100 });
    const bytes = core.arena.bytesInUse;
    taken.dispose();
    expect(bytes - core.arena.bytesInUse).toBeGreaterThanOrEqual(200);
  });

  it("starts threads by itself only once there was work to share", async () => {
    let started = 0;
    const counted: StartThread = (start) => {
      started++;
      return host.startThread(start);
    };
    const core = newCore(2, counted, 1000);
    const x = noise(1000); // as if a millisecond of work
    for (let i = 0; i < 20; i++) magnitudes(core, x);
    expect(started).toBe(0);
    magnitudes(core, x);
    expect(started).toBe(1);
  });

  it("wakes threads for a row of short jobs, not for a single one", async () => {
    const core = newCore(2, host.startThread, 40_000);
    await core.pool?.start();
    await sleep(20);
    const short = 50_000;
    expect([1, 2, 3].map(() => core.pool?.takes(short))).toEqual([false, false, true]);
    expect(core.pool?.takes(200_000)).toBe(true);
  });

  it("says when threads do not start, stops those that did, and goes on alone", async () => {
    const stopped: number[] = [];
    const failing: StartThread = (start): Thread =>
      start.thread === 2
        ? { ready: Promise.reject(new Error("no room")), stop: () => stopped.push(2) }
        : { ready: Promise.resolve(), stop: () => stopped.push(start.thread) };
    const core = newCore(3, failing);
    await expect(core.pool?.start()).rejects.toThrow("no room");
    expect(stopped).toEqual([1, 2]);
    expect(core.pool?.failure).toMatch(/no room/);
    const x = noise(100);
    expect(magnitudes(core, x)).toEqual(magnitudes(newCore(1), x));

    const options = { threads: 2, threadHost: () => ({ available: 2, startThread: failing }) } as const;
    const backend = await createWasmBackend(options);
    expect(backend.info.threads).toBe(2);
    await expect(createWasmBackend({ ...options, threads: 3 })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      option: "threads",
      got: 3,
    });
  });

  it("passes on that a kernel failed, and stays usable", async () => {
    const core = newCore(2);
    await core.pool?.start();
    const x = noise(4096);
    const input = core.arena.allocate(x.byteLength);
    const params = core.arena.allocate(12);
    core.i32(params, 3).set([0xffff0000, 0, 0]); // reads behind the end of memory
    const kernel = core.split("elementwise_f32_magnitude", { itemNanoseconds: 1000 });
    expect(() => kernel.run(input, input, params, 0, x.length)).toThrow(/failed/);
    expect(magnitudes(core, x)).toEqual(magnitudes(newCore(1), x));
  });
});

describe("threads of a backend", () => {
  it("end when the backend is disposed", async () => {
    const workers: Worker[] = [];
    const watch = (worker: Worker) => void workers.push(worker);
    process.on("worker", watch);
    const backend = await createWasmBackend({ threads: 3 });
    process.off("worker", watch);
    expect(backend.info.threads).toBe(3);
    expect(workers).toHaveLength(2);
    const ended = Promise.all(
      workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve))),
    );
    backend.dispose();
    await ended;
  });

  it("keep no process alive", async () => {
    const program = `
      import { flcPool } from "@halfband/ops";
      import { createWasmBackend } from "@halfband/wasm";
      const backend = await createWasmBackend({ threads: 2 });
      const y = flcPool(backend.tensor(new Float32Array(64 * 128 * 128).fill(1), [1, 64, 128, 128]));
      console.log(backend.info.threads, (await y.data())[5].toFixed(3));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--no-warnings", "--input-type=module", "--eval", program],
      { cwd: new URL("..", import.meta.url), timeout: 20_000 },
    );
    expect(stdout).toBe("2 1.000\n");
  });

  it("are counted as asked, where they can be had", () => {
    const four = () => ({ ...host, available: 4 });
    expect(chooseThreads("auto", four).count).toBe(4);
    expect(chooseThreads("auto", () => ({ ...host, available: 64 })).count).toBe(8);
    expect(chooseThreads(16, four).count).toBe(16);
    expect(chooseThreads(1, four)).toEqual({ count: 1 });
    expect(chooseThreads("auto", () => "there are none")).toEqual({
      count: 1,
      note: "One thread: there are none.",
    });
    expect(() => chooseThreads(2, () => "there are none")).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED", option: "threads", got: 2 }),
    );
    for (const threads of [0, -1, 1.5, 65, "many" as never]) {
      expect(() => chooseThreads(threads, four)).toThrow(HalfbandError);
      expect(() => chooseThreads(threads, four)).toThrow(/expected "auto" or an integer from 1 to 64/);
    }
  });
});
