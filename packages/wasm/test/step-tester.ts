// Runs one step through a kernel family with traps around it: guard bytes before and after every buffer, and
// outputs filled with NaN, so that an out-of-bounds write or a voxel never written shows.

import { readFileSync } from "node:fs";
import type { Step } from "@halfband/ops";
import { expect } from "vitest";
import { Core } from "../src/core.ts";
import type { KernelFamily } from "../src/kernel.ts";

const GUARD_WORDS = 32;
const GUARD = 0x7fa5a5a5; // a NaN, so that reading it shows too

/** A file of `build/`: the relaxed build where the engine has it, or one family while working on it. */
const name = process.env.HALFBAND_CORE ?? "core.simd.wasm";
const module = new WebAssembly.Module(readFileSync(new URL(`../build/${name}`, import.meta.url)));
export const newCore = (): Core => new Core(module, name.includes("relaxed") ? "relaxed" : "simd");

function guarded(core: Core, length: number): number {
  const address = core.arena.allocate((length + 2 * GUARD_WORDS) * 4) + GUARD_WORDS * 4;
  core.i32(address - GUARD_WORDS * 4, length + 2 * GUARD_WORDS).fill(GUARD);
  return address;
}

function expectGuards(core: Core, address: number, length: number): void {
  for (const start of [address - GUARD_WORDS * 4, address + length * 4]) {
    expect(
      core.i32(start, GUARD_WORDS).every((word) => word === GUARD),
      "guard words are untouched",
    ).toBe(true);
  }
}

/** Runs `step` on `inputs`; returns one array per output length given. Inputs must come back unchanged. */
export function runStep<S extends Step>(
  family: KernelFamily<S>,
  step: S,
  inputs: readonly Float32Array[],
  outputLengths: readonly number[],
  core: Core = newCore(),
): Float32Array[] {
  // Freed memory full of NaN: whatever scratch the family allocates next starts poisoned.
  const poison = core.arena.allocate(1 << 20);
  core.i32(poison, 1 << 18).fill(GUARD);
  core.arena.free(poison);
  const sources = inputs.map((data) => {
    const address = guarded(core, data.length);
    core.f32(address, data.length).set(data);
    return address;
  });
  const targets = outputLengths.map((length) => guarded(core, length));
  const before = core.arena.bytesInUse;
  const launch = family.prepare(step, core, new Map());
  launch.run(sources, targets);
  launch.dispose();
  expect(core.arena.bytesInUse, "dispose gives everything back").toBe(before);
  sources.forEach((address, i) => {
    expectGuards(core, address, inputs[i].length);
    expect(core.i32(address, inputs[i].length)).toEqual(
      new Int32Array(inputs[i].buffer, inputs[i].byteOffset, inputs[i].length),
    );
  });
  return targets.map((address, i) => {
    expectGuards(core, address, outputLengths[i]);
    return core.f32(address, outputLengths[i]).slice();
  });
}

/** Deterministic values in [-1, 1). */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
