import { fileURLToPath } from "node:url";
import { defineProject } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineProject({
  test: {
    name: "webgpu",
    root: here("."),
    include: ["test/**/*.test.ts"],
    pool: "forks", // Vulkan's loader reads the environment of the process; worker threads have a copy
    isolate: false, // one process for all files, so that pipelines are compiled once
    maxWorkers: 1,
    setupFiles: [here("test/setup-gpu.ts")],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    chaiConfig: { truncateThreshold: 0 }, // reasons are whole sentences
  },
});
