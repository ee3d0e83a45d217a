// How much of a first result is finding, reading and parsing the modules: nothing in them is called.
import { first } from "./shared.ts";

await first(
  async () => {
    const [{ createWasmBackend }, { maxPool }] = await Promise.all([
      import("@halfband/wasm"),
      import("@halfband/ops"),
    ]);
    return Float32Array.of(createWasmBackend.length, maxPool.length);
  },
  (y) => y.length === 2,
);
