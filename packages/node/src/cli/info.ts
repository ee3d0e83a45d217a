import { describeVolume } from "@halfband/nifti";
import { readNifti } from "../files.ts";
import { noteWarnings } from "./non-finite.ts";
import { facts, figure } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const FORMS = ["not used", "scanner", "aligned", "Talairach", "MNI", "template"];
const DIRECTIONS: Readonly<Record<string, string>> = {
  R: "right",
  L: "left",
  A: "front",
  P: "back",
  S: "up",
  I: "down",
  "?": "unknown",
};

/** `halfband info SCAN`: what the header says, and the range of the voxels. */
export async function info(scan: string, terminal: Terminal): Promise<void> {
  const volume = await readNifti(scan);
  noteWarnings(volume, scan, terminal);
  const about = describeVolume(volume);
  terminal.data({ scan, ...about });
  const directions = [...about.axisCodes]
    .map((code, axis) => `${"xyz"[axis]} ${DIRECTIONS[code] ?? code}`)
    .join(", ");
  const { range } = about;
  const odd = [
    range.nan > 0 ? `${range.nan} NaN` : "",
    range.infinite > 0 ? `${range.infinite} infinite` : "",
  ].filter((text) => text !== "");
  const finite = volume.data.length - range.nan - range.infinite;
  terminal.result(
    facts([
      ["scan", scan],
      ["format", `${about.format}, ${about.byteOrder} endian`],
      ["size", `${about.shape.join(" x ")}  (x, y, z, t, ...)`],
      ["voxel", voxelSize(about.zooms, about.spaceUnit, about.timeUnit)],
      ["voxel type", `${about.dataType}${scaling(about.slope, about.intercept)}`],
      [
        "values",
        [finite > 0 ? `${figure(range.min)} to ${figure(range.max)}` : "none finite", ...odd].join(", "),
      ],
      ["axes", `${about.axisCodes}  (${directions})`],
      ["affine", matrix(about.affine)],
      ["from", `sform: ${form(about.sformCode)}; qform: ${form(about.qformCode)}`],
      ["as tensor", `[${about.tensorShape.join(", ")}]  [t, c, ...z, y, x], axes of size 1 left out`],
      ...(about.description === "" ? [] : ([["description", about.description]] as const)),
      ...(about.extensions.length === 0
        ? []
        : ([
            [
              "extensions",
              about.extensions.map(({ code, bytes }) => `code ${code}, ${bytes} bytes`).join("; "),
            ],
          ] as const)),
    ]),
  );
}

function voxelSize(zooms: readonly number[], space: string, time: string): string {
  const size = zooms
    .slice(0, 3)
    .map((zoom) => figure(zoom))
    .join(" x ");
  const unit = space === "unknown" ? "(unit not given)" : space;
  const step =
    zooms.length > 3 && zooms[3] > 0
      ? `, every ${figure(zooms[3])}${time === "unknown" ? "" : ` ${time}`}`
      : "";
  return `${size} ${unit}${step}`;
}

const scaling = (slope: number, intercept: number): string =>
  slope === 1 && intercept === 0
    ? ""
    : `, value = stored x ${figure(slope)}${intercept === 0 ? "" : ` + ${figure(intercept)}`}`;

const form = (code: number): string => FORMS[code] ?? `code ${code}`;

function matrix(affine: readonly (readonly number[])[]): string {
  const cells = affine.map((row) => row.map((value) => figure(Math.abs(value) < 1e-9 ? 0 : value, 6)));
  const width = Math.max(...cells.flat().map((cell) => cell.length));
  return cells.map((row) => row.map((cell) => cell.padStart(width)).join("  ")).join("\n");
}
