import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

// Public names change on purpose only: `npx vitest run test/platform/exports.test.ts -u` after such a change.
const { dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  dependencies: Record<string, string>;
};
const packages = Object.keys(dependencies).filter(
  (name) => name === "halfband" || name.startsWith("@halfband/"),
);

describe("public names", () => {
  it.each(packages)("%s", async (name) => {
    const exported: object = await import(name);
    expect(Object.keys(exported).sort()).toMatchSnapshot();
  });

  it("halfband has everything the design card names", async () => {
    const exported: object = await import("halfband");
    expect(Object.keys(exported)).toEqual(
      expect.arrayContaining([
        "createBackend",
        "maxPool",
        "maxPoolWithIndices",
        "avgPool",
        "conv",
        "blurPool",
        "maxBlurPool",
        "convBlurPool",
        "flcPool",
        "asapPool",
        "spectralPool",
        "kspacePool",
        "detailPreservingPool",
        "readNifti",
        "writeNifti",
        "BlurPool",
        "HalfbandError",
      ]),
    );
  });

  it("halfband's are those of the packages it is made of", async () => {
    const exported: Readonly<Record<string, unknown>> = await import("halfband");
    const [ops, nifti] = await Promise.all([import("@halfband/ops"), import("@halfband/nifti")]);
    for (const [name, value] of Object.entries(ops)) expect(exported[name], name).toBe(value);
    expect(exported.Volume).toBe(nifti.Volume);
  });

  it("says its name where it is shown", async () => {
    const { HalfbandError, Tensor, blurPool, isHalfbandError } = await import("halfband");
    const names = [HalfbandError, Tensor, blurPool, isHalfbandError].map(({ name }) => name);
    expect(names).toEqual(["HalfbandError", "Tensor", "blurPool", "isHalfbandError"]);
  });
});
