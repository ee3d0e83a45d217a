import type { FourierStep } from "@halfband/ops";
import type { Core } from "../core.ts";
import type { KernelFamily, Launch, LaunchIntake } from "../kernel.ts";
import {
  itemNanoseconds,
  joinsPlanes,
  KINDS,
  type Operand,
  ORDERS,
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
    ORDERS.indexOf(pass.order ?? "plain"),
  ];
}

/** Bytes of one plane of the input and of the output. */
function planeBytes(step: FourierStep): readonly [number, number] {
  const bytes = (of: "size" | "out") => 4 * step.axes.reduce((floats, axis) => floats * axis[of], 1);
  return step.adjoint ? [bytes("out"), bytes("size")] : [bytes("size"), bytes("out")];
}

/** A parameter block and its kernel: all passes, with blocks of planes as items; or one pass, with lines as items. */
interface Unit {
  items(planes: number): number;
  /** Runs items of so many planes at these addresses. */
  run(
    planes: number,
    inputs: readonly number[],
    outputs: readonly number[],
    begin: number,
    end: number,
  ): void;
  dispose(): void;
}

function makeUnit(
  core: Core,
  step: FourierStep,
  program: Program,
  passes: readonly Pass[],
  body: number[],
): Unit {
  const { byLines, block } = program;
  const words = [passes.length, 0, byLines ? 0 : block, 0, 0, ...planeBytes(step), 0, ...body];
  const params = core.arena.allocate(4 * words.length);
  core.i32(params, words.length).set(words);
  const options = byLines
    ? { itemNanoseconds: itemNanoseconds(passes[0]), scratchBytes: passScratch(passes[0]) }
    : { itemNanoseconds: blockNanoseconds(program), scratchBytes: program.scratchBytes };
  const split = core.split(kernelName(step, program), options);
  return {
    items: (planes) => (byLines ? passItems(passes[0], planes) : Math.ceil(planes / block)),
    run(planes, [input, inputIm = 0], [output, outputIm = 0], begin, end) {
      const header = core.i32(params, HEADER_WORDS);
      header[1] = planes;
      header[3] = inputIm;
      header[4] = outputIm;
      split.run(output, input, params, begin, end);
    },
    dispose() {
      split.dispose();
      core.arena.free(params);
    },
  };
}

/** Bytes of an input in shares that a thread takes at a time, to find them in its cache. */
const SHARE_BYTES = 2 ** 17;

/** Neighbouring elements that go with the first pass's next items of lines, if no other pass reads the input. */
function firstLines({ passes, byLines }: Program): { elements: number; items: number } | undefined {
  const [{ kind, source, sourceIm, size, inner }, ...others] = passes;
  const readsInput = (pass: Pass) => [pass.source, pass.sourceIm].some(({ place }) => place === "input");
  const isAlone = source.place === "input" && sourceIm.place === "none" && !others.some(readsInput);
  if (!byLines || kind !== "halfband" || !isAlone) return undefined;
  return inner === 1
    ? { elements: 8 * size, items: 1 }
    : { elements: size * inner, items: Math.ceil(inner / 8) };
}

/** Where one sweep takes all planes, the first pass may take their lines in shares. */
function makeIntake(
  core: Core,
  { planes }: FourierStep,
  program: Program,
  [first, ...others]: readonly Unit[],
): LaunchIntake | undefined {
  const lines = program.block >= planes ? firstLines(program) : undefined;
  if (lines === undefined) return undefined;
  const count = Math.max(1, Math.floor((SHARE_BYTES * core.threads) / (4 * lines.elements)));
  const all = first.items(planes);
  if (count * lines.items >= all) return undefined;
  return {
    elements: count * lines.elements,
    take([share], outputs, element) {
      const begin = (element / lines.elements) * lines.items;
      const end = Math.min(begin + count * lines.items, all);
      first.run(planes, [share - 4 * element], outputs, begin, end);
    },
    finish(inputs, outputs) {
      for (const unit of others) unit.run(planes, inputs, outputs, 0, unit.items(planes));
    },
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
    const tables = placeTables(core, passes);
    const shared = program.sharedBytes > 0 ? core.arena.allocate(program.sharedBytes) : 0;
    const body = (pass: Pass) => passWords(pass, tables.get(pass.table.key)!, shared);
    const units = byLines
      ? passes.map((pass) => makeUnit(core, step, program, [pass], body(pass)))
      : [makeUnit(core, step, program, passes, passes.flatMap(body))];
    const [inputBytes, outputBytes] = planeBytes(step);
    const sweep = byLines ? program.block : step.planes;
    return {
      intake: makeIntake(core, step, program, units),
      run(inputs, outputs) {
        for (let plane = 0; plane < step.planes; plane += sweep) {
          const planes = Math.min(sweep, step.planes - plane);
          const from = inputs.map((address) => address + plane * inputBytes);
          const to = outputs.map((address) => address + plane * outputBytes);
          for (const unit of units) unit.run(planes, from, to, 0, unit.items(planes));
        }
      },
      dispose() {
        for (const unit of units) unit.dispose();
        for (const address of [...tables.values(), shared]) core.arena.free(address);
      },
    };
  },
};
