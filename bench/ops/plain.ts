// What a careful programmer writes without a library: plain loops over typed arrays, and for the k-space crop the
// usual fft.js with a pruned two-dimensional driver. One plane per call.
import FFT from "fft.js";

/** Pooling as one writes it: windows of any size, any stride. */
export function pool(
  x: Float32Array,
  y: Float32Array,
  [planes, rows, columns]: readonly [number, number, number],
  kind: "max" | "avg",
  kernel: number,
  stride: number,
): void {
  const outRows = Math.floor((rows - kernel) / stride) + 1;
  const outColumns = Math.floor((columns - kernel) / stride) + 1;
  let o = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let r = 0; r < outRows; r++) {
      for (let c = 0; c < outColumns; c++) {
        let best = kind === "max" ? Number.NEGATIVE_INFINITY : 0;
        for (let p = 0; p < kernel; p++) {
          for (let q = 0; q < kernel; q++) {
            const v = x[(plane * rows + r * stride + p) * columns + c * stride + q];
            if (kind === "avg") best += v;
            else if (v > best || Number.isNaN(v)) best = v;
          }
        }
        y[o++] = kind === "avg" ? best / (kernel * kernel) : best;
      }
    }
  }
}

/** The same unrolled by hand for 2 x 2 windows at stride 2: the best that plain loops do. */
export function pool2(
  x: Float32Array,
  y: Float32Array,
  [planes, rows, columns]: readonly [number, number, number],
  kind: "max" | "avg",
): void {
  const [outRows, outColumns] = [rows >> 1, columns >> 1];
  let o = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let r = 0; r < outRows; r++) {
      let i = (plane * rows + 2 * r) * columns;
      for (let c = 0; c < outColumns; c++, i += 2) {
        y[o++] =
          kind === "avg"
            ? (x[i] + x[i + 1] + x[i + columns] + x[i + columns + 1]) / 4
            : Math.max(x[i], x[i + 1], x[i + columns], x[i + columns + 1]);
      }
    }
  }
}

const mirrored = (i: number, size: number): number => (i < 0 ? -i : i >= size ? 2 * size - 2 - i : i);

/** Binomial 1 2 1 on both axes, every second sample, reflected borders. */
export function blurPool3(
  x: Float32Array,
  y: Float32Array,
  planes: number,
  rows: number,
  columns: number,
): void {
  const [outRows, outColumns] = [(rows + 1) >> 1, (columns + 1) >> 1];
  let o = 0;
  for (let plane = 0; plane < planes; plane++) {
    const base = plane * rows * columns;
    for (let r = 0; r < outRows; r++) {
      const a = base + mirrored(2 * r - 1, rows) * columns;
      const b = base + 2 * r * columns;
      const d = base + mirrored(2 * r + 1, rows) * columns;
      for (let c = 0; c < outColumns; c++) {
        const l = mirrored(2 * c - 1, columns);
        const m = 2 * c;
        const n = mirrored(2 * c + 1, columns);
        const left = x[a + l] + 2 * x[b + l] + x[d + l];
        const middle = x[a + m] + 2 * x[b + m] + x[d + m];
        const right = x[a + n] + 2 * x[b + n] + x[d + n];
        y[o++] = (left + 2 * middle + right) / 16;
      }
    }
  }
}

/** 3 x 3 correlation with zero padding 1. */
export function conv3(
  x: Float32Array,
  weight: Float32Array,
  y: Float32Array,
  [channels, rows, columns]: readonly [number, number, number],
  outChannels: number,
  stride: number,
): void {
  const [outRows, outColumns] = [Math.floor((rows - 1) / stride) + 1, Math.floor((columns - 1) / stride) + 1];
  for (let o = 0; o < outChannels; o++) {
    for (let r = 0; r < outRows; r++) {
      for (let c = 0; c < outColumns; c++) {
        let sum = 0;
        for (let i = 0; i < channels; i++) {
          for (let p = 0; p < 3; p++) {
            const row = r * stride + p - 1;
            if (row < 0 || row >= rows) continue;
            for (let q = 0; q < 3; q++) {
              const column = c * stride + q - 1;
              if (column < 0 || column >= columns) continue;
              sum += weight[((o * channels + i) * 3 + p) * 3 + q] * x[(i * rows + row) * columns + column];
            }
          }
        }
        y[(o * outRows + r) * outColumns + c] = sum;
      }
    }
  }
}

/**
 * The k-space crop by fft.js: real transforms of the rows, complex transforms of the kept columns only, crop, and
 * the way back. Sizes must be powers of two. Plans and work arrays are made once.
 */
export class FftCrop {
  private readonly rowForward: FFT;
  private readonly columnForward: FFT;
  private readonly columnInverse: FFT;
  private readonly rowInverse: FFT;
  private readonly rowSpectrum: number[];
  private readonly columnIn: number[];
  private readonly columnSpectrum: number[];
  private readonly columnCrop: number[];
  private readonly columnOut: number[];
  private readonly rowCrop: number[];
  private readonly rowOut: number[];
  private readonly line: number[];
  private readonly kept: Float64Array;
  private readonly image: Float64Array;

  constructor(
    private readonly rows: number,
    private readonly columns: number,
  ) {
    this.rowForward = new FFT(columns);
    this.columnForward = new FFT(rows);
    this.columnInverse = new FFT(rows / 2);
    this.rowInverse = new FFT(columns / 2);
    this.rowSpectrum = this.rowForward.createComplexArray();
    this.columnIn = this.columnForward.createComplexArray();
    this.columnSpectrum = this.columnForward.createComplexArray();
    this.columnCrop = this.columnInverse.createComplexArray();
    this.columnOut = this.columnInverse.createComplexArray();
    this.rowCrop = this.rowInverse.createComplexArray();
    this.rowOut = this.rowInverse.createComplexArray();
    this.line = new Array<number>(columns).fill(0);
    this.kept = new Float64Array(rows * (columns / 2) * 2);
    this.image = new Float64Array((rows / 2) * (columns / 2) * 2);
  }

  /** One plane, in place of nothing: reads x at `from`, writes y at `to`. */
  run(x: Float32Array, from: number, y: Float32Array, to: number): void {
    const { rows, columns, kept, image } = this;
    const [M, K] = [rows / 2, columns / 2];
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) this.line[c] = x[from + r * columns + c];
      this.rowForward.realTransform(this.rowSpectrum, this.line);
      this.rowForward.completeSpectrum(this.rowSpectrum);
      for (let k = 0; k < K; k++) {
        const source = k < K / 2 ? k : k + K; // -K/2 .. K/2 - 1
        kept[2 * (r * K + k)] = this.rowSpectrum[2 * source];
        kept[2 * (r * K + k) + 1] = this.rowSpectrum[2 * source + 1];
      }
    }
    for (let k = 0; k < K; k++) {
      for (let r = 0; r < rows; r++) {
        this.columnIn[2 * r] = kept[2 * (r * K + k)];
        this.columnIn[2 * r + 1] = kept[2 * (r * K + k) + 1];
      }
      this.columnForward.transform(this.columnSpectrum, this.columnIn);
      for (let j = 0; j < M; j++) {
        const source = j < M / 2 ? j : j + M;
        this.columnCrop[2 * j] = this.columnSpectrum[2 * source];
        this.columnCrop[2 * j + 1] = this.columnSpectrum[2 * source + 1];
      }
      this.columnInverse.inverseTransform(this.columnOut, this.columnCrop);
      for (let m = 0; m < M; m++) {
        image[2 * (m * K + k)] = this.columnOut[2 * m];
        image[2 * (m * K + k) + 1] = this.columnOut[2 * m + 1];
      }
    }
    for (let m = 0; m < M; m++) {
      for (let i = 0; i < 2 * K; i++) this.rowCrop[i] = image[2 * m * K + i];
      this.rowInverse.inverseTransform(this.rowOut, this.rowCrop);
      // The inverses divide by M and K; the crop wants 1 / (rows columns), a quarter of their product.
      for (let c = 0; c < K; c++) y[to + m * K + c] = this.rowOut[2 * c] / 4;
    }
  }
}
