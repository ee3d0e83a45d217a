import type { Step } from "@halfband/ops";
import type { KernelFamily } from "../kernel.ts";
import { avgpool } from "./avgpool.ts";
import { blur } from "./blur.ts";
import { conv } from "./conv.ts";
import { convVjp } from "./conv-vjp.ts";
import { detail, detailVjp } from "./detail.ts";
import { elementwise } from "./elementwise.ts";
import { fourier } from "./fourier.ts";
import { maxpool, maxpoolVjp } from "./maxpool.ts";
import { region } from "./region.ts";

/** One line per kernel family. */
const families: { readonly [F in Step["family"]]: KernelFamily<Extract<Step, { family: F }>> } = {
  maxpool,
  maxpoolVjp,
  avgpool,
  blur,
  conv,
  convVjp,
  fourier,
  detail,
  detailVjp,
  region,
  elementwise,
};

/** The family that runs a step. */
export const kernelOf = (step: Step): KernelFamily<Step> =>
  families[step.family] as unknown as KernelFamily<Step>;
