import type { ColorMap, Plane, Window } from "../engine/halfband.ts";
import type { PanelsState } from "../engine/use-panels.ts";
import { greyScale, scanInfo } from "./scan-state.ts";
import { type Settings, settings } from "./settings.ts";

export interface Picture {
  readonly plane: Plane | null;
  readonly window: Window | null;
  readonly colorMap: ColorMap;
}

export const ORIGINAL = "original";

/** A panel as the settings want it seen. */
export function pictureOf(
  state: PanelsState,
  method: string,
  show: Settings["show"] = settings.value.show,
): Picture {
  const info = scanInfo.value;
  const grey = info && greyScale(settings.value, info);
  const panel = state.panels.get(method);
  const { original } = state;
  if (show === "spectrum") {
    const plane = method === ORIGINAL ? original?.spectrum : panel?.spectrum;
    return { plane: plane ?? null, window: original?.spectrumWindow ?? null, colorMap: "gray" };
  }
  if (show === "difference" && method !== ORIGINAL) {
    const reach = grey ? (grey.high - grey.low) / 5 : 1;
    return { plane: panel?.difference ?? null, window: { low: -reach, high: reach }, colorMap: "diverging" };
  }
  return {
    plane: (method === ORIGINAL ? original?.plane : panel?.plane) ?? null,
    window: grey,
    colorMap: "gray",
  };
}

/** What each picture is, for those who see it the first time. */
export const HOW_TO_READ: Readonly<Record<Settings["show"], string>> = {
  image:
    "Each picture is the same slice after one method, drawn as large as the scan, so larger blocks are coarser voxels. Jagged edges, dots or bands that the scan does not have are aliasing: detail too fine for the new voxels, come back as something else.",
  difference:
    "Difference to the k-space crop, which is what a scanner with a smaller matrix would have measured. Red is too bright, blue too dark, white is right.",
  spectrum:
    "Log spectrum: coarse detail in the middle, fine at the edge. What is bright at the edge of a small picture, but not in the scan's middle, has been folded in.",
};

export const SHOWN: Readonly<Record<Settings["show"], string>> = {
  image: "Image",
  difference: "Difference to the k-space crop: red is too bright, blue too dark",
  spectrum: "Log spectrum: coarse detail in the middle, fine at the edge",
};
