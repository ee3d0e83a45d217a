import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

// Seen from bench/dist/rivals/src, where this file is compiled to.
const folder = new URL("../../../rivals/", import.meta.url);
const requireRival = createRequire(new URL("package.json", folder));

/** Installs what the lockfile of bench/rivals pins, unless that has been done. No install script runs. */
export function installRivals(): void {
  const installed = new URL("node_modules/.package-lock.json", folder);
  const lockfile = new URL("package-lock.json", folder);
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs) return;
  console.error("Installing the rivals (about 600 MB) in bench/rivals ...");
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: fileURLToPath(folder),
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`npm ci in bench/rivals ended with status ${status}.`);
}

/** A file of a rival's package. */
export const rivalFile = (path: string): URL => new URL(`node_modules/${path}`, folder);

/** A CommonJS package of bench/rivals; T names the calls that the benchmark makes. */
export const requireLibrary = <T>(name: string): T => requireRival(name) as T;

/** An ES module of bench/rivals, by its file; T names the calls that the benchmark makes. */
export const importLibrary = async <T>(path: string): Promise<T> => (await import(rivalFile(path).href)) as T;
