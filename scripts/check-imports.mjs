// Holds the arrows between packages (docs/architecture.md): who may import whom, and that every import is declared.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Packages each package may use at run time; nothing else points upward or sideways. */
const allowed = {
  ops: [],
  wasm: ["ops"],
  webgpu: ["ops"],
  nifti: ["ops"],
  measure: ["ops"],
  compare: ["ops", "measure", "nifti"],
  node: ["ops", "wasm", "webgpu", "nifti", "measure", "compare"],
  browser: ["ops", "wasm", "webgpu", "nifti", "measure", "compare"],
  halfband: ["ops", "wasm", "webgpu", "nifti", "node", "browser"],
};
/** The compute packages have no other run-time dependency than the design card's. */
const foreign = { ops: [], wasm: ["@assemblyscript/loader"], webgpu: [], measure: [], compare: [] };

const packages = fileURLToPath(new URL("../packages/", import.meta.url));
const problems = [];
const nameOf = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

for (const folder of readdirSync(packages)) {
  const arrows = allowed[folder];
  if (arrows === undefined) {
    problems.push(`packages/${folder} has no line in scripts/check-imports.mjs`);
    continue;
  }
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(
    readFileSync(`${packages}${folder}/package.json`, "utf8"),
  );
  const ours = new Set(arrows.map((name) => `@halfband/${name}`));
  for (const name of Object.keys(dependencies)) {
    if (
      name.startsWith("@halfband/") ? !ours.has(name) : foreign[folder] && !foreign[folder].includes(name)
    ) {
      problems.push(`packages/${folder} must not depend on ${name}`);
    }
  }
  for (const file of readdirSync(`${packages}${folder}/src`, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    const source = readFileSync(`${packages}${folder}/src/${file}`, "utf8");
    for (const [, specifier] of source.matchAll(
      /^(?:import|export)\b[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/gm,
    )) {
      if (specifier === undefined || specifier.startsWith("node:")) continue;
      if (specifier.startsWith(".")) {
        const depth = file.split("/").length - 1;
        if (specifier.split("../").length - 1 > depth)
          problems.push(`packages/${folder}/src/${file} reaches outside its package: ${specifier}`);
      } else if (!(nameOf(specifier) in dependencies) && !(nameOf(specifier) in peerDependencies)) {
        problems.push(
          `packages/${folder}/src/${file} imports ${specifier}, which package.json does not declare`,
        );
      }
    }
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
