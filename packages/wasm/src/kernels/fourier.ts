import type { FourierStep } from "@halfband/ops";
import type { Core } from "../core.ts";
import type { KernelFamily, Launch } from "../kernel.ts";
import { KINDS, type Operand, type Pass, PLACES } from "./fourier-pass.ts";
import { fourierProgram, type Program } from "./fourier-program.ts";
import type { Table } from "./fourier-tables.ts";

const HEADER_WORDS = 8;
const PASS_WORDS = 16;

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

const operandWords = ({ place, bytes }: Operand): number[] => [PLACES.indexOf(place), bytes];

/** Words of one pass, in the order that assembly/fourier.ts reads them. */
const passWords = (pass: Pass, table: number): number[] => [
  KINDS.indexOf(pass.kind),
  ...operandWords(pass.source),
  ...operandWords(pass.sourceIm),
  ...operandWords(pass.target),
  ...operandWords(pass.targetIm),
  pass.outer,
  pass.size,
  pass.rows,
  pass.inner,
  table,
];

/**
 * Spectral pools. The work items of the kernel are blocks of planes: `program.block` of them share vector lanes, so a
 * split between threads falls between blocks.
 */
export const fourier: KernelFamily<FourierStep> = {
  family: "fourier",

  select(step) {
    const program = fourierProgram(step);
    return { kernel: kernelName(step, program), workspaceBytes: program.workspaceBytes };
  },

  prepare(step, core): Launch {
    const program = fourierProgram(step);
    const kernel = core.kernel(kernelName(step, program));
    const tables = placeTables(core, program.passes);
    const planeBytes = (of: "size" | "out") => 4 * step.axes.reduce((floats, axis) => floats * axis[of], 1);
    const [inputBytes, outputBytes] = step.adjoint
      ? [planeBytes("out"), planeBytes("size")]
      : [planeBytes("size"), planeBytes("out")];
    const params = core.arena.allocate(4 * (HEADER_WORDS + PASS_WORDS * program.passes.length));
    const work = core.arena.allocate(program.workspaceBytes);
    const words = core.i32(params, HEADER_WORDS + PASS_WORDS * program.passes.length);
    words.set([program.passes.length, step.planes, program.block, 0, 0, inputBytes, outputBytes]);
    program.passes.forEach((pass, i) => {
      words.set(passWords(pass, tables.get(pass.table.key)!), HEADER_WORDS + PASS_WORDS * i);
    });
    const items = Math.ceil(step.planes / program.block);
    return {
      run(inputs, outputs) {
        if (inputs.length > 1 || outputs.length > 1) {
          const operands = core.i32(params, HEADER_WORDS);
          operands[3] = inputs[1] ?? 0;
          operands[4] = outputs[1] ?? 0;
        }
        kernel(outputs[0], inputs[0], params, work, 0, items);
      },
      dispose() {
        for (const address of [...tables.values(), params, work]) core.arena.free(address);
      },
    };
  },
};
