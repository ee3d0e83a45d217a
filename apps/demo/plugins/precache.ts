import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const template = fileURLToPath(new URL("./service-worker.js", import.meta.url));

/** Kept by the page when first used. */
const SCANS = /^scans\//;
/** The library's own worker, which only threads of WebAssembly run, and its embedded modules: the page fetches files. */
const LATER = /halfband-worker|core\.(simd|relaxed)-[^/]*\.js$/;

/** Writes the service worker with the list of everything the page is made of, and of what it may want later. */
export const precache = (): Plugin => ({
  name: "halfband-precache",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      const names = Object.keys(bundle).filter((name) => !SCANS.test(name) && !name.endsWith(".map"));
      const hash = createHash("sha256");
      for (const name of names.toSorted()) {
        const file = bundle[name];
        hash.update(name).update(file.type === "chunk" ? file.code : file.source);
      }
      const files = names.filter((name) => !LATER.test(name) && name !== "index.html");
      const source = readFileSync(template, "utf8")
        .replace("__VERSION__", hash.digest("hex").slice(0, 12))
        .replace("__FILES__", JSON.stringify(["./", ...files, "icon.svg"]))
        .replace("__LATER__", JSON.stringify(names.filter((name) => LATER.test(name))));
      this.emitFile({ type: "asset", fileName: "service-worker.js", source });
    },
  },
});
