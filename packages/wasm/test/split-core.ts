import type { Core } from "../src/core.ts";

/** A view of `core` whose kernels are called for one item at a time, last one first, as threads might. */
export function splitCore(core: Core): Core {
  const split: Core = Object.create(core);
  split.kernel = (name) => {
    const kernel = core.kernel(name);
    return (out, input, params, work, begin, end) => {
      for (let item = end - 1; item >= begin; item--) kernel(out, input, params, work, item, item + 1);
    };
  };
  return split;
}
