// Builds the package in the current folder: declarations by tsc, and one bundled module per entry by rolldown,
// since loading fifty small files costs a fresh process ten times what loading one does, and minified, with source maps,
// since reading it is the larger part of what is left. Other packages stay imports.
// What several `entries` need goes to a module that they share. An entry listed under `alone` holds all it needs, also
// the dependencies listed under `inline`: to find and load one more module takes a millisecond. `inject` names modules
// that take the place of globals.
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { rolldown } from "rolldown";
import { fromSource } from "./from-source.mjs";

const {
  name,
  dependencies = {},
  peerDependencies = {},
  halfband: { entries = ["index"], alone = [], inline = [], inject = {}, copy = [] } = {},
} = JSON.parse(readFileSync("package.json", "utf8"));

rmSync("dist", { recursive: true, force: true });
const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
const { status } = spawnSync(
  process.execPath,
  [join(typescript, "bin/tsc"), "-p", "tsconfig.json", "--emitDeclarationOnly", "--declarationMap", "false"],
  { stdio: "inherit" },
);
if (status !== 0) process.exit(status ?? 1);

const external = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];

/** What stands at the head of a bundle that holds others' code. */
const notices = inline
  .filter((dependency) => !dependency.startsWith("@halfband/"))
  .map((dependency) => JSON.parse(readFileSync(`node_modules/${dependency}/package.json`, "utf8")))
  .map(({ name, version, author, license }) => `/*! Holds ${name} ${version}, by ${author}, ${license}. */`);

/** Less text takes less time to read, at every start. Public names stay, as do those of classes. */
const minified = (publicNames) => ({
  compress: { keepNames: { class: true, function: false } },
  mangle: { keepNames: { class: true, function: false }, reserved: publicNames },
});

const injected = Object.fromEntries(
  Object.entries(inject).map(([global, file]) => [global, [resolve(file), global]]),
);

async function bundle(entries, inlined = []) {
  const build = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
    external: (id) =>
      id.startsWith("node:") ||
      id.endsWith(".wasm") ||
      external.some(
        (dependency) =>
          !inlined.includes(dependency) && (id === dependency || id.startsWith(`${dependency}/`)),
      ),
    platform: "neutral",
    plugins: [fromSource],
    transform: { target: "es2022", inject: injected },
  });
  // Written readably first, for its public names.
  const readable = await build.generate({ format: "esm" });
  const { output } = await build.write({
    dir: "dist",
    format: "esm",
    sourcemap: true,
    minify: minified(readable.output.flatMap((file) => (file.type === "chunk" ? file.exports : []))),
    chunkFileNames: "[name].js",
    banner: ({ isEntry }) => (isEntry && inlined.length > 0 ? notices.join("\n") : ""),
  });
  return output.filter((file) => file.type === "chunk");
}

const bundles = [await bundle(entries)];
for (const entry of alone) bundles.push(await bundle([entry], inline));
const modules = new Map();
for (const { fileName, code } of bundles.flat()) {
  if ((modules.get(fileName) ?? code) !== code)
    throw new Error(`Two bundles of ${name} differ in ${fileName}.`);
  modules.set(fileName, code);
}
for (const file of copy) copyFileSync(file, join("dist", basename(file)));
const bytes = [...modules.values()].reduce((sum, { length }) => sum + length, 0);
console.log(`${name}: ${modules.size} modules, ${bytes} bytes`);
