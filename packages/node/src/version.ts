import { createRequire } from "node:module";

/** Version of this package, by its own name: the file that asks may lie anywhere in the bundle. */
export const { version } = createRequire(import.meta.url)("@halfband/node/package.json") as {
  version: string;
};
