import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { call } from "../engine/client.ts";
import { type DeviceName, deviceTitles } from "../engine/devices.ts";
import type { BackendNote } from "../engine/protocol.ts";
import { settings } from "./settings.ts";

const BUILDS: Readonly<Record<string, string>> = {
  simd: "the build with baseline SIMD, since this browser has no relaxed SIMD",
  relaxed: "the build with relaxed SIMD, which this browser has",
};

const WHY: Readonly<Record<DeviceName, string>> = {
  wasm: "Enough for one slice.",
  threads: "One thread for every processor, at most eight: faster on whole volumes.",
  webgpu: "The graphics processor: faster on large volumes.",
};

/** What computes at present: build, threads, and why it is this; or why it cannot. */
export function BackendLine() {
  const { device } = settings.value;
  const note = useSignal<BackendNote | null>(null);
  const error = useSignal<string | null>(null);
  useEffect(() => {
    let current = true;
    note.value = null;
    error.value = null;
    call("backend", device)
      .then((found) => {
        if (current) note.value = found;
      })
      .catch((failure: Error) => {
        if (current) error.value = failure.message;
      });
    return () => {
      current = false;
    };
  }, [device]);
  return (
    <p class={`backend-line ${error.value ? "error" : "hint"}`} aria-live="polite">
      {error.value ?? (note.value ? sentence(device, note.value) : `Starting ${deviceTitles[device]}…`)}
    </p>
  );
}

function sentence(device: DeviceName, { build, threads }: BackendNote): string {
  if (device === "webgpu") return `WebGPU on ${build}. ${WHY[device]}`;
  const count = threads === 1 ? "1 thread" : `${threads} threads`;
  return `${count} beside the page, ${BUILDS[build] ?? `build ${build}`}. ${WHY[device]}`;
}
