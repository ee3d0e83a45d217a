import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { call } from "../engine/client.ts";
import type { Window } from "../engine/halfband.ts";
import type { PerVoxelAxis, ScanInfo } from "../engine/protocol.ts";
import { openScan } from "../scans/opened.ts";
import { change, type Settings, settings } from "./settings.ts";

/** The scan in view, with the voxels of one time point. */
export const scanInfo = signal<ScanInfo | null>(null);
export const voxels = signal<Float32Array | null>(null);
export const scanError = signal<string | null>(null);

/** Opens what the settings name, and fetches its voxels for the viewer. */
export function useScan(scan: string, time: number): void {
  useEffect(() => {
    let current = true;
    scanError.value = null;
    openScan(scan)
      .then(async (info) => {
        const data = await call("voxels", { scan, time: Math.min(time, info.times - 1) });
        if (!current) return;
        if (time >= info.times) change({ time: 0 });
        voxels.value = data;
        scanInfo.value = info;
      })
      .catch((error: Error) => {
        if (!current) return;
        scanInfo.value = null;
        voxels.value = null;
        scanError.value = error.message;
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
  change({ scan: id, at: null, time: 0, window: null });
}
