import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Chromium {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly version: string;
}

const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
];

/** What CHROMIUM_PATH names, else the one that npm carries for Linux x64, else an installed one. */
export async function findChromium(): Promise<Chromium> {
  const given = process.env.CHROMIUM_PATH;
  const folder = given ? undefined : await unpack();
  const path = given ?? (folder ? join(folder, "chromium") : INSTALLED.find((file) => existsSync(file)));
  if (path === undefined || !existsSync(path))
    throw new Error(`No Chromium ${path ? `at ${path}` : "found"}; CHROMIUM_PATH names one.`);
  const env: Record<string, string> = folder
    ? { LD_LIBRARY_PATH: join(folder, "lib"), FONTCONFIG_FILE: join(folder, "fonts.conf") }
    : {};
  const text = execFileSync(path, ["--version", "--no-sandbox"], {
    encoding: "utf8",
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  return { path, env, version: /\d+(\.\d+)*/.exec(text)?.[0] ?? "of unknown version" };
}

/** The tests' own, from the place where this repository builds them. */
async function unpack(): Promise<string | undefined> {
  const file = new URL("../../../test/dist/chromium.js", import.meta.url);
  const { unpackChromium } = (await import(file.href)) as { unpackChromium(): string | undefined };
  return unpackChromium();
}

/** Opens a page in a browser of its own, without a window. V8 complains of flags that it does not know on stderr. */
export function open(
  { path, env }: Chromium,
  address: string,
  jsFlags: readonly string[],
): { process: ChildProcess; close(): Promise<void> } {
  const profile = mkdtempSync(join(tmpdir(), "halfband-bench-"));
  const args = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    `--user-data-dir=${profile}`,
    `--js-flags=${["--expose-gc", ...jsFlags].join(",")}`,
    address,
  ];
  const child = spawn(path, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  return {
    process: child,
    close: async () => {
      if (child.exitCode === null) {
        child.kill();
        await once(child, "exit");
      }
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
