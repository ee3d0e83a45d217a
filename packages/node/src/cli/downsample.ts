import { access, constants, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type DataType, resampleAffine, type Volume } from "@halfband/nifti";
import {
  type Backend,
  elementCount,
  type Grid,
  HalfbandError,
  isHalfbandError,
  type TensorSpec,
} from "@halfband/ops";
import { type BackendOptions, createBackend } from "../backend.ts";
import { checkNiftiName, ioError, readNifti, writeNiftiFile } from "../files.ts";
import { factorsOf, sizesForSpacing } from "./factor.ts";
import { labelEvidence } from "./labels.ts";
import { noteWarnings } from "./non-finite.ts";
import { NEAREST, type Sampler, samplerOfMethod, samplerOfSize } from "./sampler.ts";
import { facts, figure } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface DownsampleOptions {
  readonly output: string;
  readonly method?: string;
  readonly factor?: string;
  readonly spacing?: string;
  readonly set?: readonly string[];
  readonly dataType?: DataType;
  readonly device?: BackendOptions["device"];
}

/** `halfband downsample SCAN -o OUT`: NIfTI in, NIfTI out, with the affine that belongs to it. */
export async function downsample(
  scan: string,
  options: DownsampleOptions,
  terminal: Terminal,
): Promise<void> {
  const start = performance.now();
  const { output } = options;
  checkNiftiName(output);
  await checkWritable(output);
  const volume = await readNifti(scan);
  noteWarnings(volume, scan, terminal);
  await refuseSameFile(scan, output);
  const sampler = chooseSampler(volume, options);
  const dataType = options.dataType ?? (sampler.picks ? volume.header.dataType : "float32");
  const labels = sampler.picks ? null : labelEvidence(volume);
  if (labels !== null) {
    terminal.note(
      `Warning: ${scan} looks like a label map (${labels}); ${sampler.name} mixes labels into values that mean nothing. Use --method nearest.`,
    );
  }
  using backend = await createBackend({ device: options.device ?? "auto" });
  const result = await resample(volume, backend, sampler, terminal);
  const nonFinite = countNonFinite(await result.data());
  if (nonFinite > 0 && sampler.name !== NEAREST)
    noteSpread({ scan, output, volume, result, sampler, nonFinite }, terminal);
  await writeNiftiFile(output, result, volume, { dataType });
  report(
    {
      scan,
      output,
      volume,
      result,
      sampler,
      dataType,
      backend,
      labels,
      nonFinite,
      spacing: options.spacing ?? null,
      seconds: (performance.now() - start) / 1000,
      bytes: (await stat(output)).size,
    },
    terminal,
  );
}

function chooseSampler(volume: Volume, { method, factor, spacing, set = [] }: DownsampleOptions): Sampler {
  if (spacing !== undefined) return samplerOfSize(sizesForSpacing(spacing, volume), set);
  const size = set.find((setting) => /^(stride|outputSize)=/.test(setting));
  if (factor !== undefined && size !== undefined) {
    throw new HalfbandError(
      "INVALID_OPTION",
      `--factor ${factor} and --set ${size} both say how much smaller; expected one of them.`,
      { op: "downsample", option: "factor", got: [factor, size], expected: "one of them" },
    );
  }
  return samplerOfMethod(method ?? "", factorsOf(factor ?? "2", volume), set);
}

/** What cannot be written is refused before anything is computed. */
async function checkWritable(output: string): Promise<void> {
  try {
    await access(dirname(output), constants.W_OK);
  } catch (error) {
    throw ioError("write", output, error);
  }
}

async function refuseSameFile(scan: string, output: string): Promise<void> {
  const place = (path: string) => realpath(path).catch(() => null);
  const [from, to] = await Promise.all([place(scan), place(output)]);
  if (from === null || from !== to) return;
  throw new HalfbandError(
    "INVALID_OPTION",
    `The output ${output} is the scan itself; expected another name.`,
    { op: "downsample", option: "output", got: output },
  );
}

function countNonFinite(values: Float32Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) count++;
  return count;
}

/** One NaN of the scan may take the whole result with it, and the file would not show why. */
function noteSpread(
  {
    scan,
    output,
    volume,
    result,
    sampler,
    nonFinite,
  }: Pick<Outcome, "scan" | "output" | "volume" | "result" | "sampler" | "nonFinite">,
  terminal: Terminal,
): void {
  const [had, of] = [countNonFinite(volume.data), volume.data.length];
  const made = elementCount(result.shape);
  if (nonFinite / made <= had / of) return;
  terminal.note(
    `Warning: ${had} of ${of} voxels of ${scan} are NaN or infinite, and ${nonFinite} of ${made} of ${output}: ${sampler.name} carries each to all voxels that it reaches. Replace them by numbers first.`,
  );
}

interface Resampled {
  readonly shape: readonly number[];
  readonly grid: Grid;
  readonly kernel: string | null;
  data(): Promise<Float32Array>;
}

/** Volume by volume, from the scan's numbers to the result's. */
async function resample(
  volume: Volume,
  backend: Backend,
  sampler: Sampler,
  terminal: Terminal,
): Promise<Resampled> {
  const values = volume.tensor({ tensor: (data: Float32Array) => data });
  const [times, ...sizes] = volume.tensorShape;
  const x = { shape: [1, ...sizes], backend };
  const { plan, weight } = callOf(sampler, x, volume);
  using run = backend.prepare(plan, weight ? { weight: backend.tensor(weight) } : {});
  const [taken, made] = [elementCount(sizes), elementCount(plan.shape)];
  const out = new Float32Array(times * made);
  const progress = terminal.progress("downsample", times);
  try {
    for (let t = 0; t < times; t++) {
      progress.update(t, `volume ${t + 1}`);
      await run.arrays(values.subarray(t * taken, (t + 1) * taken), out.subarray(t * made, (t + 1) * made));
    }
  } finally {
    progress.end();
  }
  return {
    shape: [times, ...plan.shape.slice(1)],
    grid: plan.grid,
    kernel: plan.kernel,
    data: async () => out,
  };
}

/** Operators count spatial axes; people who hold scans name them. */
function callOf(sampler: Sampler, x: TensorSpec, volume: Volume): ReturnType<Sampler["call"]> {
  try {
    return sampler.call(x);
  } catch (error) {
    if (!isHalfbandError(error, "INVALID_SHAPE")) throw error;
    const names = volume.spatialAxes.map((axis, a) => `axis ${a} is ${"xyz"[axis]}`).join(", ");
    const { code, op, option, got, expected } = error;
    throw new HalfbandError(code, `${error.message.replace(/\.$/, "")} (${names}).`, {
      got,
      expected,
      cause: error,
      ...(op && { op }),
      ...(option && { option }),
    });
  }
}

interface Outcome {
  readonly scan: string;
  readonly output: string;
  readonly volume: Volume;
  readonly result: Resampled;
  readonly sampler: Sampler;
  readonly dataType: DataType;
  readonly backend: Backend;
  readonly labels: string | null;
  /** Voxels written that are NaN or infinite. */
  readonly nonFinite: number;
  /** What was asked for, where it was a spacing. */
  readonly spacing: string | null;
  readonly seconds: number;
  readonly bytes: number;
}

const fileSize = (bytes: number): string =>
  bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;

function report(
  {
    scan,
    output,
    volume,
    result,
    sampler,
    dataType,
    backend,
    labels,
    nonFinite,
    spacing,
    seconds,
    bytes,
  }: Outcome,
  terminal: Terminal,
): void {
  const { spatialAxes, shape, zooms, header } = volume;
  const after = { shape: [...shape], zooms: [...zooms], offset: [0, 0, 0] };
  spatialAxes.forEach((axis, a) => {
    after.shape[axis] = result.shape[a + 2];
    after.zooms[axis] = zooms[axis] * result.grid[a].spacing;
    after.offset[axis] = result.grid[a].offset;
  });
  terminal.data({
    scan,
    output,
    method: sampler.name,
    operator: sampler.operator,
    options: sampler.options,
    device: backend.info.device,
    kernel: result.kernel,
    shape: after.shape,
    zooms: after.zooms,
    askedSpacing: spacing,
    offset: after.offset,
    affine: resampleAffine(volume.affine, result.grid, spatialAxes),
    dataType,
    bytes,
    looksLikeLabels: labels !== null,
    nonFinite,
    seconds,
  });
  const unit = header.spaceUnit === "unknown" ? "" : ` ${header.spaceUnit}`;
  const sizes = (sizes: readonly number[]) => sizes.map((size) => figure(size)).join(" x ");
  terminal.result(
    facts([
      ["scan", `${scan}, ${shape.join(" x ")}, voxels of ${sizes(zooms.slice(0, 3))}${unit}`],
      [
        "written",
        `${output}, ${after.shape.join(" x ")}, voxels of ${sizes(after.zooms.slice(0, 3))}${unit}, ${dataType}, ${fileSize(bytes)}`,
      ],
      ...(spacing === null
        ? []
        : ([
            [
              "asked for",
              `${spacing}; the nearest that a whole number of voxels allows, and never finer than the scan`,
            ],
          ] as const)),
      ["method", `${sampler.title} (${sampler.operator})`],
      [
        "first voxel",
        `centred ${after.offset
          .slice(0, Math.min(3, shape.length))
          .map((o) => figure(o))
          .join(
            ", ",
          )} voxels of the scan along ${["x", "y", "z"].slice(0, shape.length).join(", ")}; the affine says so`,
      ],
      [
        "computed",
        `on ${backend.info.device}${result.kernel ? ` by ${result.kernel}` : ""} in ${seconds.toFixed(1)} s in all`,
      ],
    ]),
  );
}
