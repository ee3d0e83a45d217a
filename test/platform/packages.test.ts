// What users get: the packed packages, installed by npm into an empty project outside this repository.
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { brotliCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, isProgram } from "../docs/documents.ts";
import { installAll, packAll, publicPackages, type Ran, root, run } from "./packed.ts";

const MINUTE = 60_000;
const folder = mkdtempSync(`${tmpdir()}/halfband-packages-`);
const project = `${folder}/project`;
let tarballs: ReadonlyMap<string, string> = new Map();

beforeAll(() => {
  tarballs = packAll(`${folder}/tarballs`);
  installAll(tarballs, project);
  const [quickStart] = blocksOf("README.md").filter(isProgram);
  writeFileSync(`${project}/quick-start.mjs`, quickStart.text);
  copyFileSync(`${root}test/data/nifti/dwi_b0_oblique35_i16.nii.gz`, `${project}/scan.nii.gz`);
}, 5 * MINUTE);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const succeeds = ({ status, output }: Ran): void => expect(status, output).toBe(0);
const tool = (name: string): string => `${root}test/node_modules/.bin/${name}`;

describe.each(publicPackages)("$name", ({ name, dependencies }) => {
  it("holds the build, a licence and a readme, and no data", () => {
    const files = run("tar", ["-tzf", tarballs.get(name)!], folder)
      .output.trim()
      .split("\n");
    const needed = ["package.json", "LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"];
    expect(needed.filter((file) => !files.includes(`package/${file}`))).toEqual([]);
    expect(files.filter((file) => /\.(nii|gz|hdr|img|bin|png|test\.\w+)$|\/test\//.test(file))).toEqual([]);
    const unusual = files.filter((file) => !/^package\/(package\.json|LICENSE|README\.md|dist\/)/.test(file));
    expect(unusual).toEqual([]);
  });

  it("is what publint calls well-formed", () =>
    succeeds(run(tool("publint"), ["--strict", tarballs.get(name)!], folder)));

  it("has types that resolve", () =>
    succeeds(
      run(tool("attw"), ["--profile", "esm-only", "--no-emoji", "--no-color", tarballs.get(name)!], folder),
    ));

  it("asks for a Node that has process.getBuiltinModule, which 21 and 22.0 to 22.2 lack", () => {
    const { engines } = JSON.parse(readFileSync(`${project}/node_modules/${name}/package.json`, "utf8"));
    expect(engines.node).toBe("^20.19.0 || >=22.3.0");
  });

  it("depends on nothing from the workspace, and on third parties where the design allows them", () => {
    const installed = JSON.parse(readFileSync(`${project}/node_modules/${name}/package.json`, "utf8"));
    for (const version of Object.values<string>(installed.dependencies ?? {})) {
      expect(version).not.toMatch(/workspace|file:|link:/);
    }
    const allowed: Readonly<Record<string, readonly string[]>> = {
      "@halfband/ops": [],
      "@halfband/wasm": ["@assemblyscript/loader"],
      "@halfband/measure": [],
      "@halfband/compare": [],
    };
    if (name in allowed) {
      expect(Object.keys(dependencies).filter((d) => !d.startsWith("@halfband/"))).toEqual(allowed[name]);
    }
  });
});

it("the README's quick start runs in this Node", () => {
  succeeds(run(process.execPath, ["quick-start.mjs"], project));
  expect(readdirSync(project)).toContain("half.nii.gz");
});

it("the README's quick start runs in Node 24", { timeout: 3 * MINUTE }, () => {
  rmSync(`${project}/half.nii.gz`, { force: true });
  succeeds(run("npx", ["-y", "node@24", "quick-start.mjs"], project));
  expect(readdirSync(project)).toContain("half.nii.gz");
});

it.each([
  ["esnext", "bundler"],
  ["nodenext", "nodenext"],
])(
  "its types stand in a strict project, module %s and resolution %s, that checks libraries",
  (module, moduleResolution) => {
    const [quickStart] = blocksOf("README.md").filter(isProgram);
    writeFileSync(`${project}/quick-start.ts`, quickStart.text);
    const options = ["--strict", "--target", "es2022", "--skipLibCheck", "false", "--types", ""];
    const compile = ["--noEmit", ...options, "--module", module, "--moduleResolution", moduleResolution];
    succeeds(run(`${root}node_modules/.bin/tsc`, [...compile, "quick-start.ts"], project));
  },
);

it("`npx halfband` runs", () => {
  succeeds(run("npx", ["--no-install", "halfband", "info", "scan.nii.gz"], project));
});

it.each(["simd", "relaxed"])("the %s build is under 40 KB brotli", (build) => {
  const bytes = readFileSync(`${root}packages/wasm/build/core.${build}.wasm`);
  const size = brotliCompressSync(bytes).length;
  console.info(`core.${build}.wasm: ${bytes.length} bytes, ${size} brotli`);
  expect(size).toBeLessThan(40_000);
});

it("tells how long the first result of a fresh process takes", () => {
  writeFileSync(
    `${project}/first.mjs`,
    `const start = performance.now();
const { createBackend, flcPool } = await import("halfband");
const loaded = performance.now();
const backend = await createBackend();
await flcPool(backend.tensor(new Float32Array(4096), [1, 1, 64, 64])).data();
const made = performance.now();
console.log(\`import \${(loaded - start).toFixed(1)} ms, backend and first result \${(made - loaded).toFixed(1)} ms\`);
`,
  );
  const first = run(process.execPath, ["first.mjs"], project);
  succeeds(first);
  console.info(first.output.trim());
});
