// Positions of samples: every index of a block, circular shifts, and the outputs that no border reaches.
import { elementCount, type Plan } from "@halfband/ops";

/** Every index of a block of these sizes, last axis fastest. */
export function* indices(sizes: readonly number[]): Generator<readonly number[]> {
  const count = elementCount(sizes);
  for (let flat = 0; flat < count; flat++) {
    let rest = flat;
    const index = sizes.map(() => 0);
    for (let a = sizes.length - 1; a >= 0; a--) {
      index[a] = rest % sizes[a];
      rest = Math.floor(rest / sizes[a]);
    }
    yield index;
  }
}

export const flatOf = (index: readonly number[], sizes: readonly number[]): number =>
  index.reduce((flat, i, a) => flat * sizes[a] + i, 0);

/** out[i] = data[i - shift], circular on the spatial axes. */
export function rolled(
  data: ArrayLike<number>,
  shape: readonly number[],
  shift: readonly number[],
): Float32Array {
  const out = new Float32Array(data.length);
  let flat = 0;
  for (const index of indices(shape)) {
    const source = index.map((i, a) => (a < 2 ? i : (((i - shift[a - 2]) % shape[a]) + shape[a]) % shape[a]));
    out[flat++] = data[flatOf(source, shape)];
  }
  return out;
}

interface Stage {
  readonly size: number;
  readonly stride: number;
  readonly kernel?: number;
  readonly dilation?: number;
  readonly padBefore?: number;
}
type Stages = { readonly axes: readonly Stage[] };

/** Windows one after the other, and those that look at the image beside them. */
function windowsOf({ params }: Plan): Stages[][] {
  const { axes, conv, max, blur, filter } = params as Partial<
    Stages & Record<"conv" | "max" | "blur" | "filter", Stages | null>
  >;
  if (axes) return [[{ axes }], ...(filter ? [[filter]] : [])];
  return [[conv ?? max, blur].filter((stage) => stage != null)];
}

/** Whether sample m of axis `a` sees real voxels only. */
const seesVoxelsOnly = (plan: Plan, a: number, m: number): boolean =>
  windowsOf(plan).every((chain) => {
    let [first, last] = [m, m];
    return chain.toReversed().every(({ axes }) => {
      const { size, stride, kernel = stride, dilation = 1, padBefore = 0 } = axes[a];
      first = first * stride - padBefore;
      last = last * stride - padBefore + dilation * (kernel - 1);
      return first >= 0 && last < size;
    });
  });

/** Outputs that see real voxels only, and the one before them on every axis too. */
export function interiorOf(plan: Plan): (readonly number[])[] {
  const inside = plan.shape
    .slice(2)
    .map((size, a) =>
      Array.from(
        { length: size },
        (_, m) => m > 0 && seesVoxelsOnly(plan, a, m - 1) && seesVoxelsOnly(plan, a, m),
      ),
    );
  return [...indices(plan.shape)].filter((index) => inside.every((holds, a) => holds[index[a + 2]]));
}
