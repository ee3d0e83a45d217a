import { defineOperator } from "../../define.ts";
import type { FourierAxis } from "../../fourier.ts";
import { choice, perAxis, windowOption } from "../../params.ts";
import { expectShape } from "../../resolve.ts";
import { type FourierPool, fourierOutput } from "../flcPool/flcPool.ts";
import { checkOutputSize, spectralWindow } from "../spectralPool/spectralPool.ts";
import { cases } from "./cases.ts";
import { reference } from "./reference.ts";

export interface KspacePool extends FourierPool {
  readonly part: "magnitude" | "real";
  /** Shape of the image, with N and C. */
  readonly shape: readonly number[];
}

/**
 * The low-resolution image straight from k-space: crop, window, inverse transform.
 *
 * Takes `re` and `im` [N, C, ...spatial], a centred spectrum as acquired (zero frequency at `floor(size / 2)`,
 * unscaled forward transform); gives [N, C, ...outputSize], its magnitude or real part, scaled so that the mean is
 * that of the full image. The window is laid over the kept band. Sample m sits at `m size / outputSize` voxels of
 * the full image. The gradient gives `{ re, im }`; it is 0 where the magnitude is 0.
 *
 * @throws `INVALID_SHAPE` where re and im differ or the output is larger than the input.
 * @see METRICS.md of this project, k-space ground truth; Rippel et al. 2015
 * @example
 * const image = kspacePool(re, im, { outputSize: [64, 64], window: "hamming" });
 */
export const kspacePool = defineOperator({
  name: "kspacePool",
  summary: "The low-resolution image straight from centred k-space.",
  source: "Low-resolution acquisition in MRI: measuring only the centre of k-space",
  operands: ["re", "im"],
  outputs: ["y"],
  params: {
    outputSize: perAxis({ doc: "Output size in voxels, up to the input's.", min: 1, required: true }),
    window: windowOption({ doc: "Gain by frequency, laid over the kept band.", default: "none" }),
    part: choice(["magnitude", "real"], { doc: "What becomes of the complex image.", default: "magnitude" }),
  },
  gradients: ["re", "im"],
  semantics: {
    linear: false,
    keepsConstants: false,
    support: "circular",
    nonFinite: "One NaN or infinity among the kept frequencies leaves no finite voxel in its plane.",
    tolerance: ({ axes }) => 1e-6 * Math.max(1, ...axes.map(({ size }) => Math.sqrt(size / 512))),
    gain: () => 1,
  },
  independent: { each: "plane", tensors: ["re", "im"] },
  resolve({ outputSize, window, part }, { re, im }) {
    expectShape("kspacePool", "im", im, re);
    const [batch, channels, ...spatial] = re;
    checkOutputSize("kspacePool", outputSize, spatial);
    const axes = spatial.map((size, a): FourierAxis => {
      const out = outputSize[a];
      const laid = spectralWindow(window, out);
      return {
        size,
        out,
        frequency: -Math.floor(out / 2),
        shift: 0,
        window: laid,
        nyquist: "half",
        domain: "kspace",
      };
    });
    return {
      planes: batch * channels,
      axes,
      part,
      shape: [batch, channels, ...outputSize],
    } satisfies KspacePool;
  },
  output: fourierOutput,
  lower({ planes, axes, part, shape }, graph, { re, im }, { y }) {
    const step = { family: "fourier", planes, axes, adjoint: false, inputs: [re, im] } as const;
    if (part === "real") return graph.step({ ...step, outputs: [y] });
    const image = [graph.temporary(shape), graph.temporary(shape)];
    graph.step({ ...step, outputs: image });
    graph.step({
      family: "elementwise",
      function: "magnitude",
      length: shape.reduce((p, n) => p * n, 1),
      inputs: image,
      outputs: [y],
    });
  },
  lowerVjp({ planes, axes, part, shape }, graph, { re, im, gy }, gradients) {
    const step = { family: "fourier", planes, axes } as const;
    const outputs = [gradients.re, gradients.im];
    if (part === "real") return graph.step({ ...step, adjoint: true, inputs: [gy], outputs });
    const image = [graph.temporary(shape), graph.temporary(shape)];
    const gradient = [graph.temporary(shape), graph.temporary(shape)];
    graph.step({ ...step, adjoint: false, inputs: [re, im], outputs: image });
    const length = shape.reduce((p, n) => p * n, 1);
    graph.step({
      family: "elementwise",
      function: "magnitudeVjp",
      length,
      inputs: [...image, gy],
      outputs: gradient,
    });
    graph.step({ ...step, adjoint: true, inputs: gradient, outputs });
  },
  reference,
  get cases() {
    return cases();
  },
});
