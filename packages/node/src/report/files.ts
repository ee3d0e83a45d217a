import { type Comparison, REFERENCE } from "@halfband/compare";
import { describeSlice, methodSheet, zonePlateSheet } from "./figures.ts";
import type { ReportFiles } from "./folder.ts";
import { htmlReport } from "./html.ts";
import { pngOf } from "./png.ts";
import { drawSheet, type Sheet } from "./sheet.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The pictures and the page of a report by file name. */
export async function reportFiles(
  scan: string,
  comparison: Comparison,
  onProgress: (done: number) => void,
): Promise<ReportFiles> {
  const pictures: Mutable<ReportFiles> = {};
  for (const [name, sheet] of sheetsOf(scan, comparison)) pictures[name] = pngOf(await drawSheet(sheet));
  onProgress(1);
  const page = await htmlReport(scan, comparison);
  onProgress(2);
  return { ...pictures, "report.html": page };
}

function sheetsOf(scan: string, comparison: Comparison): [name: keyof ReportFiles, sheet: Sheet][] {
  const name = scan.split(/[/\\]/).at(-1)!;
  const subtitle = `${name}: ${describeSlice(comparison)}`;
  // The reference is a column of every sheet already.
  const of = (figure: 2 | 5 | null) =>
    comparison.methods
      .filter((method) => method.figure === figure && method.id !== REFERENCE)
      .map(({ id }) => id);
  const sheets = [
    ["figure-2.png", "What MaxPool and strided convolution do to a scan", of(2)],
    ["figure-5.png", "Downsampling that avoids aliasing", of(5)],
    ["more-methods.png", "More methods", of(null)],
  ] as const;
  return [
    ...sheets
      .filter(([, , ids]) => ids.length > 0)
      .map(([file, title, ids]): [keyof ReportFiles, Sheet] => [
        file,
        methodSheet(comparison, ids, { title, subtitle }),
      ]),
    ["zone-plate.png", zonePlateSheet(comparison)],
  ];
}
