// A consumer's project under every bundler, as the README tells to set it up, run in a page under a strict policy.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { startChromium } from "./chromium.ts";
import { serve } from "./server.ts";

const PROGRAM = `
  import { createBackend, maxPool } from "@halfband/browser";

  async function main() {
    const output = document.querySelector("output");
    for (const options of [{ worker: true }, { worker: false }]) {
      const backend = await createBackend({ device: "wasm", ...options });
      const y = maxPool(backend.tensor(Float32Array.of(1, 3, 2, 0), [1, 1, 4]), { kernelSize: 2 });
      output.append(backend.info.reason.split("; ")[1], " ", (await y.data()).join(), ". ");
      backend.dispose();
    }
  }
  main().catch((error) => document.querySelector("output").append(String(error)));
`;
const RESULT = "it runs in a worker. 3,2. it runs in the calling thread. 3,2. ";
const HTML = `<!doctype html><output></output><script type="module" src="main.js"></script>`;

/** Builds `main.js` of a project into its folder `out`; `tool` is the bundler's module. */
type Build = (tool: Tool, project: string) => Promise<void>;
// Each bundler has an interface of its own; these are the parts that are called.
interface Tool {
  build(options: object): Promise<unknown>;
  rollup(options: object): Promise<{ write(options: object): Promise<unknown> }>;
  default(options: object, done: (error: Error | null, stats?: WebpackStats) => void): void;
}
interface WebpackStats {
  hasErrors(): boolean;
  toString(options: string): string;
}

/** By name of the bundler, with the packages it needs. */
const bundlers: Readonly<Record<string, { needs: readonly string[]; build: Build; copiesWorker: boolean }>> =
  {
    vite: {
      needs: ["vite"],
      copiesWorker: true,
      build: async ({ build }, root) => {
        const input = join(root, "main.js");
        const rolldownOptions = { input, output: { entryFileNames: "main.js" } };
        const options = { outDir: "out", emptyOutDir: false, rolldownOptions };
        await build({ root, base: "./", configFile: false, logLevel: "error", build: options });
      },
    },
    webpack: {
      needs: ["webpack"],
      copiesWorker: true,
      build: ({ default: webpack }, root) =>
        new Promise((resolve, reject) => {
          const output = { path: join(root, "out"), filename: "main.js" };
          webpack({ context: root, mode: "production", entry: "./main.js", output }, (error, stats) => {
            if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString("errors-only")));
            else resolve();
          });
        }),
    },
    esbuild: {
      needs: ["esbuild"],
      copiesWorker: false,
      build: async ({ build }, root) => {
        const options = { bundle: true, minify: true, splitting: true, format: "esm", logLevel: "error" };
        await build({ ...options, entryPoints: [join(root, "main.js")], outdir: join(root, "out") });
      },
    },
    rollup: {
      needs: ["rollup", "@rollup/plugin-node-resolve"],
      copiesWorker: false,
      build: async ({ rollup }, root) => {
        const { default: resolve } = loaded.get("@rollup/plugin-node-resolve") as {
          default(options: object): object;
        };
        const plugins = [resolve({ browser: true, rootDir: root })];
        const bundle = await rollup({ input: join(root, "main.js"), plugins });
        await bundle.write({ dir: join(root, "out"), format: "esm" });
      },
    },
  };

const load = async (name: string): Promise<unknown> => import(name).catch(() => undefined);
const loaded = new Map<string, unknown>();
for (const name of Object.values(bundlers).flatMap(({ needs }) => needs)) loaded.set(name, await load(name));

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const folders: string[] = [];
function makeProject(): string {
  const root = mkdtempSync(join(tmpdir(), "halfband-consumer-"));
  folders.push(root);
  mkdirSync(join(root, "node_modules/@halfband"), { recursive: true });
  mkdirSync(join(root, "out"));
  symlinkSync(packageFolder, join(root, "node_modules/@halfband/browser"), "dir");
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  writeFileSync(join(root, "main.js"), PROGRAM);
  writeFileSync(join(root, "out/index.html"), HTML);
  return root;
}

const browser = await startChromium("consumer bundles");
afterAll(async () => {
  await browser?.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!browser).each(Object.entries(bundlers))("%s", (_, { needs, build, copiesWorker }) => {
  const missing = needs.filter((name) => loaded.get(name) === undefined);
  if (missing.length > 0 && process.env.CI) throw new Error(`bundlers: ${missing} not installed`);

  it.skipIf(missing.length > 0)("makes a page that computes in a worker and on the page", async () => {
    const root = makeProject();
    await build(loaded.get(needs[0]) as Tool, root);
    if (!copiesWorker)
      copyFileSync(join(packageFolder, "dist/halfband-worker.js"), join(root, "out/halfband-worker.js"));
    const served = await serve({ "/out/": pathToFileURL(join(root, "out/")) });
    const page = await browser!.newPage();
    const problems: string[] = [];
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await page.goto(`${served.origin}/out/index.html`);
    await expect.poll(() => page.locator("output").textContent(), { timeout: 10_000 }).toBe(RESULT);
    expect(problems).toEqual([]);
    await page.close();
    await served.close();
  });
});
