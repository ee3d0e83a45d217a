// Runs before anything creates a GPU. Worker threads have their own copy of the environment, which Vulkan's loader
// does not see: vitest's pool must be forks. Without a GPU, every test is skipped and says why; with CI set, that is
// an error.
import { beforeEach } from "vitest";
import { provideVulkan } from "../../../test/vulkan.ts";

provideVulkan();
const { lacking } = await import("./shared.ts");
if (lacking !== undefined) {
  if (process.env.CI) throw new Error(`The webgpu tests must run in CI, but there is ${lacking}.`);
  beforeEach((test) => test.skip(`not run: ${lacking}`));
}
