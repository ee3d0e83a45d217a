import { HalfbandError } from "@halfband/ops";

/** True for an adapter that computes on the CPU: WebAssembly is faster than that. */
export function isFallback(adapter: GPUAdapter): boolean {
  const { isFallbackAdapter, architecture, description } = adapter.info;
  return (
    isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${architecture} ${description}`)
  );
}

/** Vendor and architecture, or whatever else the browser tells about itself. */
export function describe(adapter: GPUAdapter): string {
  const { vendor, architecture, device, description } = adapter.info;
  if (vendor && architecture) return `${vendor} ${architecture}`;
  return description || device || vendor || "unknown adapter";
}

export interface Entry {
  readonly gpu: GPU;
  /** Lets go of what was made to get it. */
  release(): void;
}

/** WebGPU as the platform has it, else the npm package `webgpu` (Dawn) where there is Node to load it. */
export async function findGpu(): Promise<Entry> {
  const builtIn = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (builtIn) return { gpu: builtIn, release() {} };
  return dawn();
}

interface Dawn {
  create(options: readonly string[]): GPU;
}

interface Holder {
  [HELD]?: { gpu: GPU; users: number };
}

// Dawn's entry object is collected with its adapters still in use, and the process dies, unless something global
// refers to it. While it lives, Node does not exit: the last user lets go of it.
const HELD = Symbol.for("halfband.webgpu.dawn");

async function dawn(): Promise<Entry> {
  const holder = globalThis as Holder;
  if (holder[HELD] === undefined) {
    const { create } = await loadDawn();
    holder[HELD] ??= { gpu: create([]), users: 0 };
  }
  const held = holder[HELD];
  held.users++;
  return {
    gpu: held.gpu,
    release() {
      if (--held.users === 0) delete holder[HELD];
    },
  };
}

async function loadDawn(): Promise<Dawn> {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  const node = process?.versions?.node;
  try {
    if (node === undefined) throw new Error("navigator.gpu is missing");
    // Bundlers must neither look for the package nor warn: it exists in Node only. A name that only Node completes
    // is one that no minifier puts back together.
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ node && "webgpu")) as Dawn;
  } catch (cause) {
    throw new HalfbandError(
      "UNSUPPORTED",
      "createBackend: there is no WebGPU here: no navigator.gpu, and the package webgpu could not be loaded (npm install webgpu adds it to Node).",
      { op: "createBackend", option: "device", cause },
    );
  }
}
