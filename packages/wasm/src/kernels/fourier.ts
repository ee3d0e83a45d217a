import type { FourierStep } from "@halfband/ops";
import type { Core, SplitKernel } from "../core.ts";
import type { KernelFamily, Launch } from "../kernel.ts";
import {
  itemNanoseconds,
  joinsPlanes,
  KINDS,
  type Operand,
  type Pass,
  PLACES,
  passItems,
  passScratch,
} from "./fourier-pass.ts";
import { blockNanoseconds, fourierProgram, type Program } from "./fourier-program.ts";
import type { Table } from "./fourier-tables.ts";

const HEADER_WORDS = 8;

const kernelName = (step: FourierStep, program: Program): string =>
  `fourier${step.axes.length}d_f32_${program.form}`;

/** Copies each distinct table into the core's memory once; the addresses are the caller's to free. */
function placeTables(core: Core, passes: readonly Pass[]): Map<string, number> {
  const addresses = new Map<string, number>();
  for (const { table } of passes) {
    if (addresses.has(table.key)) continue;
    addresses.set(table.key, placeTable(core, table));
  }
  return addresses;
}

function placeTable(core: Core, table: Table): number {
  const { words, pointers } = table.build();
  const address = core.arena.allocate(4 * words.length);
  const target = core.i32(address, words.length);
  target.set(words);
  for (const word of pointers) target[word] += address;
  return address;
}

/** Words of one pass, in the order that assembly/fourier.ts reads them. */
function passWords(pass: Pass, table: number, shared: number): number[] {
  const operand = ({ place, bytes }: Operand): number[] => [
    PLACES.indexOf(place),
    place === "shared" ? shared + bytes : bytes,
  ];
  return [
    KINDS.indexOf(pass.kind),
    ...operand(pass.source),
    ...operand(pass.sourceIm),
    ...operand(pass.target),
    ...operand(pass.targetIm),
    pass.outer,
    pass.size,
    pass.rows,
    pass.inner,
    table,
    pass.blockBytes ?? 0,
    pass.isFar ? 1 : 0,
  ];
}

/** Bytes of one plane of the input and of the output. */
function planeBytes(step: FourierStep): readonly [number, number] {
  const bytes = (of: "size" | "out") => 4 * step.axes.reduce((floats, axis) => floats * axis[of], 1);
  return step.adjoint ? [bytes("out"), bytes("size")] : [bytes("size"), bytes("out")];
}

/** A parameter block and its kernel: all passes, with blocks of planes as items; or one pass, with lines as items. */
interface Unit {
  readonly params: number;
  readonly split: SplitKernel;
  items(planes: number): number;
}

function makeUnit(
  core: Core,
  kernel: string,
  program: Program,
  passes: readonly Pass[],
  body: number[],
): Unit {
  const { byLines, block } = program;
  const words = [passes.length, 0, byLines ? 0 : block, 0, 0, 0, 0, 0, ...body];
  const params = core.arena.allocate(4 * words.length);
  core.i32(params, words.length).set(words);
  const options = byLines
    ? { itemNanoseconds: itemNanoseconds(passes[0]), scratchBytes: passScratch(passes[0]) }
    : { itemNanoseconds: blockNanoseconds(program), scratchBytes: program.scratchBytes };
  return {
    params,
    split: core.split(kernel, options),
    items: (planes) => (byLines ? passItems(passes[0], planes) : Math.ceil(planes / block)),
  };
}

/** Spectral pools. Both ways of splitting them among threads are described at `Program`. */
export const fourier: KernelFamily<FourierStep> = {
  family: "fourier",

  select(step) {
    const program = fourierProgram(step);
    return {
      kernel: kernelName(step, program),
      workspaceBytes: program.scratchBytes + program.sharedBytes,
      joinsPlanes: program.passes.some(joinsPlanes),
    };
  },

  prepare(step, core): Launch {
    const program = fourierProgram(step);
    const { passes, byLines } = program;
    const kernel = kernelName(step, program);
    const tables = placeTables(core, passes);
    const shared = program.sharedBytes > 0 ? core.arena.allocate(program.sharedBytes) : 0;
    const body = (pass: Pass) => passWords(pass, tables.get(pass.table.key)!, shared);
    const units = byLines
      ? passes.map((pass) => makeUnit(core, kernel, program, [pass], body(pass)))
      : [makeUnit(core, kernel, program, passes, passes.flatMap(body))];
    const [inputBytes, outputBytes] = planeBytes(step);
    const sweep = byLines ? program.block : step.planes;

    const runSweep = (plane: number, inputs: readonly number[], outputs: readonly number[]) => {
      const planes = Math.min(sweep, step.planes - plane);
      const from = (address: number | undefined) => (address ? address + plane * inputBytes : 0);
      const to = (address: number | undefined) => (address ? address + plane * outputBytes : 0);
      for (const { params, split, items } of units) {
        const header = core.i32(params, HEADER_WORDS);
        header[1] = planes;
        header[3] = from(inputs[1]);
        header[4] = to(outputs[1]);
        header[5] = inputBytes;
        header[6] = outputBytes;
        split.run(to(outputs[0]), from(inputs[0]), params, 0, items(planes));
      }
    };
    return {
      run(inputs, outputs) {
        for (let plane = 0; plane < step.planes; plane += sweep) runSweep(plane, inputs, outputs);
      },
      dispose() {
        for (const { params, split } of units) {
          split.dispose();
          core.arena.free(params);
        }
        for (const address of [...tables.values(), shared]) core.arena.free(address);
      },
    };
  },
};
