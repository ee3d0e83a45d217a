import type { Step } from "@halfband/ops";
import type { FusedKernel } from "../fusion.ts";
import { convblur } from "./convblur.ts";
import { maxblur } from "./maxblur.ts";

/** One line per kernel that runs two steps as one. */
export const fusedKernels = [maxblur, convblur] as unknown as readonly FusedKernel<Step, Step>[];
