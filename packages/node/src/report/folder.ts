import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HalfbandError } from "@halfband/ops";
import { ioError, withDraft } from "../files.ts";

/** What `metrics.json` says of who made it: the sign by which a folder is known as ours. */
export const GENERATOR = "halfband";

const SIGN = "metrics.json";

/**
 * Makes sure that a report may be written to `folder`: it is not there, empty, or an earlier report of ours.
 *
 * @throws `IO` otherwise.
 */
export async function checkFolder(folder: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw ioError("write", folder, error);
  }
  if (names.length === 0 || (names.includes(SIGN) && (await isOurs(join(folder, SIGN))))) return;
  throw new HalfbandError(
    "IO",
    `The folder ${folder} holds something other than a report of halfband; choose another with --out.`,
    { op: "compare", option: "out", got: folder },
  );
}

async function isOurs(path: string): Promise<boolean> {
  try {
    return (
      (JSON.parse(await readFile(path, "utf8")) as { generator?: unknown } | null)?.generator === GENERATOR
    );
  } catch {
    return false;
  }
}

/** Writes a folder of files as a whole: beside its place first, then moved there instead of an earlier report. */
export async function writeFolder(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  await checkFolder(folder);
  const target = resolve(folder);
  try {
    await withDraft(target, async (draft) => {
      await mkdir(draft, { recursive: true });
      for (const [name, content] of Object.entries(files)) await writeFile(join(draft, name), content);
      const old = `${draft}.old`;
      const replaced = await moveAway(target, old);
      try {
        await rename(draft, target);
      } catch (error) {
        if (replaced) await rename(old, target);
        throw error;
      }
      await rm(old, { recursive: true, force: true });
    });
  } catch (error) {
    throw ioError("write", folder, error);
  }
}

/** True where there was something to move. */
async function moveAway(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
