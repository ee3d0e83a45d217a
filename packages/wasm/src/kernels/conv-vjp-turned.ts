import type { ConvStep, ConvVjpStep } from "@halfband/ops";
import type { Build, Core, Precision, Tile } from "../core.ts";
import type { Launch, Selection } from "../kernel.ts";
import { convFamily } from "./conv.ts";
import { Tables } from "./conv-tables.ts";

/**
 * The gradient of x as a convolution of gy with the turned weight, for which all kernels of convolutions serve. Undefined
 * where it is none: gy has gaps at strides above 1, borders that are not zero add to several voxels, and padding wider
 * than the kernel's reach leaves outputs that see no voxel.
 */
export function turnedConv(step: ConvVjpStep): ConvStep | undefined {
  const { axes, mode, batch, groups, inChannels, outChannels, inputs, outputs } = step;
  const isPadded = axes.some(({ padBefore, padAfter }) => padBefore > 0 || padAfter > 0);
  if ((isPadded && mode !== "zeros") || axes.some(({ stride }) => stride > 1)) return undefined;
  const turned = axes.map(({ size, out, kernel, stride, dilation, padBefore, padAfter }) => {
    const reach = dilation * (kernel - 1);
    return {
      size: out,
      out: size,
      kernel,
      stride,
      dilation,
      padBefore: reach - padBefore,
      padAfter: reach - padAfter,
    };
  });
  if (turned.some(({ padBefore, padAfter }) => Math.min(padBefore, padAfter) < 0)) return undefined;
  return {
    family: "conv",
    batch,
    groups,
    inChannels: outChannels,
    outChannels: inChannels,
    axes: turned,
    mode: "zeros",
    relu: false,
    inputs,
    outputs,
  };
}

const weightLength = ({ inChannels, outChannels, groups, axes }: ConvStep): number =>
  axes.reduce((length, { kernel }) => length * kernel, (inChannels * outChannels) / groups);

export function selectTurned(step: ConvStep, precision?: Precision, build?: Build, tile?: Tile): Selection {
  const selection = convFamily.select(step, precision, build, tile);
  return { ...selection, workspaceBytes: selection.workspaceBytes + weightLength(step) * 4 };
}

/** gy, weight -> gx. A weight that is bound is turned now, others in every run. */
export function prepareTurned(step: ConvStep, core: Core, boundWeight: number | undefined): Launch {
  const tables = new Tables(core);
  const turned = tables.reserve(weightLength(step) * 4);
  if (boundWeight !== undefined) turnWeight(step, core, boundWeight, turned);
  const conv = convFamily.prepare(step, core, new Map(boundWeight === undefined ? [] : [[1, turned]]));
  return {
    run([gy, weight], outputs) {
      if (boundWeight === undefined) turnWeight(step, core, weight, turned);
      conv.run([gy, turned], outputs);
    },
    dispose() {
      conv.dispose();
      tables.dispose();
    },
  };
}

/** Writes the weight of `step` from that of the forward convolution: channels exchanged, every kernel from its end. */
function turnWeight(step: ConvStep, core: Core, from: number, to: number): void {
  const length = weightLength(step);
  const [source, target] = [core.f32(from, length), core.f32(to, length)];
  const summed = step.inChannels / step.groups;
  const channels = step.outChannels / step.groups;
  const taps = length / (summed * step.outChannels);
  let at = 0;
  for (let group = 0; group < step.groups; group++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let term = 0; term < summed; term++) {
        const end = ((group * summed + term) * channels + channel + 1) * taps;
        for (let tap = 1; tap <= taps; tap++) target[at++] = source[end - tap];
      }
    }
  }
}
