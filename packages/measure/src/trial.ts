import { HalfbandError } from "@halfband/ops";
import {
  applyOperator,
  fitToSpacing,
  inner,
  isFlat,
  type Pair,
  type Plane,
  type PlaneOperator,
  planeOf,
} from "./plane.ts";
import {
  bandSpectrum,
  cropSpectrum,
  inverseSpectrum,
  phaseShift,
  type Spectrum,
  spectrum,
} from "./spectrum.ts";

export interface TrialOptions {
  /**
   * Output samples left out on every side, for operators that do not wrap around: ceil(kernel / stride) keeps
   * the border's padding out of the numbers. Default 0, for circular operators.
   */
  readonly margin?: number;
}

/** One operator applied to one plane, with everything that several metrics share. All planes are float64. */
export interface Trial {
  readonly operator: PlaneOperator;
  /** The input, cut to a size the spacing divides. */
  readonly input: Plane;
  readonly spectrum: Spectrum;
  /** What the operator returned. */
  readonly output: Plane;
  /** The output with the margin, if any, filled from y*: a Fourier shift would spread the padding inwards. */
  readonly settled: Plane;
  /** The settled output with the centre offset removed by a Fourier phase shift: sample m lies at spacing * m. */
  readonly centred: Plane;
  /** The low-resolution scan y*. */
  readonly reference: Plane;
  /** The input restricted to the open band. */
  readonly lowpassed: Plane;
  readonly margin: Pair;
  readonly flat: boolean;
  readonly cropped: boolean;
}

/**
 * Applies `operator` to `plane` and prepares what the metrics compare.
 *
 * @example trial(plainStride([2, 2]), zonePlate(256)).output.shape; // [128, 128]
 */
export function trial(operator: PlaneOperator, plane: Plane, { margin = 0 }: TrialOptions = {}): Trial {
  const { plane: input, cropped } = fitToSpacing(plane, operator.spacing);
  const X = spectrum(input);
  const output = applyOperator(operator, input);
  if (!(Number.isInteger(margin) && margin >= 0 && 2 * margin < Math.min(...output.shape))) {
    throw new HalfbandError(
      "INVALID_OPTION",
      `A margin of ${margin} does not fit an output of ${output.shape.join(" x ")}.`,
      {
        op: "measure",
        option: "margin",
        got: margin,
        expected: "a whole number that leaves samples on both axes",
      },
    );
  }
  const reference = cropSpectrum(X, operator.spacing);
  const settled = fillMargin(output, reference, margin);
  return {
    operator,
    input,
    spectrum: X,
    output,
    settled,
    centred: removeOffset(settled, operator),
    reference,
    lowpassed: inverseSpectrum(bandSpectrum(X, operator.spacing, "open")),
    margin: [margin, margin],
    flat: isFlat(input),
    cropped,
  };
}

/** Sample m sits at spacing * m + offset: put it back on spacing * m. */
export const removeOffset = (y: Plane, { offset, spacing }: PlaneOperator): Plane =>
  phaseShift(y, [offset[0] / spacing[0], offset[1] / spacing[1]]);

/** `y` with the outermost `margin` samples taken from `border`. */
export function fillMargin(y: Plane, border: Plane, margin: number): Plane {
  if (margin === 0) return y;
  const [rows, columns] = y.shape;
  const inside = (i: number, size: number): boolean => i >= margin && i < size - margin;
  return planeOf(y.shape, (i, j) => {
    const source = inside(i, rows) && inside(j, columns) ? y : border;
    return source.data[i * columns + j];
  });
}

/** A plane of output size without the trial's margin. */
export const withoutMargin = (y: Plane, { margin }: Trial): Plane => inner(y, margin);
