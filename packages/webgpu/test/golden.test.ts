// Every golden case of the operators, run in Dawn.
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkCase } from "../../../test/golden/check.ts";
import { Goldens } from "../../../test/golden/manifest.ts";
import { translate } from "../../../test/golden/translate.ts";
import { backend } from "./shared.ts";

const goldens = new Goldens(fileURLToPath(new URL("../../../test/golden/", import.meta.url)));

describe("goldens", () => {
  for (const golden of goldens.manifest.cases) {
    if (typeof translate(golden) === "string") continue;
    it(golden.name, async () => {
      const outcome = await checkCase(goldens, golden, backend);
      expect("reason" in outcome ? outcome.reason : outcome.status).toBe("passed");
    });
  }
});
