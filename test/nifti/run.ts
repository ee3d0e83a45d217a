import { fileURLToPath } from "node:url";
import { runNiftiGoldens } from "./goldens.ts";

const bundled = fileURLToPath(new URL("../../data/nifti", import.meta.url));
const dir = process.env.HALFBAND_NIFTI_DIR || bundled;

const results = await runNiftiGoldens(dir);
const failed = results.filter(({ passed }) => !passed);
for (const { name, reason } of failed) console.log(`${name}: ${reason}`);
console.log(
  `nifti: ${results.length} run, ${results.length - failed.length} passed, ${failed.length} failed`,
);
// A folder without goldens is a wrong path, not a success.
if (failed.length > 0 || results.length === 0) process.exitCode = 1;
