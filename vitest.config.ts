import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts", "apps/*/test/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/dist/**", "packages/webgpu/**"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      "packages/webgpu",
    ],
  },
});
