// Makes the pictures of README.md: two figures by halfband's own command line on the bundled scan, and the demo page.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(mkdtempSync(join(tmpdir(), "halfband-")), "report");
const scan = join(root, "test/data/nifti/colin27_t1_u8.nii.gz");
const methods = "maxpool,stride,conv,avgpool,blurpool,flc,asap";
const cli = join(root, "packages/halfband/dist/cli.js");
const { status } = spawnSync(process.execPath, [cli, "compare", scan, "--methods", methods, "--out", out], {
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);
mkdirSync(join(root, "docs/images"), { recursive: true });
for (const name of ["figure-2.png", "figure-5.png"])
  copyFileSync(join(out, name), join(root, "docs/images", name));
rmSync(join(out, ".."), { recursive: true });

const demo = spawnSync(process.execPath, ["picture.mjs", join(root, "docs/images/demo.png")], {
  cwd: join(root, "apps/demo"),
  stdio: "inherit",
});
process.exit(demo.status ?? 1);
