// Finds a Chromium, or brings the one that npm carries, and starts it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright";
import { unpackChromium } from "../../../test/chromium.ts";

interface Found {
  readonly executablePath: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Quiet, without a sandbox for root, and with WebGPU on the CPU where there is no GPU. */
const ARGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
];
const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
];

/**
 * A running Chromium, or undefined where none can be had. With `CI` set that is an error, so that nothing passes
 * for want of a browser.
 */
export async function startChromium(suite: string): Promise<Browser | undefined> {
  const found = findChromium();
  if (found === undefined) {
    const message = `${suite}: no Chromium; set CHROMIUM_PATH, or install chromium (Linux x64 has one from npm)`;
    if (process.env.CI) throw new Error(message);
    console.warn(`not run: ${message}`);
    return undefined;
  }
  const { executablePath, args, env } = found;
  return chromium.launch({
    executablePath,
    args: [...ARGS, ...args],
    env: { ...(process.env as Record<string, string>), ...env },
  });
}

function findChromium(): Found | undefined {
  const given = process.env.CHROMIUM_PATH;
  if (given && !existsSync(given)) throw new Error(`CHROMIUM_PATH is ${given}; there is no such file`);
  const installed = [given, ...INSTALLED, chromium.executablePath()].find((path) => path && existsSync(path));
  if (installed) return { executablePath: installed, args: [], env: {} };
  const folder = unpackChromium();
  if (folder === undefined) return undefined;
  return {
    executablePath: join(folder, "chromium"),
    args: ["--headless=shell"],
    env: { LD_LIBRARY_PATH: join(folder, "lib"), FONTCONFIG_FILE: join(folder, "fonts.conf") },
  };
}
