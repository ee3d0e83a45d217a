// A consumer's project with the packed packages, under every bundler, as the README tells to set it up. What each
// makes runs in a page under a strict policy.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installAll, packAll, publicPackages, readJson } from "../../../test/platform/packed.ts";
import { startChromium } from "./chromium.ts";
import { serve } from "./server.ts";

const MINUTE = 60_000;
const PROGRAM = `
  import { createBackend as createBrowserBackend, maxPool } from "@halfband/browser";
  import { createBackend } from "halfband";

  async function main() {
    const output = document.querySelector("output");
    output.append(createBackend === createBrowserBackend ? "One copy. " : "Two copies. ");
    for (const options of [{ worker: true, threads: 2 }, { worker: false, threads: 1 }]) {
      const backend = await createBackend({ device: "wasm", ...options });
      const y = maxPool(backend.tensor(Float32Array.of(1, 3, 2, 0), [1, 1, 4]), { kernelSize: 2 });
      output.append(backend.info.reason.split("; ")[1], " ", backend.info.threads, ": ", (await y.data()).join(), ". ");
      backend.dispose();
    }
  }
  main().catch((error) => document.querySelector("output").append(String(error)));
`;
const RESULT = "One copy. it runs in a worker. 2: 3,2. it runs in the calling thread. 1: 3,2. ";
const HTML = `<!doctype html><output></output><script type="module" src="main.js"></script>`;

/** Builds `main.js` of a project into the folder `out`; `tool` is the bundler's module. */
type Build = (tool: Tool, project: string, out: string) => Promise<void>;
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

/** The part of npm's lock file that tells where packages came from. */
interface Lock {
  readonly packages: Readonly<Record<string, { readonly link?: boolean; readonly resolved?: string }>>;
}

/** By name of the bundler, with the packages it needs. All but rollup resolve for browsers unasked. */
const bundlers: Readonly<Record<string, { needs: readonly string[]; build: Build; copiesWorker: boolean }>> =
  {
    vite: {
      needs: ["vite"],
      copiesWorker: true,
      build: async ({ build }, root, outDir) => {
        const input = join(root, "main.js");
        const rolldownOptions = { input, output: { entryFileNames: "main.js" } };
        const options = { outDir, emptyOutDir: false, rolldownOptions };
        await build({ root, base: "./", configFile: false, logLevel: "error", build: options });
      },
    },
    webpack: {
      needs: ["webpack"],
      copiesWorker: true,
      build: ({ default: webpack }, root, path) =>
        new Promise((resolve, reject) => {
          const output = { path, filename: "main.js" };
          webpack({ context: root, mode: "production", entry: "./main.js", output }, (error, stats) => {
            if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString("errors-only")));
            else resolve();
          });
        }),
    },
    esbuild: {
      needs: ["esbuild"],
      copiesWorker: false,
      build: async ({ build }, root, outdir) => {
        const options = { bundle: true, minify: true, splitting: true, format: "esm", logLevel: "error" };
        await build({ ...options, entryPoints: [join(root, "main.js")], outdir });
      },
    },
    rollup: {
      needs: ["rollup", "@rollup/plugin-node-resolve"],
      copiesWorker: false,
      build: async ({ rollup }, root, dir) => {
        const { default: resolve } = loaded.get("@rollup/plugin-node-resolve") as {
          default(options: object): object;
        };
        const plugins = [resolve({ browser: true, rootDir: root })];
        const bundle = await rollup({ input: join(root, "main.js"), plugins });
        await bundle.write({ dir, format: "esm" });
      },
    },
  };

const load = async (name: string): Promise<unknown> => import(name).catch(() => undefined);
const loaded = new Map<string, unknown>();
for (const name of Object.values(bundlers).flatMap(({ needs }) => needs)) loaded.set(name, await load(name));

const folder = mkdtempSync(join(tmpdir(), "halfband-consumer-"));
const project = join(folder, "project");
const browser = await startChromium("consumer bundles");
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An empty folder of the project, with the page that loads the bundle. */
function makeOut(name: string): string {
  const out = join(project, "out", name);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "index.html"), HTML);
  return out;
}

describe.skipIf(!browser)("a project with the packed packages", () => {
  beforeAll(() => {
    installAll(packAll(join(folder, "tarballs")), project);
    writeFileSync(join(project, "main.js"), PROGRAM);
  }, 5 * MINUTE);

  it("has one copy of each, from its tarball", () => {
    const { packages } = readJson<Lock>(join(project, "package-lock.json"));
    const ours = Object.entries(packages).filter(([path]) =>
      /node_modules\/(@halfband\/\w+|halfband)$/.test(path),
    );
    expect(ours.map(([path]) => path).sort()).toEqual(
      publicPackages.map(({ name }) => `node_modules/${name}`).sort(),
    );
    expect(ours.filter(([, { link, resolved }]) => link || !resolved?.startsWith("file:"))).toEqual([]);
  });

  describe.each(Object.entries(bundlers))("%s", (name, { needs, build, copiesWorker }) => {
    const missing = needs.filter((needed) => loaded.get(needed) === undefined);
    if (missing.length > 0 && process.env.CI) throw new Error(`bundlers: ${missing} not installed`);

    it.skipIf(missing.length > 0)("makes a page that computes in a worker and on the page", async () => {
      const out = makeOut(name);
      await build(loaded.get(needs[0]) as Tool, project, out);
      if (!copiesWorker) {
        const script = "halfband-worker.js";
        copyFileSync(join(project, "node_modules/@halfband/browser/dist", script), join(out, script));
      }
      const served = await serve({ "/app/": pathToFileURL(`${out}/`) });
      const page = await browser!.newPage();
      const problems: string[] = [];
      const workers: string[] = [];
      page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("worker", (worker) => workers.push(worker.url()));
      await page.goto(`${served.origin}/app/index.html`);
      const seen = async () => [await page.locator("output").textContent(), ...problems];
      await expect.poll(seen, { timeout: 10_000 }).toEqual([RESULT]);
      // The worker and its thread are one script.
      const script = expect.stringMatching(`^${served.origin}/app/`);
      expect(workers).toEqual([script, script]);
      expect(workers[1]).toBe(workers[0]);
      await page.close();
      await served.close();
    });
  });
});
