import type { ConvStep } from "@halfband/ops";
import type { Core, Tile } from "../core.ts";
import type { Launch } from "../kernel.ts";
import { convFamily } from "./conv.ts";

const TILES: readonly Tile[] = ["4x8", "4x16"];

/** A single tap, so that nearly all of the time goes into the tiles. */
const CHANNELS = 32;
const COLUMNS = 256;
const STEP: ConvStep = {
  family: "conv",
  batch: 1,
  inChannels: CHANNELS,
  outChannels: CHANNELS,
  groups: 1,
  axes: [{ size: COLUMNS, out: COLUMNS, kernel: 1, stride: 1, dilation: 1, padBefore: 0, padAfter: 0 }],
  mode: "zeros",
  relu: false,
  inputs: [0, 1],
  outputs: [2],
};

/** Runs after which an engine has compiled the kernels well, or is about to. */
const WARM_RUNS = 100;
/** A round takes about half a millisecond for each tile: clocks of browsers are coarse. */
const RUNS = 40;
const ROUNDS = 5;
/** How much faster the wider tile must be. */
const GAIN = 1.1;

/**
 * Which tile of direct convolutions is the faster one depends on the engine: some join pairs of vector operations to
 * wider ones, and no test of features tells. It is timed; results are the same bits either way.
 */
export class TileTrial {
  private readonly data: number;
  private readonly launches: readonly Launch[];

  /** Runs both tiles, for the engine to compile them. */
  constructor(private readonly core: Core) {
    const { tile } = core;
    this.data = core.arena.allocate((2 * COLUMNS + CHANNELS) * CHANNELS * 4);
    core.f32(this.data, (2 * COLUMNS + CHANNELS) * CHANNELS).fill(0.5);
    this.launches = TILES.map((form) => {
      core.tile = form;
      return convFamily.prepare(STEP, core, new Map([[1, this.weight]]));
    });
    core.tile = tile;
    for (const launch of this.launches) this.run(launch, WARM_RUNS);
  }

  private get weight(): number {
    return this.data + 2 * COLUMNS * CHANNELS * 4;
  }

  private run(launch: Launch, runs: number): void {
    const inputs = [this.data, this.weight];
    const outputs = [this.data + COLUMNS * CHANNELS * 4];
    for (let i = 0; i < runs; i++) launch.run(inputs, outputs);
  }

  /** Has convolutions use the faster tile from now on. */
  choose(): void {
    const best = TILES.map(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, launch] of this.launches.entries()) {
        const start = performance.now();
        this.run(launch, RUNS);
        best[i] = Math.min(best[i], performance.now() - start);
      }
    }
    this.core.tile = best[0] > GAIN * best[1] ? "4x16" : "4x8";
    for (const launch of this.launches) launch.dispose();
    this.core.arena.free(this.data);
  }
}
