import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HalfbandError } from "@halfband/ops";
import { exists, ioError, withDraft } from "../files.ts";

/** What `metrics.json` says of who made it: the sign by which a folder is known as ours. */
export const GENERATOR = "halfband";

const SIGN = "metrics.json";

/** What a report may hold; the sign comes last, once the rest is there. */
const REPORT_FILES = [
  "figure-2.png",
  "figure-5.png",
  "more-methods.png",
  "zone-plate.png",
  "report.html",
  SIGN,
] as const;

/** The files of a report by name; figures without a method to show are left out. */
export type ReportFiles = Readonly<Partial<Record<(typeof REPORT_FILES)[number], string | Uint8Array>>>;

/**
 * Makes sure that a report may be written to `folder`: it is not there, empty, or holds an earlier report of ours.
 *
 * @throws `IO` otherwise, `INVALID_OPTION` where it has no name.
 */
export async function checkFolder(folder: string): Promise<void> {
  // Paths without a name are the current folder for some functions and nothing at all for others.
  if (folder.trim() === "") {
    throw new HalfbandError("INVALID_OPTION", "--out is empty; expected the name of a folder.", {
      op: "compare",
      option: "out",
      got: folder,
    });
  }
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

/**
 * Writes a report as a whole: a draft first, which is then moved to its place. Where the folder is there already, its
 * files take the places of an earlier report's, and whatever else lies beside those stays.
 */
export async function writeFolder(folder: string, files: ReportFiles): Promise<void> {
  await checkFolder(folder);
  const target = resolve(folder);
  try {
    if (await exists(target)) await replaceReport(target, files);
    else {
      await withDraft(target, async (draft) => {
        await writeDraft(draft, files);
        await rename(draft, target);
      });
    }
  } catch (error) {
    throw ioError("write", folder, error);
  }
}

/** The draft lies inside: the folder may be a disk of its own, or one whose parent may not be written. */
const replaceReport = (target: string, files: ReportFiles): Promise<void> =>
  withDraft(join(target, "report"), async (draft) => {
    await writeDraft(draft, files);
    for (const name of REPORT_FILES) {
      if (name in files) await rename(join(draft, name), join(target, name));
      else await rm(join(target, name), { force: true });
    }
    await rmdir(draft);
  });

async function writeDraft(draft: string, files: ReportFiles): Promise<void> {
  await mkdir(draft, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(draft, name), content);
}
