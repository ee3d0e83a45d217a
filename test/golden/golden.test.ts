import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { availableBackends } from "../backends.ts";
import { checkCase } from "./check.ts";
import { Goldens } from "./manifest.ts";
import { checkTables } from "./tables.ts";
import { translate } from "./translate.ts";

const goldens = new Goldens(fileURLToPath(new URL(".", import.meta.url)));
const backends = await availableBackends();
afterAll(() => {
  for (const backend of backends.values()) backend.dispose();
});

it("the manifest is whole", () => {
  expect(goldens.manifest.cases).toHaveLength(835);
  expect(goldens.manifest.cases.filter((golden) => typeof translate(golden) === "string")).toHaveLength(9);
});

describe("affines and tables", () => {
  for (const outcome of checkTables(goldens.manifest)) {
    it(outcome.name, () => expect(outcome).toEqual({ name: outcome.name, status: "passed" }));
  }
});

describe.each([...backends])("%s", (_, backend) => {
  for (const golden of goldens.manifest.cases) {
    if (typeof translate(golden) === "string") continue;
    it(golden.name, async () => {
      expect(await checkCase(goldens, golden, backend)).toEqual({ name: golden.name, status: "passed" });
    });
  }
});
