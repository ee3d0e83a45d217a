// Builds the package in the current folder: declarations by tsc, and one bundled module per entry by rolldown,
// since loading fifty small files costs a fresh process ten times what loading one does. Other packages stay imports.
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { rolldown } from "rolldown";

const {
  name,
  dependencies = {},
  peerDependencies = {},
  halfband: { entries = ["index"], copy = [] } = {},
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
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
  external: (id) =>
    id.startsWith("node:") ||
    external.some((dependency) => id === dependency || id.startsWith(`${dependency}/`)),
  platform: "neutral",
  transform: { target: "es2022" },
});
const { output } = await bundle.write({
  dir: "dist",
  format: "esm",
  sourcemap: true,
  chunkFileNames: "[name].js",
});
for (const file of copy) copyFileSync(file, join("dist", basename(file)));
const bytes = output.reduce((sum, file) => sum + (file.type === "chunk" ? file.code.length : 0), 0);
console.log(`${name}: ${output.filter((file) => file.type === "chunk").length} modules, ${bytes} bytes`);
