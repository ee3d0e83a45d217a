import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../packages/", import.meta.url));

/**
 * For rolldown: takes what a bundle holds of the workspace's packages from their sources, `@halfband/compare/library`
 * from `packages/compare/src/library.ts`, so that source maps lead there and nothing is minified twice.
 */
export const fromSource = {
  name: "from-source",
  resolveId(id) {
    const [, folder, entry = "index"] = /^@halfband\/([^/]+)(?:\/(.+))?$/.exec(id) ?? [];
    const file = `${packages}${folder}/src/${entry}.ts`;
    return folder !== undefined && existsSync(file) ? file : null;
  },
};
