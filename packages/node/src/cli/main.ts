import { isHalfbandError } from "@halfband/ops";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { version } from "../version.ts";
import { print, type Terminal, terminal } from "./terminal.ts";

const OK = 0;
const BAD_INPUT = 1;
const BAD_USAGE = 2;

/**
 * The command line. Returns the exit code: 0, 1 for input that cannot be used, 2 for a call that was not understood.
 *
 * @param args what follows the program's name
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(args, { from: "user" });
    return OK;
  } catch (error) {
    return report(error);
  }
}

/** One sentence on stderr; the stack only for those who ask. */
function report(error: unknown): number {
  // Commander has printed what it has to say by now.
  if (error instanceof CommanderError) return error.exitCode === 0 ? OK : BAD_USAGE;
  if (isHalfbandError(error)) print(2, `halfband: ${error.code}: ${error.message}\n`);
  else if (error instanceof RangeError && /allocat|array length/i.test(error.message))
    // The engine's own word for an array that it cannot make.
    print(2, `halfband: OUT_OF_MEMORY: ${error.message}; use a smaller image.\n`);
  else
    print(
      2,
      `halfband: INTERNAL: ${error instanceof Error ? error.message : String(error)}; HALFBAND_DEBUG=1 shows where.\n`,
    );
  if (process.env.HALFBAND_DEBUG === "1" && error instanceof Error) print(2, `${error.stack}\n`);
  return BAD_INPUT;
}

function program(): Command {
  const root = new Command("halfband")
    .description(
      "Downsampling of medical scans: pooling, blur pooling and k-space pooling, compared and applied.",
    )
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(1, text),
      writeErr: (text) => print(2, text),
      outputError: (text, write) =>
        write(text.replace(/^error: (.*?)\.?\n/s, "halfband: USAGE: $1; --help shows how.\n")),
    });
  root.addHelpText(
    "after",
    `
A scan is a .nii or .nii.gz file, or one file of an .hdr and .img pair with the other beside it.
Exit codes: 0 done; 1 the input cannot be used; 2 the call was not understood.`,
  );
  for (const add of [addCompare, addDownsample, addMeasure, addInfo, addOperators, addBench]) add(root);
  return root;
}

/** A command with what all have: `--json`, examples after its help. */
function command(root: Command, usage: string, description: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ halfband ${example}`).join("\n");
  return root
    .command(usage)
    .description(description)
    .option("--json", "machine output on stdout")
    .addHelpText("after", `\nExamples:\n${lines}`);
}

const device = (): Option =>
  new Option("--device <name>", "where to compute").choices(["auto", "wasm", "reference"]).default("auto");

/** Ids of the methods, so that help needs no more than this file. */
export const METHODS = [
  "maxpool",
  "stride",
  "conv",
  "avgpool",
  "blurpool3",
  "blurpool",
  "blurpool5",
  "flc",
  "asap",
  "maxblurpool",
  "spectral",
  "dpp",
  "kcrop",
] as const;

const DATA_TYPES = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "uint64",
  "int64",
  "float32",
  "float64",
];

interface Common {
  readonly json?: boolean;
}

/** Loads the command when it is called: `--help` and `info` need no more than they use. */
const runs =
  <A extends unknown[]>(
    load: () => Promise<(...args: [...A, Terminal]) => unknown>,
    json: (...args: A) => boolean | undefined,
  ) =>
  async (...args: [...A, ...unknown[]]): Promise<void> => {
    const mine = args.slice(0, -1) as unknown as A;
    await (await load())(...mine, terminal({ json: json(...mine) }));
  };

function addCompare(root: Command): void {
  command(
    root,
    "compare <scan>",
    "Every method on one slice of a scan, side by side: figures, metrics and a report.",
    [
      "compare scan.nii.gz",
      "compare scan.nii.gz --axis x --slice 90 --methods maxpool,flc,asap --out knee",
      "compare series.nii.gz --time 4 --json > metrics.json",
    ],
  )
    .addOption(new Option("--axis <name>", "axis the slice is cut across").choices(["x", "y", "z"]))
    .option("--slice <n>", "index of the slice, from 0; the middle one unless given", wholeNumber)
    .option("--time <t>", "volume of a series, from 0", wholeNumber)
    .option("--volume", "downsample the volume in all three axes, then show the slice")
    .option(
      "--methods <list>",
      `methods, separated by commas, of ${METHODS.join(", ")} (default: all but blurpool3 and blurpool5)`,
      commaList,
    )
    .option("--out <dir>", "folder for the report", "halfband-report")
    .addOption(device())
    .action(
      runs<[string, Common & Parameters<typeof import("./compare.ts").compareScan>[1]]>(
        async () => (await import("./compare.ts")).compareScan,
        (_, { json }) => json,
      ),
    );
}

function addDownsample(root: Command): void {
  command(
    root,
    "downsample <scan>",
    "Makes a scan smaller: NIfTI in, NIfTI out, with the affine that belongs to it.",
    [
      "downsample scan.nii.gz -o half.nii.gz --method flc",
      "downsample scan.nii.gz -o flat.nii.gz --method asap --factor 2,2,1",
      "downsample epi.nii.gz -o even.nii.gz --method flc --factor auto",
      "downsample scan.nii.gz -o 2mm.nii.gz --spacing 2mm",
      "downsample labels.nii.gz -o labels-half.nii.gz --method nearest",
      "downsample scan.nii.gz -o soft.nii.gz --method blurPool --set kernelSize=5 --set paddingMode=circular",
    ],
  )
    .requiredOption("-o, --output <file>", "file to write, .nii or .nii.gz")
    .option("--method <name>", "a method of compare, an operator by name, or nearest for label maps")
    .addOption(
      new Option(
        "--factor <factors>",
        "2, or 2,2,1 for x, y, z, or auto for the most even voxels (default: 2)",
      ).conflicts("spacing"),
    )
    .addOption(
      new Option(
        "--spacing <lengths>",
        "wanted voxel size, such as 2mm or 2,2,3mm, by spectralPool",
      ).conflicts("method"),
    )
    .option("--set <name=value>", "option of the operator that --method names; may be repeated", collect)
    .addOption(
      new Option(
        "--data-type <type>",
        "voxel type of the file (default: float32; the scan's own where voxels are only picked)",
      ).choices(DATA_TYPES),
    )
    .addOption(device())
    .hook("preAction", (_, action) => {
      const { method, spacing } = action.opts<{ method?: string; spacing?: string }>();
      if (method === undefined && spacing === undefined)
        action.error("error: option '--method <name>' or '--spacing <lengths>' is needed");
    })
    .action(
      runs<[string, Common & Parameters<typeof import("./downsample.ts").downsample>[1]]>(
        async () => (await import("./downsample.ts")).downsample,
        (_, { json }) => json,
      ),
    );
}

function addMeasure(root: Command): void {
  command(root, "measure <scan>", "Measures what one method does to a slice of a scan.", [
    "measure scan.nii.gz --method blurpool",
    "measure scan.nii.gz --method flc --axis y --slice 100 --json",
  ])
    .requiredOption("--method <name>", `one of ${METHODS.join(", ")}`)
    .addOption(new Option("--axis <name>", "axis the slice is cut across").choices(["x", "y", "z"]))
    .option("--slice <n>", "index of the slice, from 0; the middle one unless given", wholeNumber)
    .option("--time <t>", "volume of a series, from 0", wholeNumber)
    .addOption(device())
    .action(
      runs<[string, Common & Parameters<typeof import("./measure.ts").measureScan>[1]]>(
        async () => (await import("./measure.ts")).measureScan,
        (_, { json }) => json,
      ),
    );
}

function addInfo(root: Command): void {
  command(root, "info <scan>", "What a scan's header says.", [
    "info scan.nii.gz",
    "info scan.hdr --json",
  ]).action(
    runs<[string, Common]>(
      async () => {
        const { info } = await import("./info.ts");
        return (scan, _, terminal) => info(scan, terminal);
      },
      (_, { json }) => json,
    ),
  );
}

function addOperators(root: Command): void {
  command(root, "operators [name]", "The operators of the library, or the options of one.", [
    "operators",
    "operators blurPool",
  ]).action(
    runs<[string | undefined, Common]>(
      async () => {
        const { listOperators } = await import("./operators.ts");
        return (name, _, terminal) => listOperators(name, terminal);
      },
      (_, { json }) => json,
    ),
  );
}

function addBench(root: Command): void {
  command(root, "bench", "How fast the operators run on this machine, beside copying their input.", [
    "bench",
    "bench --operator flcPool,blurPool --shape 1x1x182x218x182 --seconds 3",
    "bench --operator conv --simd baseline --threads 1 --json > times.json",
  ])
    .option("--operator <list>", "operators, separated by commas; all unless given", commaList)
    .option("--shape <list>", "input shapes such as 1x32x128x128: images, channels, then the axes", shapeList)
    .addOption(
      new Option("--device <name>", "where to compute").choices(["wasm", "reference"]).default("wasm"),
    )
    .option("--threads <n>", "threads to compute with; auto unless given", threadCount)
    .addOption(new Option("--simd <build>", "instruction set").choices(["auto", "baseline", "relaxed"]))
    .option("--seconds <s>", "time to measure each line", seconds, 0.5)
    .action(
      runs<[Common & Parameters<typeof import("./bench.ts").benchOperators>[0]]>(
        async () => (await import("./bench.ts")).benchOperators,
        ({ json }) => json,
      ),
    );
}

const commaList = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Expected a whole number from 0.");
  return Number(text);
}

function shapeList(text: string): number[][] {
  return commaList(text).map((shape) => {
    if (!/^[1-9]\d*(x[1-9]\d*)+$/.test(shape))
      throw new InvalidArgumentError("Expected sizes such as 1x32x128x128.");
    return shape.split("x").map(Number);
  });
}

function threadCount(text: string): number | "auto" {
  if (text !== "auto" && !/^[1-9]\d*$/.test(text))
    throw new InvalidArgumentError("Expected a whole number from 1, or auto.");
  return text === "auto" ? text : Number(text);
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new InvalidArgumentError("Expected a number above 0, up to 3600.");
  return value;
}
