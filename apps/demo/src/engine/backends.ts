import { type Backend, createBackend, type DeviceName } from "./halfband.ts";

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
