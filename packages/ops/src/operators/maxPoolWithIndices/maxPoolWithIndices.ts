import { defineOperator } from "../../define.ts";
import { maxPoolOutput, maxPoolParams, maxSemantics, resolveMaxPool } from "../maxPool/maxPool.ts";
import { cases } from "./cases.ts";
import { reference } from "./reference.ts";

/**
 * The largest voxel of every window, and where it is.
 *
 * As `maxPool`; gives `{ values, indices }`, both [N, C, ...out]. `indices` are int32, flat within the spatial
 * plane of the input.
 *
 * @throws as `maxPool`
 * @see PyTorch MaxPool2d with return_indices
 * @example
 * const { values, indices } = maxPoolWithIndices(x, { kernelSize: 2 });
 */
export const maxPoolWithIndices = defineOperator({
  name: "maxPoolWithIndices",
  summary: "The largest voxel of every window, and its flat index within the plane.",
  source: "PyTorch MaxPool1d, MaxPool2d, MaxPool3d with return_indices",
  operands: ["x"],
  outputs: ["values", "indices"],
  outputTypes: { indices: "int32" },
  params: maxPoolParams,
  gradients: ["x"],
  semantics: maxSemantics,
  independent: { each: "plane", tensors: ["x"] },
  resolve: (options, shapes) => resolveMaxPool("maxPoolWithIndices", options, shapes),
  output: maxPoolOutput,
  lower({ planes, axes }, graph, { x }, { values, indices }) {
    graph.step({ family: "maxpool", planes, axes, inputs: [x], outputs: [values, indices] });
  },
  lowerVjp({ planes, axes }, graph, { x, gy }, gradients) {
    graph.step({ family: "maxpoolVjp", planes, axes, inputs: [x, gy], outputs: [gradients.x] });
  },
  reference,
  get cases() {
    return cases();
  },
});
