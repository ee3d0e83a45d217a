// The entry `@halfband/wasm/url` in Node, which does not fetch files.
import { readFile } from "node:fs/promises";
import type { Backend } from "@halfband/ops";
import { createBackend, loadedBy, type WasmOptions } from "./backend.ts";
import { type LoadModule, shareMemory } from "./module.ts";

/** For `load` of a backend: reads the build's file, which lies beside this module, and compiles it. */
export const loadModule: LoadModule = async (build, shared) => {
  const bytes = new Uint8Array(await readFile(new URL(`./core.${build}.wasm`, import.meta.url)));
  return WebAssembly.compile(shared ? shareMemory(bytes) : bytes);
};

/** As `createWasmBackend` of `@halfband/wasm`, with the module read from its own file. */
export const createWasmBackend = async (options: WasmOptions = {}): Promise<Backend> =>
  createBackend(loadedBy(loadModule, options));
