import { readFileSync } from "node:fs";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The program of this language under a heading of the package's README. */
export function program(heading: string, language: string): string {
  const section = readme
    .slice(readme.indexOf(`\n## ${heading}\n`))
    .slice(1)
    .split("\n## ")[0];
  const code = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(section)?.[1];
  if (code === undefined) throw new Error(`README.md has no ${language} program under "${heading}"`);
  return code;
}
