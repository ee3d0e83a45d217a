import preact from "@preact/preset-vite";
import { defineConfig } from "vite";
import { headers, isolation, policy } from "./plugins/policy.ts";
import { precache } from "./plugins/precache.ts";
import { scans } from "./plugins/scans.ts";

export default defineConfig({
  base: "./",
  plugins: [preact(), policy(), scans(), precache()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  preview: { headers },
  server: { headers: isolation },
});
