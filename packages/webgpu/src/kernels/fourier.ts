import type { FourierStep } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import type { Dispatch, Workspace } from "../workspace.ts";
import { fourierParams, fourierShader } from "./fourier.wgsl.ts";
import { fourierProgram, type Operand, type Pass } from "./fourier-program.ts";
import { tileColumns, tileFor, tileGroups, tileRows } from "./tiled-product.ts";

const depthOf = ({ sources }: Pass): number => sources.reduce((sum, { depth }) => sum + depth, 0);

/** Spectral pools: one matrix product per axis, real ones where the real part of the result is all that is wanted. */
export const fourier: KernelFamily<FourierStep> = {
  family: "fourier",

  select(step, limits) {
    const { passes, scratch, form } = fourierProgram(step);
    const largest = Math.max(...passes.map((pass) => 4 * pass.rows * depthOf(pass)));
    if (largest > limits.bindingBytes) {
      const sizes = step.axes.map(({ size, out }) => `${size} to ${out}`).join(", ");
      return {
        reason: `fourier: an axis (${sizes}) needs a matrix of ${largest} bytes and this GPU lets a kernel see ${limits.bindingBytes} at a time; use smaller axes or the wasm backend.`,
      };
    }
    return {
      kernel: `fourier${step.axes.length}d_f32_${form}`,
      workspaceBytes: 4 * scratch.reduce((sum, floats) => sum + floats, 0),
    };
  },

  prepare(step, workspace) {
    const { passes, scratch } = fourierProgram(step);
    const slots = scratch.map((floats) => workspace.scratch(4 * floats));
    const matrices = new Map<string, GPUBuffer>();
    const prepared = passes.map((pass) => {
      const matrix = matrices.get(pass.key) ?? workspace.table(pass.matrix());
      matrices.set(pass.key, matrix);
      return { pass, matrix, ...preparePass(pass, workspace) };
    });
    return (encoder, inputs, outputs) => {
      const places = { input: inputs, output: outputs, scratch: slots };
      const bufferOf = ({ place, index }: Operand): GPUBuffer => places[place][index];
      for (const { pass, matrix, uniform, dispatch } of prepared) {
        const [first, second] = pass.sources.map(({ operand }) => bufferOf(operand));
        // Without a source nothing is read; any buffer will do.
        const bound = [uniform, matrix, first ?? matrix, bufferOf(pass.target)];
        dispatch(encoder, second ? [...bound, second] : bound);
      }
    };
  },
};

function preparePass(pass: Pass, workspace: Workspace): { uniform: GPUBuffer; dispatch: Dispatch } {
  const { sources, rows, outer, inner } = pass;
  const [first, second] = sources;
  const columns = outer * inner;
  const tile = tileFor(rows, columns);
  const rowTiles = tile ? Math.ceil(rows / tileRows(tile)) : 1;
  const tiles = tile ? rowTiles * Math.ceil(columns / tileColumns(tile)) : rows * columns;
  const params: Record<(typeof fourierParams)[number], number> = {
    tiles,
    rowTiles,
    rows,
    columns,
    rowStride: inner,
    depth: depthOf(pass),
    firstDepth: first?.depth ?? 0,
    inner,
    firstSize: first?.size ?? 0,
    firstStart: first?.start ?? 0,
    secondSize: second?.size ?? 0,
    secondStart: second?.start ?? 0,
  };
  const shader = fourierShader({
    tile,
    pair: second !== undefined,
    contiguous: tile !== null && inner === 1,
  });
  return {
    uniform: workspace.uniform(fourierParams.map((name) => params[name])),
    dispatch: workspace.dispatch(shader, { size: tile ? tileGroups(tiles) : tiles }),
  };
}
