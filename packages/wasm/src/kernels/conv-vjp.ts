import type { ConvVjpStep } from "@halfband/ops";
import type { Core } from "../core.ts";
import type { KernelFamily, Launch } from "../kernel.ts";
import { outputTarget } from "./conv.ts";
import { PreparedCorrelation, type SlabVisitor } from "./conv-correlation.ts";
import { forwardCorrelation, mapTriple, packedLayout, product, volumeAxes } from "./conv-geometry.ts";
import { kernelCase, PACK_NANOSECONDS, PRODUCTS_PER_NANOSECOND } from "./conv-panels.ts";
import { Tables } from "./conv-tables.ts";
import { prepareTurned, selectTurned, turnedConv } from "./conv-vjp-turned.ts";
import { inputGradient, inputGradientBytes } from "./conv-vjp-x.ts";

/** Packed input at a time while summing weight gradients: it is read once per block of channels, so it stays in L2. */
const PACKED_BYTES = 256 << 10;

/** About what adding one value to a float64 sum takes. */
const SUM_NANOSECONDS = 0.3;

/** Order of the 32-bit words of `RoundParams` in assembly/conv-vjp.ts. */
const RoundWord = { summed: 0, taps: 1 } as const;
/** Order of the 32-bit words of `BiasParams` in assembly/conv-vjp.ts. */
const BiasWord = { batch: 0, channels: 1, length: 2 } as const;

export const convVjpFamily: KernelFamily<ConvVjpStep> = {
  family: "convVjp",

  select(step, precision, build, tile) {
    const rank = step.axes.length;
    const turned = turnedConv(step);
    switch (step.of) {
      case "x":
        if (turned) return selectTurned(turned, precision, build, tile);
        return {
          kernel: `conv${rank}d_f32_${kernelCase(step.inChannels / step.groups)}`,
          workspaceBytes: inputGradientBytes(step),
        };
      case "weight":
        return { kernel: `convvjp${rank}d_f32_weight`, workspaceBytes: weightGradientBytes(step) };
      case "bias":
        return { kernel: `convvjp${rank}d_f32_bias`, workspaceBytes: 0 };
    }
  },

  prepare(step, core, bound) {
    const turned = turnedConv(step);
    switch (step.of) {
      case "x":
        return turned ? prepareTurned(turned, core, bound.get(1)) : inputGradient(step, core, bound.get(1));
      case "weight":
        return weightGradient(step, core);
      case "bias":
        return biasGradient(step, core);
    }
  },
};

const weightCorrelation = (step: ConvVjpStep) =>
  forwardCorrelation(volumeAxes(step.axes), step.inChannels / step.groups, step.mode);

const weightTaps = (step: ConvVjpStep): number =>
  product(mapTriple(volumeAxes(step.axes), (axis) => axis.kernel));

/** The float64 sums: one per weight. */
const sumsLength = (step: ConvVjpStep): number =>
  (step.outChannels * step.inChannels * weightTaps(step)) / step.groups;

const weightGradientBytes = (step: ConvVjpStep): number =>
  packedLayout(weightCorrelation(step), PACKED_BYTES).bytes + sumsLength(step) * 8;

/** Sums over slabs, images and groups in float64, then rounds. */
function weightGradient(step: ConvVjpStep, core: Core): Launch {
  const tables = new Tables(core);
  const correlation = weightCorrelation(step);
  const layout = packedLayout(correlation, PACKED_BYTES);
  const prepared = new PreparedCorrelation(core, correlation, layout, [outputTarget(step)], tables);
  const sums = tables.reserve(sumsLength(step) * 8);
  const roundWords = [];
  roundWords[RoundWord.summed] = step.inChannels / step.groups;
  roundWords[RoundWord.taps] = weightTaps(step);
  const roundParams = tables.i32(roundWords);

  const volume = volumeAxes(step.axes);
  const inputBytes = (step.inChannels / step.groups) * product(mapTriple(volume, (axis) => axis.size)) * 4;
  const outputBytes = (step.outChannels / step.groups) * product(mapTriple(volume, (axis) => axis.out)) * 4;
  const groupSums = (sumsLength(step) / step.groups) * 8;
  const terms = weightTaps(step) * (step.inChannels / step.groups);
  const pairs = Math.ceil(terms / 2);
  const items = Math.ceil(step.outChannels / step.groups / 4) * pairs;
  const add = tables.split(`convvjp${step.axes.length}d_f32_weight`, {
    itemNanoseconds: (8 * product(layout.slab)) / PRODUCTS_PER_NANOSECOND,
    work: prepared.work,
  });
  const round = tables.split("convvjp_round_f32", { itemNanoseconds: terms * PACK_NANOSECONDS });
  let gradient = 0;
  let target = 0;
  const visit: SlabVisitor = (_, params, offset) => add.run(target, gradient + offset, params, 0, items);
  return {
    run([x, gy], [gw]) {
      core.f32(sums, sumsLength(step) * 2).fill(0);
      for (let image = 0; image < step.batch; image++) {
        for (let group = 0; group < step.groups; group++) {
          const plane = image * step.groups + group;
          gradient = gy + plane * outputBytes;
          target = sums + group * groupSums;
          prepared.run(x + plane * inputBytes, visit);
        }
      }
      round.run(gw, sums, roundParams, 0, step.outChannels);
    },
    dispose: () => tables.dispose(),
  };
}

function biasGradient(step: ConvVjpStep, core: Core): Launch {
  const tables = new Tables(core);
  const words = [];
  words[BiasWord.batch] = step.batch;
  words[BiasWord.channels] = step.outChannels;
  words[BiasWord.length] = product(mapTriple(volumeAxes(step.axes), (axis) => axis.out));
  const params = tables.i32(words);
  const sum = tables.split(`convvjp${step.axes.length}d_f32_bias`, {
    itemNanoseconds: step.batch * words[BiasWord.length] * SUM_NANOSECONDS,
  });
  return {
    run: ([gy], [gb]) => sum.run(gb, gy, params, 0, step.outChannels),
    dispose: () => tables.dispose(),
  };
}
