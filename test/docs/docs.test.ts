import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, documents, examples, isExcerpt, isProgram, isShell, root } from "./documents.ts";
import { type Importable, programOf } from "./program.ts";

/** Files that documents speak of, from test/data/nifti or the build. */
const files: Readonly<Record<string, string>> = {
  "epi.nii.gz": "test/data/nifti/epi_4d_oblique_i16.nii.gz",
  "labels.nii.gz": "test/data/nifti/labels_harvard_oxford_u8.nii.gz",
  "scan.hdr": "test/data/nifti/encodings/e_pair_le_i2.hdr",
  "scan.img": "test/data/nifti/encodings/e_pair_le_i2.img",
  "core.simd.wasm": "packages/wasm/build/core.simd.wasm",
};
/** The scan.nii.gz of documents that speak of a series, or of whole volumes in millimetres. */
const scans: Readonly<Record<string, string>> = {
  "README.md": "colin27_t1_brain_u8.nii.gz",
  "packages/nifti/README.md": "epi_4d_oblique_i16.nii.gz",
  "packages/compare/src/slice.ts": "colin27_t1_brain_u8.nii.gz",
};
const usualScan = "dwi_b0_oblique35_i16.nii.gz";
const cli = `${root}packages/halfband/dist/cli.js`;
const scripts: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(`${root}package.json`, "utf8"),
).scripts;

/** Inside the test package, so that its dependencies resolve; a build folder, so that nobody else looks at it. */
mkdirSync(`${root}test/dist`, { recursive: true });
const folder = mkdtempSync(`${root}test/dist/docs-`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(file: string, args: readonly string[], cwd: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { cwd, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

/** Shows the output where it failed. */
const succeeds = ({ status, output }: ReturnType<typeof run>): void => expect(status, output).toBe(0);

const folderName = (path: string): string => path.replaceAll(/[^\w]+/g, "-");

/** A folder of its own with a scan and the other files that the document names. */
function workingFolder(path: string): string {
  const dir = `${folder}/${folderName(path)}`;
  if (existsSync(dir)) return dir;
  mkdirSync(dir);
  copyFileSync(`${root}test/data/nifti/${scans[path] ?? usualScan}`, `${dir}/scan.nii.gz`);
  const text = readFileSync(root + path, "utf8");
  for (const [name, from] of Object.entries(files)) {
    const stem = name.replace(/\.img$/, ".hdr"); // a pair is named by its header
    if (text.includes(stem)) copyFileSync(root + from, `${dir}/${name}`);
  }
  return dir;
}

/** What the package at hand, halfband and then the others export. */
async function importableFor(path: string): Promise<Importable> {
  const own = /^packages\/(\w+)\//.exec(path)?.[1];
  const others = ["halfband", "@halfband/compare", "@halfband/measure", "@halfband/wasm"];
  const names = new Map<string, string>([["readFileSync", "node:fs"]]);
  for (const from of own && own !== "halfband" ? [`@halfband/${own}`, ...others] : others) {
    const exported: object = await import(from);
    for (const name of Object.keys(exported)) if (!names.has(name)) names.set(name, from);
  }
  return names;
}

const paths = documents();
/** By file; plain JavaScript runs as it is, everything else is type-checked before. */
const programs = [
  ...paths.map((path) => {
    const blocks = blocksOf(path).filter(isProgram);
    return { path, texts: blocks.map(({ text }) => text), plain: blocks.every(({ info }) => info === "js") };
  }),
  ...examples().map((example) => ({ ...example, plain: false })),
].filter(({ texts }) => texts.length > 0);

describe("programs", () => {
  let diagnostics: string[] = [];
  beforeAll(async () => {
    for (const { path, texts, plain } of programs) {
      writeFileSync(
        `${workingFolder(path)}/program.${plain ? "mjs" : "mts"}`,
        programOf(texts, await importableFor(path)),
      );
    }
    writeFileSync(
      `${folder}/tsconfig.json`,
      JSON.stringify({
        extends: `${root}tsconfig.base.json`,
        compilerOptions: {
          lib: ["es2023", "esnext.disposable", "dom"],
          types: ["node"],
          declaration: false,
          declarationMap: false,
          // Documents show the use, not the handling of what may be absent.
          noImplicitAny: false,
          strictNullChecks: false,
          exactOptionalPropertyTypes: false,
        },
        include: ["*/program.mts"],
      }),
    );
    const tsc = `${root}node_modules/typescript/bin/tsc`;
    diagnostics = run(tsc, ["-p", folder, "--pretty", "false"], folder).output.split("\n").filter(Boolean);
  });

  const belongs = (line: string, path: string) =>
    line.startsWith(`${folderName(path)}/`) || line.startsWith(" ");

  it("are compiled", () => {
    expect(diagnostics.filter((line) => !programs.some(({ path }) => belongs(line, path)))).toEqual([]);
  });

  it.each(programs)("$path type-checks and runs", ({ path }) => {
    expect(diagnostics.filter((line) => line.startsWith(`${folderName(path)}/`))).toEqual([]);
    const dir = workingFolder(path);
    succeeds(run(`${dir}/program.mjs`, [], dir));
  });
});

const shell = paths.flatMap((path) =>
  blocksOf(path)
    .filter(isShell)
    .flatMap(({ text }) => text.replaceAll("\\\n", " ").split("\n"))
    .map((line) => ({ path, line: line.replace(/\s+#.*$/, "").trim() })),
);

describe("commands", () => {
  it.each(shell.filter(({ line }) => line.startsWith("npx halfband")))("$path: $line", ({ path, line }) => {
    const [, , ...args] = line.split(/\s+/);
    succeeds(run(cli, args, workingFolder(path)));
  });

  it.each(shell.filter(({ line }) => / npm |^npm /.test(line)))("$path: $line names a script", ({ line }) => {
    const [, command, name] = /npm (\S+)(?:\s+(\S+))?/.exec(line) ?? [];
    if (command === "i" || command === "install") return;
    expect(Object.keys(scripts)).toContain(command === "run" ? name : command);
  });

  it.each(shell.filter(({ line }) => /^node [\w./-]+\.m?js/.test(line)))(
    "$path: $line names a file",
    ({ line }) => {
      expect(existsSync(root + line.split(/\s+/)[1])).toBe(true);
    },
  );
});

describe("excerpts", () => {
  const words = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
  const excerpts = paths.flatMap((path) =>
    blocksOf(path)
      .filter(isExcerpt)
      .map((block) => ({ path, ...block })),
  );

  it.each(excerpts)("$path:$line is what $info says", ({ info, text }) => {
    const source = words(readFileSync(root + info.split(" ")[1], "utf8"));
    // "// ..." stands for what was left out.
    for (const part of text.split(/^\s*\/\/ \.\.\.$/m)) expect(source).toContain(words(part));
  });
});

it("every other block is a diagram or plain text", () => {
  const others = paths.flatMap((path) =>
    blocksOf(path)
      .filter((block) => !isProgram(block) && !isExcerpt(block) && !isShell(block) && block.info !== "text")
      .map(({ info, line }) => `${path}:${line} ${info}`),
  );
  expect(others).toEqual([]);
});

it("links between documents lead somewhere", () => {
  const broken = paths.flatMap((path) => {
    const base = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
    const links = [...readFileSync(root + path, "utf8").matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)];
    return links
      .filter(([, to]) => !existsSync(new URL(to, `file://${root}${base}`)))
      .map(([, to]) => `${path} -> ${to}`);
  });
  expect(broken).toEqual([]);
});

it("docs/operators.md is what the definitions say", () => {
  succeeds(run(`${root}scripts/docs.mjs`, ["--check"], root));
});
