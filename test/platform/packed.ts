import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, "utf8")) as T;

/** A package that is published. */
export interface Packed {
  readonly name: string;
  readonly folder: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Every package of the workspace that users can install. */
export const publicPackages: readonly Packed[] = readdirSync(`${root}packages`)
  .map((name) => `${root}packages/${name}`)
  .map((folder) => ({ folder, ...readJson<Manifest>(`${folder}/package.json`) }))
  .map(({ folder, name, dependencies = {} }) => ({ folder, name, dependencies }));

export interface Ran {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a program without the settings that npm and pnpm hand to the tests' own process. */
export function run(command: string, args: readonly string[], cwd: string): Ran {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|pnpm_|VITEST|NODE_OPTIONS|NODE_ENV)/.test(name)),
  );
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...env, ...registryOf(process.env) },
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return { status, output: `${stdout}${stderr}` };
}

/** Where packages come from stays as it was set up. */
const registryOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      /^npm_config_(registry|cache|userconfig|globalconfig)$/i.test(name) && value !== undefined
        ? [[name, value]]
        : [],
    ),
  );

export function must(ran: Ran, what: string): Ran {
  if (ran.status !== 0) throw new Error(`${what} ended with ${ran.status}:\n${ran.output}`);
  return ran;
}

/** `pnpm pack` of every public package into `folder`; the tarballs by package name. */
export function packAll(folder: string): Map<string, string> {
  const { packageManager } = readJson<{ packageManager: string }>(`${root}package.json`);
  mkdirSync(folder, { recursive: true });
  return new Map(
    publicPackages.map(({ name, folder: source }) => {
      const { output } = must(
        run("npx", ["-y", packageManager, "pack", "--json", "--pack-destination", folder], source),
        `pnpm pack of ${name}`,
      );
      const { filename } = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1)) as {
        filename: string;
      };
      return [name, filename.includes("/") ? filename : `${folder}/${filename}`];
    }),
  );
}

/** An empty project with every tarball installed by npm; what the tarballs need comes from the registry. */
export function installAll(tarballs: ReadonlyMap<string, string>, project: string): void {
  mkdirSync(project, { recursive: true });
  const dependencies = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]));
  writeFileSync(
    `${project}/package.json`,
    JSON.stringify({ name: "empty-project", private: true, type: "module", dependencies }),
  );
  must(run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], project), "npm install");
}
