// The Chromium, and the software graphics driver in it, that npm carries for Linux x64.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

/**
 * Unpacks the npm package's browser, with its libraries, fonts and SwiftShader, once per version; returns the folder,
 * or undefined on other systems. The folder appears whole, so that two processes may do it at once.
 */
export function unpackChromium(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const source = dirname(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")));
  const { version } = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as { version: string };
  const cache = join(dirname(dirname(dirname(source))), ".cache");
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, "chromium-"));
  const packed = (name: string) => brotliDecompressSync(readFileSync(join(source, "bin", name)));
  writeFileSync(join(draft, "chromium"), packed("chromium.br"), { mode: 0o755 });
  for (const archive of ["swiftshader", "al2023", "fonts"]) {
    execFileSync("tar", ["-xf", "-", "-C", draft], { input: packed(`${archive}.tar.br`) });
  }
  // The package's own looks in the folders that it unpacks to.
  writeFileSync(
    join(draft, "fonts.conf"),
    `<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>`,
  );
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
