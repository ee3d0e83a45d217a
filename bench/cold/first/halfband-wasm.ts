import { first, SHAPE } from "./shared.ts";

await first(async (x) => {
  const [{ createWasmBackend }, { maxPool }] = await Promise.all([
    import("@halfband/wasm"),
    import("@halfband/ops"),
  ]);
  const backend = await createWasmBackend();
  return maxPool(backend.tensor(x, SHAPE), { kernelSize: 2 }).data();
});
