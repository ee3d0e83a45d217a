import { itk } from "./itk.ts";
import { kissfft } from "./kissfft.ts";
import { installRivals } from "./library.ts";
import { onnxruntimeNode, onnxruntimeWeb } from "./onnxruntime.ts";
import { opencv } from "./opencv.ts";
import { pffft } from "./pffft.ts";
import type { Rival } from "./rival.ts";
import { tfjs } from "./tfjs.ts";

/** Installs and loads every rival, each on one thread. */
export async function loadRivals(): Promise<Rival[]> {
  installRivals();
  const rivals: Rival[] = [];
  for (const load of [onnxruntimeWeb, onnxruntimeNode, tfjs, opencv, itk, pffft, kissfft])
    rivals.push(await load());
  return rivals;
}
