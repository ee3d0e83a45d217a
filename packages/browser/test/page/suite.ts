// What the tests call in the page.
import { createBackend } from "@halfband/browser";
import { checkConformance, type Verdicts } from "./conformance.ts";
import { checkGoldens } from "./goldens.ts";
import * as scenarios from "./scenarios.ts";
import { type Target, targets } from "./targets.ts";

async function onTarget(
  target: Target,
  check: (backend: Awaited<ReturnType<typeof createBackend>>) => Promise<Verdicts>,
) {
  const backend = await createBackend(targets[target]);
  try {
    return await check(backend);
  } finally {
    backend.dispose();
  }
}

const suite = {
  ...scenarios,
  conformance: (target: Target) => onTarget(target, checkConformance),
  goldens: (target: Target) => onTarget(target, checkGoldens),
};

export type Suite = typeof suite;
Object.assign(globalThis, { suite });
