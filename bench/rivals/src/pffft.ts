import { readFileSync } from "node:fs";
import { importLibrary, rivalFile } from "./library.ts";
import { type Implementation, planeCount, type Rival, spatialOf } from "./rival.ts";

interface Pffft {
  readonly HEAPF32: Float32Array;
  _pffft_new_setup(size: number, kind: number): number;
  _pffft_destroy_setup(setup: number): void;
  _pffft_aligned_malloc(bytes: number): number;
  _pffft_aligned_free(address: number): void;
  _pffft_transform_ordered(setup: number, from: number, to: number, work: number, direction: number): void;
}

const [REAL, COMPLEX] = [0, 1];
const [FORWARD, BACKWARD] = [0, 1];

/** The SIMD build's sizes: real transforms in multiples of 32, complex ones of 16, of factors 2, 3 and 5. */
const suits = (n: number, least: number): boolean => {
  let rest = n / least;
  if (!Number.isInteger(rest)) return false;
  for (const factor of [2, 3, 5]) while (rest % factor === 0) rest /= factor;
  return rest === 1;
};

/** One-dimensional transforms in the library's own memory; the passes around them are JavaScript. */
export async function pffft(): Promise<Rival> {
  const { default: load } = await importLibrary<{
    default(options: object): Promise<Pffft>;
  }>("@echogarden/pffft-wasm/dist/simd/pffft.js");
  const library = await load({
    wasmBinary: readFileSync(rivalFile("@echogarden/pffft-wasm/dist/simd/pffft.wasm")),
  });
  return {
    async prepare(task) {
      const [rows, columns] = spatialOf(task.shape);
      if (task.op !== "flcPool" || task.shape.length !== 4) return [];
      if (!suits(columns, 64) || !suits(rows, 32)) return [];
      const size = rows * columns;
      const offer = (crop: PffftCrop, impl: string, note: string): Implementation => {
        let y: Float32Array;
        return {
          impl,
          copies: "included",
          note,
          run: () => {
            y = new Float32Array((planeCount(task.shape) * size) / 4);
            for (let p = 0; p < planeCount(task.shape); p++) {
              crop.run(task.x.subarray(p * size, (p + 1) * size), y, (p * size) / 4);
            }
          },
          output: () => y,
          dispose: () => crop.dispose(),
        };
      };
      return [
        offer(
          new PffftCrop(library, rows, columns),
          "pffft-wasm",
          "pruned, planes in its heap: 1-D transforms in Wasm, kept columns gathered and cropped by JavaScript",
        ),
        offer(
          new PffftLines(library, rows, columns),
          "pffft-wasm, line by line",
          "pruned, as its interface suggests: each line copied into its heap and back, transposed by JavaScript",
        ),
      ];
    },
  };
}

/**
 * The pruned two-dimensional crop: real transforms of the rows, complex ones of the kept columns, and the way back.
 * Real spectra are packed as the library does: bins 0 and N/2 share the first complex number.
 */
class PffftCrop {
  protected readonly setups: { row: number; column: number; outColumn: number; outRow: number };
  protected readonly image: number;
  private readonly rowSpectra: number;
  protected readonly column: number;
  private readonly work: number;
  /** Columns 0 .. K/2 after their round trip, [bin][row], complex. */
  protected readonly kept: Float32Array;

  constructor(
    protected readonly library: Pffft,
    protected readonly rows: number,
    protected readonly columns: number,
  ) {
    const setup = (n: number, kind: number) => library._pffft_new_setup(n, kind);
    const floats = (n: number) => library._pffft_aligned_malloc(4 * n);
    this.setups = {
      row: setup(columns, REAL),
      column: setup(rows, COMPLEX),
      outColumn: setup(rows / 2, COMPLEX),
      outRow: setup(columns / 2, REAL),
    };
    this.image = floats(rows * columns);
    this.rowSpectra = floats(rows * columns);
    this.column = floats(2 * Math.max(rows, columns));
    this.work = floats(2 * Math.max(rows, columns));
    this.kept = new Float32Array((columns / 4 + 1) * rows);
  }

  run(x: Float32Array, y: Float32Array, to: number): void {
    this.forwardRows(x);
    for (let k = 0; k <= this.columns / 4; k++) this.filterColumn(k);
    this.inverseRows(y, to);
  }

  protected forwardRows(x: Float32Array): void {
    const { library, rows, columns, setups } = this;
    library.HEAPF32.set(x, this.image / 4);
    for (let r = 0; r < rows; r++) {
      const offset = 4 * r * columns;
      this.transform(setups.row, this.image + offset, this.rowSpectra + offset, FORWARD);
    }
  }

  dispose(): void {
    for (const setup of Object.values(this.setups)) this.library._pffft_destroy_setup(setup);
    for (const address of [this.image, this.rowSpectra, this.column, this.work]) {
      this.library._pffft_aligned_free(address);
    }
  }

  protected transform(setup: number, from: number, to: number, direction: number): void {
    this.library._pffft_transform_ordered(setup, from, to, this.work, direction);
  }

  /** Transforms column k of the row spectra, crops it, and transforms it back. */
  private filterColumn(k: number): void {
    const { library, rows, columns, setups } = this;
    const heap = library.HEAPF32;
    const c = this.column / 4;
    this.loadColumn(k);
    this.transform(setups.column, this.column, this.column, FORWARD);
    this.crop(heap, c, k === columns / 4);
    this.transform(setups.outColumn, this.column, this.column, BACKWARD);
    this.kept.set(heap.subarray(c, c + rows), k * rows);
  }

  protected loadColumn(k: number): void {
    const { library, rows, columns } = this;
    const heap = library.HEAPF32;
    const c = this.column / 4;
    const source = this.rowSpectra / 4 + 2 * k;
    for (let r = 0; r < rows; r++) {
      heap[c + 2 * r] = heap[source + r * columns];
      heap[c + 2 * r + 1] = k === 0 ? 0 : heap[source + r * columns + 1];
    }
  }

  /** Keeps the M = rows / 2 centred bins in place; those without a partner are averaged with their mirror image. */
  private crop(heap: Float32Array, c: number, isLast: boolean): void {
    const { rows } = this;
    const [M, half] = [rows / 2, rows / 4];
    const [re, im] = [heap[c + 2 * half], heap[c + 2 * half + 1]];
    const unpaired = c + 2 * (rows - half);
    const mean = isLast ? [re, 0] : [(re + heap[unpaired]) / 2, (im + heap[unpaired + 1]) / 2];
    if (isLast) {
      heap[c + 1] = 0;
      for (let q = 1; q < half; q++) {
        const [a, b] = [c + 2 * q, c + 2 * (rows - q)];
        const [sum, difference] = [(heap[a] + heap[b]) / 2, (heap[a + 1] - heap[b + 1]) / 2];
        heap[a] = sum;
        heap[b] = sum;
        heap[a + 1] = difference;
        heap[b + 1] = -difference;
      }
    }
    heap.copyWithin(c + 2 * (half + 1), c + 2 * (rows - half + 1), c + 2 * rows);
    heap[c + M] = mean[0];
    heap[c + M + 1] = mean[1];
  }

  protected inverseRows(y: Float32Array, to: number): void {
    const { library, rows, columns, kept, setups } = this;
    const heap = library.HEAPF32;
    const [K, last, line] = [columns / 2, columns / 4, this.column / 4];
    const scale = 1 / (rows * columns);
    for (let m = 0; m < rows / 2; m++) {
      heap[line] = kept[2 * m];
      heap[line + 1] = kept[last * rows + 2 * m];
      for (let k = 1; k < last; k++) {
        heap[line + 2 * k] = kept[k * rows + 2 * m];
        heap[line + 2 * k + 1] = kept[k * rows + 2 * m + 1];
      }
      const out = this.image + 4 * m * K;
      this.transform(setups.outRow, this.column, out, BACKWARD);
    }
    const first = this.image / 4;
    for (let i = 0; i < (rows * columns) / 4; i++) y[to + i] = scale * heap[first + i];
  }
}

/** The same with images and spectra in JavaScript's memory: the heap holds one line at a time. */
class PffftLines extends PffftCrop {
  private readonly spectra = new Float32Array(this.rows * this.columns);
  /** Columns 0 .. K/2 of the spectra, [bin][row], complex. */
  private readonly transposed = new Float32Array(2 * this.rows * (this.columns / 4 + 1));
  private readonly lines = new Float32Array((this.rows * this.columns) / 4);

  protected override forwardRows(x: Float32Array): void {
    const { library, rows, columns, setups, spectra, transposed } = this;
    const heap = library.HEAPF32;
    const line = this.column / 4;
    for (let r = 0; r < rows; r++) {
      heap.set(x.subarray(r * columns, (r + 1) * columns), line);
      this.transform(setups.row, this.column, this.column, FORWARD);
      spectra.set(heap.subarray(line, line + columns), r * columns);
    }
    for (let k = 0; k <= columns / 4; k++) {
      for (let r = 0; r < rows; r++) {
        transposed[2 * (k * rows + r)] = spectra[r * columns + 2 * k];
        transposed[2 * (k * rows + r) + 1] = k === 0 ? 0 : spectra[r * columns + 2 * k + 1];
      }
    }
  }

  protected override loadColumn(k: number): void {
    const column = this.transposed.subarray(2 * k * this.rows, 2 * (k + 1) * this.rows);
    this.library.HEAPF32.set(column, this.column / 4);
  }

  protected override inverseRows(y: Float32Array, to: number): void {
    const { library, rows, columns, kept, setups, lines } = this;
    const heap = library.HEAPF32;
    const [K, last, line] = [columns / 2, columns / 4, this.column / 4];
    const scale = 1 / (rows * columns);
    for (let m = 0; m < rows / 2; m++) {
      lines[m * K] = kept[2 * m];
      lines[m * K + 1] = kept[last * rows + 2 * m];
      for (let k = 1; k < last; k++) {
        lines[m * K + 2 * k] = kept[k * rows + 2 * m];
        lines[m * K + 2 * k + 1] = kept[k * rows + 2 * m + 1];
      }
    }
    for (let m = 0; m < rows / 2; m++) {
      heap.set(lines.subarray(m * K, (m + 1) * K), line);
      this.transform(setups.outRow, this.column, this.column, BACKWARD);
      for (let i = 0; i < K; i++) y[to + m * K + i] = scale * heap[line + i];
    }
  }
}
