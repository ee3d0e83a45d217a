// halfband with max pooling alone, from its own sources: what is left of a first result when all other operators go.
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const packages = fileURLToPath(new URL("../../../packages/", import.meta.url));
const folder = fileURLToPath(new URL("first/one-operator", import.meta.url));

/** What stands in for the lists of operators and kernels, and for what only other operators need. */
const INSTEAD: Readonly<Record<string, string>> = {
  "ops/src/operators/index.ts": `
    import { maxPool } from "./maxPool/maxPool.ts";
    export { maxPool };
    export const operators = [maxPool];`,
  "ops/src/modules.ts": "export {};",
  "ops/src/image-matrix.ts": "export {};",
  "wasm/src/kernels/index.ts": `
    import { maxpool, maxpoolVjp } from "./maxpool.ts";
    const families = { maxpool, maxpoolVjp };
    export const kernelOf = (step) => families[step.family];`,
  "wasm/src/kernels/fused.ts": "export const fusedKernels = [];",
  "wasm/src/kernels/conv-trial.ts": "export class TileTrial {}",
};

const onlyMaxPool = {
  name: "only-max-pool",
  load(id: string) {
    const code = INSTEAD[id.slice(packages.length)];
    return code === undefined ? null : { code, moduleType: "ts" as const };
  },
};

/** Makes a folder with both packages, minified as they are published, and the program that times them. */
export async function makeOneOperator(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await makePackage("ops", "index");
  const wasm = await makePackage("wasm", "index.node", {
    TextDecoder: [join(packages, "wasm/src/text-decoder.ts"), "TextDecoder"],
  });
  for (const file of ["core.simd.wasm", "core.relaxed.wasm"])
    cpSync(join(packages, "wasm/dist", file), join(wasm, file));
  for (const file of ["halfband-wasm.js", "shared.js"]) cpSync(join(folder, "..", file), join(folder, file));
}

async function makePackage(
  name: string,
  entry: string,
  inject: Record<string, [file: string, name: string]> = {},
): Promise<string> {
  const from = join(packages, name);
  const to = join(folder, "node_modules/@halfband", name);
  cpSync(join(from, "package.json"), join(to, "package.json"));
  const build = await rolldown({
    cwd: from,
    input: { [entry]: join(from, "src", `${entry}.ts`) },
    external: (id) => id === "@halfband/ops" || id.includes("/generated/"),
    platform: "neutral",
    plugins: [onlyMaxPool],
    transform: { target: "es2022", inject },
  });
  const dist = join(to, "dist");
  await build.write({ dir: dist, format: "esm", minify: true });
  return dist;
}
