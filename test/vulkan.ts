// Gives WebGPU in Node a GPU to run on where the machine names none.
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { unpackChromium } from "./chromium.ts";

const DEBIAN_DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";

/**
 * Where the environment names no Vulkan driver (VK_DRIVER_FILES, VK_ICD_FILENAMES), takes SwiftShader: Debian's
 * Chromium's, or the one from npm, so that nothing but Node and npm is needed. Must run before anything creates a
 * GPU, and in the main thread: Vulkan's loader reads the process's own environment.
 */
export function provideVulkan(): void {
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES } = process.env;
  if (process.platform !== "linux" || VK_DRIVER_FILES || VK_ICD_FILENAMES) return;
  const folder = unpackChromium();
  const driver = existsSync(DEBIAN_DRIVER)
    ? DEBIAN_DRIVER
    : folder && join(folder, "vk_swiftshader_icd.json");
  if (driver) {
    process.env.VK_DRIVER_FILES = driver;
    process.env.VK_ICD_FILENAMES = driver; // the name that older loaders know
  }
  if (folder) loadLibrary(join(folder, "libvulkan.so.1"));
}

/**
 * Loads a shared library for good, so that a later search for its name finds it loaded: machines without Vulkan
 * have none on their search path, and LD_LIBRARY_PATH counts only when a process starts. Node loads it, finds no
 * addon in it, says so and unloads it again, which RTLD_NODELETE forbids.
 */
function loadLibrary(path: string): void {
  const RTLD_NODELETE = 0x1000;
  try {
    process.dlopen(
      { exports: {} },
      path,
      constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE,
    );
  } catch (error) {
    if (!String(error).includes("did not self-register")) throw error;
  }
}
