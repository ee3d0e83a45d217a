// What no library on WebAssembly can be faster than here: the import of a package of one empty module, one module of
// the size of ours read, compiled and instantiated, its memory filled, one kernel called, the result copied.
import { first } from "./shared.ts";

const file = new URL("../../../../packages/wasm/dist/core.simd.wasm", import.meta.url);

await first(
  async (x) => {
    await import("bench/empty");
    const module = await WebAssembly.compile(process.getBuiltinModule("node:fs").readFileSync(file));
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536 });
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    const { heapBase, elementwise_f32_add: add } = exports as Record<
      string,
      (...numbers: number[]) => number
    >;
    const params = (heapBase() + 63) & ~63;
    const input = params + 64;
    const out = input + x.byteLength;
    new Int32Array(memory.buffer, params, 1)[0] = input;
    new Float32Array(memory.buffer, input, x.length).set(x);
    add(out, input, params, 0, 0, x.length);
    return new Float32Array(memory.buffer, out, x.length).slice();
  },
  (y, x) => y.every((value, i) => value === 2 * x[i]),
);
