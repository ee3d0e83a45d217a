// The entry `@halfband/wasm/url`: the modules as files of their own, streamed and cached by the browser.
import type { Backend } from "@halfband/ops";
import { createBackend, loadedBy, type WasmOptions } from "./backend.ts";
import { type LoadModule, shareMemory } from "./module.ts";

/**
 * For `load` of a backend: fetches the build's file, which lies beside this module, and compiles it. A third smaller on
 * its way than the copy embedded in `@halfband/wasm`. Bundlers find both files by the form of these expressions.
 */
export const loadModule: LoadModule = async (build, shared) => {
  const address =
    build === "simd"
      ? new URL("./core.simd.wasm", import.meta.url)
      : new URL("./core.relaxed.wasm", import.meta.url);
  const response = await fetch(address);
  // Streaming wants the right media type, which not every server sends.
  if (!shared && response.headers.get("content-type") === "application/wasm")
    return WebAssembly.compileStreaming(response);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return WebAssembly.compile(shared ? shareMemory(bytes) : bytes);
};

/** As `createWasmBackend` of `@halfband/wasm`, with the module fetched from its own address. */
export const createWasmBackend = async (options: WasmOptions = {}): Promise<Backend> =>
  createBackend(loadedBy(loadModule, options));
