import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const template = fileURLToPath(new URL("./service-worker.js", import.meta.url));

/** Scans are kept by the page when first used; the library's own worker is never started, since the page has one. */
const UNUSED = /^scans\/|\.map$|halfband-worker/;

/** Writes the service worker with the list of everything the page is made of. */
export const precache = (): Plugin => ({
  name: "halfband-precache",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      const names = Object.keys(bundle).filter((name) => !UNUSED.test(name));
      const hash = createHash("sha256");
      for (const name of names.toSorted()) {
        const file = bundle[name];
        hash.update(name).update(file.type === "chunk" ? file.code : file.source);
      }
      const source = readFileSync(template, "utf8")
        .replace("__VERSION__", hash.digest("hex").slice(0, 12))
        .replace(
          "__FILES__",
          JSON.stringify(["./", ...names.filter((name) => name !== "index.html"), "icon.svg"]),
        );
      this.emitFile({ type: "asset", fileName: "service-worker.js", source });
    },
  },
});
