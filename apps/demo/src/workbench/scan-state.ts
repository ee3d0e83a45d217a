import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { call } from "../engine/client.ts";
import type { Window } from "../engine/halfband.ts";
import type { PerVoxelAxis, ScanInfo } from "../engine/protocol.ts";
import { openScan, scanError } from "../scans/opened.ts";
import { placeOf, viewsOf } from "../viewer/slicing.ts";
import { change, type Settings, settings } from "./settings.ts";

/** The scan in view, with the voxels of one time point. */
export const scanInfo = signal<ScanInfo | null>(null);
export const voxels = signal<Float32Array | null>(null);
/** There is no scan to look at: the one that was asked for cannot be opened. */
export const scanLost = signal(false);

/** What was looked at before the latest choice, in case that cannot be opened. */
let before: Partial<Settings> | null = null;

/** Opens what the settings name, and fetches its voxels for the viewer. */
export function useScan(scan: string, time: number): void {
  useEffect(() => {
    let current = true;
    openScan(scan)
      .then(async (info) => {
        const data = await call("voxels", { scan, time: Math.min(time, info.times - 1) });
        if (!current) return;
        if (time >= info.times) change({ time: 0 });
        const [first] = viewsOf(info);
        if (!viewsOf(info).includes(settings.value.axis)) change({ axis: first });
        voxels.value = data;
        scanInfo.value = info;
        scanLost.value = false;
      })
      .catch((error: Error) => {
        if (!current) return;
        scanError.value = error.message;
        if (before !== null && scanInfo.value?.id === before.scan) change(before);
        else {
          scanInfo.value = null;
          voxels.value = null;
          scanLost.value = true;
        }
        before = null;
      });
    return () => {
      current = false;
    };
  }, [scan, time]);
}

/** The voxel under the cross-hair, inside the scan. */
export function crosshair({ at }: Settings, { shape }: ScanInfo): PerVoxelAxis {
  const place = shape.map((size, axis) => Math.min(size - 1, at?.[axis] ?? Math.floor(size / 2)));
  return place as unknown as PerVoxelAxis;
}

/** What part of a slice to enlarge. */
export function lensOf(current: Settings, info: ScanInfo | null) {
  const { axis, zoom } = current;
  if (info === null) return { zoom: 1, across: 0.5, down: 0.5 };
  return { zoom, ...placeOf(info, axis, crosshair(current, info)) };
}

export const greyScale = ({ window }: Settings, info: ScanInfo): Window => window ?? info.window;

/** Moves through the slices of one axis. */
export function step(axis: 0 | 1 | 2, by: number): void {
  const info = scanInfo.value;
  if (info === null) return;
  const at = crosshair(settings.value, info);
  const next = Math.min(info.shape[axis] - 1, Math.max(0, at[axis] + by));
  change({ at: at.with(axis, next) as unknown as PerVoxelAxis, axis });
}

export function chooseScan(id: string): void {
  const { scan, axis, at, time, window } = settings.value;
  before = { scan, axis, at, time, window };
  scanError.value = null;
  change({ scan: id, at: null, time: 0, window: null });
}
