import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { extname } from "node:path";
import { text } from "node:stream/consumers";

const TYPES: Readonly<Record<string, string>> = {
  "": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** Content by address; an address that ends in a slash stands for a folder. */
export type Routes = Readonly<Record<string, string | URL>>;

/** Serves pages that are isolated from other origins; what they post goes to `told`. */
export async function serve(routes: Routes, told: (address: string, body: string) => void): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const content = await answer(routes, pathname, request, told);
    response.writeHead(content === undefined ? 404 : 200, {
      "Content-Type": TYPES[extname(pathname)] ?? "application/octet-stream",
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function answer(
  routes: Routes,
  pathname: string,
  request: IncomingMessage,
  told: (address: string, body: string) => void,
): Promise<string | Uint8Array | undefined> {
  if (request.method === "POST") {
    told(pathname, await text(request));
    return "";
  }
  const exact = routes[pathname];
  if (typeof exact === "string") return exact;
  const folder = Object.keys(routes).find(
    (address) => address.length > 1 && address.endsWith("/") && pathname.startsWith(address),
  );
  if (folder === undefined) return undefined;
  // URL resolution keeps `..` inside the origin, so a request cannot leave the folder by it.
  return readFile(new URL(pathname.slice(folder.length), routes[folder])).catch(() => undefined);
}
