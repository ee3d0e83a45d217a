// Runs one step through a kernel family with traps around it: outputs start as NaN, so that an element that was
// never written shows, and inputs must come back unchanged.
import type { Step } from "@halfband/ops";
import { expect } from "vitest";
import { DATA, MAP_FOR_READING, Usage } from "../src/flags.ts";
import type { KernelFamily } from "../src/kernel.ts";
import { Workspace } from "../src/workspace.ts";
import { gpu } from "./shared.ts";

export { gpu };

const { device } = gpu;

/** A quiet NaN with a pattern that no kernel computes. */
const TRAP = 0x7fe5a5a5;

function upload(data: Float32Array | Int32Array): GPUBuffer {
  const buffer = device.createBuffer({ size: Math.max(16, data.byteLength), usage: DATA });
  device.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength);
  return buffer;
}

async function download(source: GPUBuffer, length: number): Promise<Float32Array> {
  const staging = device.createBuffer({ size: length * 4, usage: Usage.MAP_READ | Usage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(source, 0, staging, 0, length * 4);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(MAP_FOR_READING);
  const data = new Float32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  return data;
}

/** Runs `step` on `inputs`; returns one array per output length given. */
export async function runStep<S extends Step>(
  family: KernelFamily<S>,
  step: S,
  inputs: readonly Float32Array[],
  outputLengths: readonly number[],
): Promise<Float32Array[]> {
  expect(family.select(step, gpu.limits)).toHaveProperty("kernel");
  const sources = inputs.map(upload);
  const targets = outputLengths.map((length) => upload(new Int32Array(length).fill(TRAP)));
  const before = gpu.buffersInUse;
  const workspace = new Workspace(gpu);
  device.pushErrorScope("validation");
  const launch = family.prepare(step, workspace);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  launch(pass, sources, targets);
  pass.end();
  device.queue.submit([encoder.finish()]);
  const refused = await device.popErrorScope();
  expect(refused?.message, "nothing is refused").toBeUndefined();
  const results = await Promise.all(targets.map((target, i) => download(target, outputLengths[i])));
  for (const [i, source] of sources.entries()) {
    const after = new Int32Array((await download(source, inputs[i].length)).buffer);
    expect(after, "inputs stay as they were").toEqual(new Int32Array(inputs[i].slice().buffer));
  }
  workspace.dispose();
  expect(gpu.buffersInUse, "dispose gives everything back").toBeLessThanOrEqual(before);
  for (const buffer of [...sources, ...targets]) buffer.destroy();
  for (const result of results) {
    expect(new Int32Array(result.buffer).includes(TRAP), "every element is written").toBe(false);
  }
  return results;
}

/** Deterministic values in [-1, 1). */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
