// The runners of `npm run test:golden` and `npm run test:nifti` as processes: verdict, last lines, exit status.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, run as runElsewhere } from "./packed.ts";

const folder = mkdtempSync(`${tmpdir()}/halfband-runners-`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(file: string, environment: Readonly<Record<string, string>> = {}) {
  const { HALFBAND_GOLDEN_DIR, HALFBAND_NIFTI_DIR, ...own } = process.env;
  const env = { ...own, ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  return { status, lines: stdout.trim().split("\n"), errors: stderr };
}

beforeAll(() => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [`${root}node_modules/typescript/bin/tsc`, "-p", `${root}test`],
    { encoding: "utf8" },
  );
  expect(status, stdout).toBe(0);
});

describe("golden runner", () => {
  const runner = `${root}test/dist/golden/run.js`;

  it("passes the bundled goldens and says so in its last lines", () => {
    const { status, lines, errors } = run(runner);
    expect(status, [...lines, errors].join("\n")).toBe(0);
    for (const backend of ["reference", "wasm"]) {
      expect(lines).toContain(`${backend}: 826 run, 826 passed, 0 failed, 9 not expressible`);
    }
    expect(lines.at(-1)).toMatch(/^\S+: \d+ run, \d+ passed, 0 failed, 9 not expressible$/);
  });

  it("passes in Node 24, on the relaxed build too", { timeout: 180_000 }, () => {
    const { status, output } = runElsewhere("npx", ["-y", "node@24", runner], root);
    expect(status, output).toBe(0);
    expect(output).toContain("wasm-relaxed: 826 run, 826 passed, 0 failed, 9 not expressible");
  });

  it("fails where one number of a golden is wrong", () => {
    const dir = `${folder}/golden`;
    cpSync(`${root}test/golden`, dir, { recursive: true });
    const blob = readFileSync(`${dir}/maxPool.bin`);
    for (let at = 0; at + 4 <= blob.length; at += 4 * 997) blob.writeFloatLE(1e6, at);
    writeFileSync(`${dir}/maxPool.bin`, blob);
    const { status, lines } = run(runner, { HALFBAND_GOLDEN_DIR: dir });
    expect(status).toBe(1);
    expect(lines.at(-1)).toMatch(/ [1-9]\d* failed,/);
  });
});

describe("NIfTI runner", () => {
  const runner = `${root}test/dist/nifti/run.js`;

  it("passes the bundled scans and says so in its last line", () => {
    const { status, lines, errors } = run(runner);
    expect(status, [...lines, errors].join("\n")).toBe(0);
    expect(lines.at(-1)).toBe("nifti: 49 run, 49 passed, 0 failed");
  });

  it("fails where a voxel is not what its golden says", () => {
    const dir = `${folder}/nifti`;
    cpSync(`${root}test/data/nifti/encodings`, dir, { recursive: true });
    const scan = readFileSync(`${dir}/e_n1_le_i2.nii`);
    scan.writeInt16LE(scan.readInt16LE(scan.length - 2) + 1, scan.length - 2);
    writeFileSync(`${dir}/e_n1_le_i2.nii`, scan);
    const { status, lines } = run(runner, { HALFBAND_NIFTI_DIR: dir });
    expect(status).toBe(1);
    expect(lines.at(-1)).toMatch(/, 1 failed$/);
  });

  it("fails on a folder without goldens", () => {
    expect(run(runner, { HALFBAND_NIFTI_DIR: mkdtempSync(`${folder}/empty-`) }).status).toBe(1);
  });
});
