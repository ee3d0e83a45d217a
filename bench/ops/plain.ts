// What a careful programmer writes without a library: plain loops over typed arrays, and for the k-space crop the
// usual fft.js with a pruned two-dimensional driver.
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
 * The k-space crop by fft.js: real transforms of the rows, complex transforms of the kept half of the columns, crop,
 * and the way back. Sizes must be powers of two, at least 4. Plans and work arrays are made once.
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
  /** Row spectra, bins 0 .. K/2 of K = columns / 2, complex. */
  private readonly kept: Float64Array;
  /** The same after the columns' round trip, rows / 2 of them. */
  private readonly filtered: Float64Array;

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
    this.kept = new Float64Array(rows * (columns / 2 + 2));
    this.filtered = new Float64Array((rows / 2) * (columns / 2 + 2));
  }

  /** One plane: reads x at `from`, writes y at `to`. */
  run(x: Float32Array, from: number, y: Float32Array, to: number): void {
    const { rows, columns, kept } = this;
    const pitch = columns / 2 + 2;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) this.line[c] = x[from + r * columns + c];
      this.rowForward.realTransform(this.rowSpectrum, this.line);
      for (let i = 0; i < pitch; i++) kept[r * pitch + i] = this.rowSpectrum[i];
    }
    for (let k = 0; k <= columns / 4; k++) this.filterColumn(k, pitch);
    this.inverseRows(y, to, pitch);
  }

  private filterColumn(k: number, pitch: number): void {
    const { rows, kept, filtered, columnIn, columnOut } = this;
    for (let r = 0; r < rows; r++) {
      columnIn[2 * r] = kept[r * pitch + 2 * k];
      columnIn[2 * r + 1] = kept[r * pitch + 2 * k + 1];
    }
    this.columnForward.transform(this.columnSpectrum, columnIn);
    this.cropColumn(2 * k === this.columns / 2);
    this.columnInverse.inverseTransform(columnOut, this.columnCrop);
    for (let m = 0; m < rows / 2; m++) {
      filtered[m * pitch + 2 * k] = columnOut[2 * m];
      filtered[m * pitch + 2 * k + 1] = columnOut[2 * m + 1];
    }
  }

  /** Keeps bins -M/2 .. M/2 - 1; those that have lost their partner become the mean with their mirror image. */
  private cropColumn(isLast: boolean): void {
    const { rows, columnSpectrum: from, columnCrop: to } = this;
    const M = rows / 2;
    for (let j = 0; j < M; j++) {
      const isUnpaired = 2 * j === M;
      const bin = 2 * j <= M ? j : j + M;
      const opposite = (rows - bin) % rows;
      // In the last column the mirror image is a conjugate; there the unpaired bin is its own.
      const partner = isLast === isUnpaired ? bin : opposite;
      const sign = isLast ? -1 : 1;
      to[2 * j] = (from[2 * bin] + from[2 * partner]) / 2;
      to[2 * j + 1] = (from[2 * bin + 1] + sign * from[2 * partner + 1]) / 2;
    }
  }

  private inverseRows(y: Float32Array, to: number, pitch: number): void {
    const { rows, columns, filtered, rowCrop, rowOut } = this;
    const K = columns / 2;
    for (let m = 0; m < rows / 2; m++) {
      for (let i = 0; i < pitch; i++) rowCrop[i] = filtered[m * pitch + i];
      for (let k = 1; k < K / 2; k++) {
        rowCrop[2 * (K - k)] = rowCrop[2 * k];
        rowCrop[2 * (K - k) + 1] = -rowCrop[2 * k + 1];
      }
      this.rowInverse.inverseTransform(rowOut, rowCrop);
      // The inverses divide by M and K; the crop wants 1 / (rows columns), a quarter of their product.
      for (let c = 0; c < K; c++) y[to + m * K + c] = rowOut[2 * c] / 4;
    }
  }
}
