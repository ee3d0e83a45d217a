// Compiles assembly/ once per instruction set and embeds each build as base64, so that every bundler can ship it.
// `node scripts/build.mjs NAME` compiles assembly/NAME.ts alone to build/NAME.simd.wasm, for work on one family.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const entry = process.argv[2] ?? "index";
const output = entry === "index" ? "core" : entry;
const builds = { simd: "simd", relaxed: "simd,relaxed-simd" };

mkdirSync(`${root}/build`, { recursive: true });
mkdirSync(`${root}/src/generated`, { recursive: true });
for (const [name, features] of Object.entries(builds)) {
  const files = new Map();
  const { error, stderr } = await asc.main(
    [
      `assembly/${entry}.ts`,
      "-O3",
      "--converge",
      "--noAssert",
      "--runtime",
      "stub",
      "--use",
      "abort=",
      "--importMemory",
      "--initialMemory",
      "2",
      "--enable",
      `${features},bulk-memory`,
      "--outFile",
      "core.wasm",
      "--baseDir",
      root,
    ],
    { writeFile: (file, data) => void files.set(file, data) },
  );
  if (error) throw new Error(`asc, build "${name}": ${stderr.toString()}`, { cause: error });
  const bytes = Buffer.from(files.get("core.wasm"));
  writeFileSync(`${root}/build/${output}.${name}.wasm`, bytes);
  if (entry === "index")
    writeFileSync(
      `${root}/src/generated/core.${name}.ts`,
      `export const base64: string =\n  "${bytes.toString("base64")}";\n`,
    );
  console.log(`${output}.${name}.wasm: ${bytes.length} bytes, ${brotliCompressSync(bytes).length} brotli`);
}
