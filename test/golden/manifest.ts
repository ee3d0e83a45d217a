import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A tensor inside one of the manifest's binary files. */
export interface TensorReference {
  readonly file: string;
  readonly byteOffset: number;
  readonly dtype: "f32" | "i32";
  readonly shape: readonly number[];
}

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

type Group = Readonly<Record<string, TensorReference>>;

export interface GoldenCase {
  readonly name: string;
  readonly op: string;
  readonly dims: number;
  // Every operator has its own; `translate` knows them.
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Group;
  readonly outputs: Group;
  readonly vjp?: Group;
  readonly geometry?: { readonly offset: readonly number[]; readonly spacing: readonly number[] };
  readonly tolerance: Tolerance;
  readonly vjpTolerance?: Tolerance;
}

export interface AffineCase {
  readonly name: string;
  readonly affine: readonly number[];
  readonly geometry: { readonly offset: readonly number[]; readonly spacing: readonly number[] };
  readonly expectedAffine: readonly number[];
}

export interface Manifest {
  readonly cases: readonly GoldenCase[];
  readonly affines: readonly AffineCase[];
  readonly tables: {
    readonly blurTaps: Readonly<Record<string, readonly number[]>>;
    readonly numpyHamming: Readonly<Record<string, readonly number[]>>;
    readonly flcBins: readonly {
      readonly n: number;
      readonly outSize: number;
      readonly referenceBins: readonly number[];
      readonly referenceDelta: number;
      readonly centeredBins: readonly number[];
    }[];
  };
}

export type GoldenData = Float32Array | Int32Array;

/** A manifest with its binary files, read once. */
export class Goldens {
  readonly manifest: Manifest;
  private readonly files = new Map<string, ArrayBuffer>();

  constructor(private readonly dir: string) {
    this.manifest = JSON.parse(readFileSync(join(dir, "manifest.json"), "utf8")) as Manifest;
  }

  read({ file, byteOffset, dtype, shape }: TensorReference): GoldenData {
    let bytes = this.files.get(file);
    if (bytes === undefined) {
      bytes = Uint8Array.from(readFileSync(join(this.dir, file))).buffer;
      this.files.set(file, bytes);
    }
    const length = shape.reduce((p, n) => p * n, 1);
    return dtype === "i32"
      ? new Int32Array(bytes, byteOffset, length)
      : new Float32Array(bytes, byteOffset, length);
  }
}
