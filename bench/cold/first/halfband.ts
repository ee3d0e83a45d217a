import { first, SHAPE } from "./shared.ts";

// The package as users install it, from the place where this repository builds it.
const entry = new URL("../../../../packages/halfband/dist/index.js", import.meta.url);

await first(async (x) => {
  const { createBackend, maxPool } = await import(entry.href);
  const backend = await createBackend({ device: "wasm" });
  return maxPool(backend.tensor(x, SHAPE), { kernelSize: 2 }).data();
});
