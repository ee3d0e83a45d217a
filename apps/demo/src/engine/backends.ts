import type { DeviceName } from "./devices.ts";
import { type Backend, createBackend } from "./halfband.ts";

const made = new Map<DeviceName, Promise<Backend>>();

/** The backend of a device, made at its first use and kept. */
export function backendOf(device: DeviceName): Promise<Backend> {
  const known = made.get(device);
  if (known) return known;
  const backend = createBackend(device);
  made.set(device, backend);
  backend.catch(() => made.delete(device));
  return backend;
}
