import { type ComplexMatrix, emptyMatrix } from "./complex-matrix.ts";
import { fft } from "./fft.ts";
import { axisGain, type FourierAxis } from "./fourier.ts";

/**
 * `fourierMatrix` of an image axis, row by row: row m is the transform of the gains, turned by the phases of sample m.
 * It takes out * size * log(size) steps where the definition takes seconds from 500 voxels on.
 *
 * @throws `OUT_OF_MEMORY` where the matrix is too large.
 */
export function imageMatrix(axis: FourierAxis): ComplexMatrix {
  const { size, out, frequency, shift } = axis;
  const gain = axisGain(axis);
  const { re, im } = emptyMatrix(axis);
  for (let m = 0; 2 * m <= out; m++) {
    const row = { re: re.subarray(m * size, (m + 1) * size), im: im.subarray(m * size, (m + 1) * size) };
    for (let i = 0; i < out; i++) {
      const k = frequency + i;
      const bin = ((k % size) + size) % size;
      // Reduced as integers, so that large angles lose no digits.
      const angle = (2 * Math.PI * (((k + shift) * m) % out)) / out;
      row.re[bin] = (gain[i] / size) * Math.cos(angle);
      row.im[bin] = (gain[i] / size) * Math.sin(angle);
    }
    fft(size).forward(row.re, row.im);
    // The gains are real: A[M - m, N - n] is the conjugate of A[m, n].
    const mirror = ((out - m) % out) * size;
    if (mirror !== m * size) {
      for (let n = 0; n < size; n++) {
        const at = mirror + ((size - n) % size);
        re[at] = row.re[n];
        im[at] = -row.im[n];
      }
    }
  }
  return { re, im };
}
