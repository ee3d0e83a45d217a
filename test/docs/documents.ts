import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Block {
  /** What follows the fence: language, then for an excerpt the file it is taken from. */
  readonly info: string;
  readonly text: string;
  readonly line: number;
}

/** Packages that this one depends on, so that their documents' imports resolve. */
const packages = Object.keys(JSON.parse(readFileSync(`${root}test/package.json`, "utf8")).dependencies)
  .filter((name) => /^(@halfband\/|halfband$)/.test(name))
  .map((name) => name.replace("@halfband/", ""));

/** Every document whose code must hold, by its path from the root. */
export function documents(): string[] {
  const readmes = packages.map((name) => `packages/${name}/README.md`);
  const pages = readdirSync(`${root}docs`).filter((name) => name.endsWith(".md"));
  return [
    "README.md",
    "CONTRIBUTING.md",
    ...pages.map((name) => `docs/${name}`),
    ...readmes.filter((path) => existsSync(root + path)),
  ];
}

/** The fenced blocks of a document. */
export function blocksOf(path: string): Block[] {
  const blocks: Block[] = [];
  let open: { info: string; line: number; text: string[] } | null = null;
  for (const [i, line] of readFileSync(root + path, "utf8")
    .split("\n")
    .entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (!fence) open?.text.push(line);
    else if (open === null) open = { info: fence[1].trim(), line: i + 1, text: [] };
    else {
      blocks.push({ info: open.info, text: open.text.join("\n"), line: open.line });
      open = null;
    }
  }
  if (open !== null) throw new Error(`${path}: the block of line ${open.line} is not closed.`);
  return blocks;
}

/** Blocks to run: a program or a part of one. */
export const isProgram = ({ info }: Block): boolean => info === "js" || info === "ts";
/** Blocks that show a part of a file, as in ```ts packages/ops/src/grid.ts */
export const isExcerpt = ({ info }: Block): boolean => /^(js|ts|json|html) \S+$/.test(info);
export const isShell = ({ info }: Block): boolean => info === "sh";

/** The `@example`s of doc comments, by file. */
export function examples(): { path: string; texts: string[] }[] {
  return packages.flatMap((name) => {
    const src = `packages/${name}/src`;
    return readdirSync(root + src, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.startsWith("generated"))
      .sort()
      .map((file) => `${src}/${file}`)
      .map((path) => ({ path, texts: examplesIn(readFileSync(root + path, "utf8")) }));
  });
}

function examplesIn(source: string): string[] {
  return [...source.matchAll(/\/\*\*([\s\S]*?)\*\//g)].flatMap(([, comment]) => {
    const text = comment.replaceAll(/^ *\* ?/gm, "");
    const at = text.indexOf("@example");
    if (at < 0) return [];
    const [example] = text.slice(at + "@example".length).split(/^@/m);
    return [example.trim()];
  });
}
