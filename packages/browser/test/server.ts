// A static server with the headers of a careful host: isolated from other origins, and a strict content policy.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
};

export const STRICT_POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'";

const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** By address: text, bytes, or the path of a file. An address that ends in a slash stands for a folder. */
export type Routes = Readonly<Record<string, string | Uint8Array | URL>>;

export interface Served {
  readonly origin: string;
  /** Every address that was asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** @param isolated from other origins, which shared memory needs. */
export async function serve(
  routes: Routes,
  policy = STRICT_POLICY,
  { isolated = true } = {},
): Promise<Served> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    asked.push(pathname);
    const body = await contentOf(routes, pathname);
    response.writeHead(body === undefined ? 404 : 200, {
      "Content-Type":
        TYPES[extname(pathname)] ?? (pathname.endsWith("/") ? TYPES[".html"] : "application/octet-stream"),
      "Content-Security-Policy": policy,
      ...(isolated && ISOLATION),
      "Cache-Control": "no-store",
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function contentOf(routes: Routes, pathname: string): Promise<string | Uint8Array | undefined> {
  // Browsers ask for it unasked, and report where it is missing.
  if (pathname === "/favicon.ico") return "";
  const exact = routes[pathname];
  if (exact !== undefined) return exact instanceof URL ? readFile(exact) : exact;
  const folder = Object.keys(routes).find(
    (address) => address.length > 1 && address.endsWith("/") && pathname.startsWith(address),
  );
  if (folder === undefined) return undefined;
  const base = routes[folder] as URL;
  // URL resolution keeps `..` inside the origin, so a request cannot leave the folder by it.
  return readFile(new URL(pathname.slice(folder.length), base)).catch(() => undefined);
}
