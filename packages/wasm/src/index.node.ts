// The entry in Node: a module is read from its file, which takes a fresh process less than decoding its text.
import type { Backend, Device } from "@halfband/ops";
import { createBackend, createDevice, loadedBy, type WasmOptions } from "./backend.ts";
import { compileEmbedded, type LoadModule, shareMemory } from "./module.ts";

export * from "./index.ts";

const compileFile: LoadModule = async (build, shared) => {
  const bytes = bytesBeside(build);
  if (bytes === undefined) return compileEmbedded(build, shared);
  return WebAssembly.compile(shared ? shareMemory(bytes) : bytes);
};

/** The file beside this module; undefined where a bundler took the module elsewhere, or the file may not be read. */
function bytesBeside(build: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    // Not by an import: a namespace of `node:fs` with all its names takes a millisecond to make.
    return process.getBuiltinModule("node:fs").readFileSync(new URL(`core.${build}.wasm`, import.meta.url));
  } catch {
    return undefined;
  }
}

export const createWasmBackend = async (options: WasmOptions = {}): Promise<Backend> =>
  createBackend(loadedBy(compileFile, options));

export const createWasmDevice = async (options: WasmOptions = {}): Promise<Device> =>
  createDevice(loadedBy(compileFile, options));
