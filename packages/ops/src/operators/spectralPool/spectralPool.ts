import { defineOperator } from "../../define.ts";
import type { FourierAxis, SpectralWindow } from "../../fourier.ts";
import { choice, perAxis, type WindowOption, windowOption } from "../../params.ts";
import { fail } from "../../refuse.ts";
import {
  type FourierPool,
  fourierCrop,
  fourierOutput,
  fourierSemantics,
  lowerFourier,
  lowerFourierVjp,
} from "../flcPool/flcPool.ts";
import { cases } from "./cases.ts";
import { reference } from "./reference.ts";

/** A window option laid over `span` frequencies. */
export function spectralWindow(option: WindowOption, span: number): SpectralWindow {
  if (option === "none") return { kind: "none" };
  const half = span / 2;
  if (typeof option === "string") return { kind: option, half };
  if ("kaiser" in option) return { kind: "kaiser", half, parameter: option.kaiser };
  return option.tukey === 0 ? { kind: "none" } : { kind: "tukey", half, parameter: option.tukey };
}

/** The kept bins of an axis: the lowest `out` frequencies. */
export function checkOutputSize(op: string, outputSize: readonly number[], spatial: readonly number[]): void {
  outputSize.forEach((out, a) => {
    if (out <= spatial[a]) return;
    fail(
      "INVALID_SHAPE",
      op,
      `outputSize ${out} of spatial axis ${a} is larger than the input's ${spatial[a]}; expected 1 to ${spatial[a]}.`,
      { option: "outputSize", got: out, expected: `1 to ${spatial[a]}` },
    );
  });
}

/**
 * The lowest frequencies under a window of choice, at any output size.
 *
 * Takes `x` [N, C, ...spatial] and either `outputSize` or `stride` (`outputSize = max(1, floor(size / stride))`);
 * gives [N, C, ...outputSize]. The window is laid over the kept band (`span: "kept"`, so it can fall to its end at
 * the cut) or over the input's band. `nyquist: "drop"` leaves the lone Nyquist bin of even outputs out: that is
 * the k-space crop, which commutes with every shift. Axes that keep their size are left alone. Sample m sits at
 * `m size / outputSize`. Borders are circular.
 *
 * @throws `INVALID_OPTION` unless exactly one of outputSize and stride is given, `INVALID_SHAPE` for larger outputs.
 * @see Rippel, Snoek, Adams, Spectral representations for convolutional neural networks, NIPS 2015
 * @example
 * const y = spectralPool(x, { outputSize: [96, 96], window: "hann" });
 */
export const spectralPool = defineOperator({
  name: "spectralPool",
  summary: "The lowest frequencies under a window of choice, at any output size.",
  source: "Rippel, Snoek, Adams, Spectral representations for convolutional neural networks, NIPS 2015",
  operands: ["x"],
  outputs: ["y"],
  params: {
    outputSize: perAxis({ doc: "Output size in voxels, up to the input's.", min: 1 }),
    stride: perAxis({ doc: "Downsampling factor, instead of outputSize.", min: 1 }),
    window: windowOption({ doc: "Gain by frequency.", default: "none" }),
    span: choice(["kept", "input"], { doc: "The band the window is laid over.", default: "kept" }),
    nyquist: choice(["half", "drop"], {
      doc: "The lone Nyquist bin of even outputs: as in flcPool, or left out.",
      default: "half",
    }),
  },
  gradients: ["x"],
  semantics: fourierSemantics,
  independent: { each: "plane", tensors: ["x"] },
  resolve(options, { x: [batch, channels, ...spatial] }) {
    const { stride, window, span, nyquist } = options;
    if ((options.outputSize === undefined) === (stride === undefined)) {
      fail(
        "INVALID_OPTION",
        "spectralPool",
        `got ${stride ? "both outputSize and stride" : "neither outputSize nor stride"}; expected one of them.`,
        { option: "outputSize" },
      );
    }
    const outputSize =
      options.outputSize ?? spatial.map((size, a) => Math.max(1, Math.floor(size / stride![a])));
    checkOutputSize("spectralPool", outputSize, spatial);
    const axes = spatial.map((size, a): FourierAxis => {
      const out = outputSize[a];
      if (out === size)
        return fourierCrop({ op: "spectralPool", size, stride: 1, rounding: "floor", bins: "centered" });
      const laid = spectralWindow(window, span === "kept" ? out : size);
      return { size, out, frequency: -Math.floor(out / 2), shift: 0, window: laid, nyquist, domain: "image" };
    });
    return { planes: batch * channels, axes } satisfies FourierPool;
  },
  output: fourierOutput,
  lower: lowerFourier,
  lowerVjp: lowerFourierVjp,
  reference,
  get cases() {
    return cases();
  },
});
