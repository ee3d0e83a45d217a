// Compiles assembly/ once per instruction set and embeds each as base64, so that every bundler can ship it; embeds the script of
// Node's threads too. `node scripts/build.mjs NAME` compiles assembly/NAME.ts alone to build/NAME.simd.wasm and
// build/NAME.relaxed.wasm, for work on one family.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { brotliCompressSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const entry = process.argv[2] ?? "index";
const whole = entry === "index";
const output = whole ? "core" : entry;

const builds = { simd: "simd", relaxed: "simd,relaxed-simd" };

async function compile(name) {
  const { default: asc } = await import("assemblyscript/asc");
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
      "--maximumMemory",
      "65536",
      "--enable",
      `${builds[name]},bulk-memory`,
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
  if (whole) embed(`core.${name}`, "base64", bytes.toString("base64"));
  console.log(`${output}.${name}.wasm: ${bytes.length} bytes, ${brotliCompressSync(bytes).length} brotli`);
}

async function bundleThread() {
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({ input: `${root}/src/threads/thread.node.ts`, platform: "node" });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  embed("thread", "script", output[0].code);
}

const embed = (file, name, text) =>
  writeFileSync(
    `${root}/src/generated/${file}.ts`,
    `export const ${name}: string =\n  ${JSON.stringify(text)};\n`,
  );

/** In a thread of its own: the compiler keeps one busy for seconds. */
const compileInThread = (name) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), {
      argv: process.argv.slice(2),
      workerData: name,
    });
    worker.once("error", reject);
    worker.once("exit", resolve);
  });

if (isMainThread) {
  mkdirSync(`${root}/build`, { recursive: true });
  mkdirSync(`${root}/src/generated`, { recursive: true });
  if (whole) await bundleThread();
  await Promise.all(Object.keys(builds).map(compileInThread));
} else {
  await compile(workerData);
}
