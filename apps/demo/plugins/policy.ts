import type { Plugin } from "vite";

/** The page runs no code but its own and talks to nobody but its own host. */
const DIRECTIVES = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "object-src 'none'",
];

/** Isolation from other origins; without it a page has no memory that threads share. */
export const isolation: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** What a careful host sends: the policy, and isolation. */
export const headers: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [...DIRECTIVES, "frame-ancestors 'none'"].join("; "),
  ...isolation,
};

/** Writes the policy into the page too, for hosts that send no headers. The development server needs inline styles. */
export const policy = (): Plugin => ({
  name: "halfband-policy",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: DIRECTIVES.join("; ") },
      injectTo: "head-prepend",
    },
  ],
});
