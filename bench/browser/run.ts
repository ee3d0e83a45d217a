// halfband and its rivals in a page, one thread each: first as the browser comes, then with V8's revectoriser, which
// joins pairs of 128-bit operations where the processor has 256-bit ones. CHROMIUM_PATH names another browser.
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { type Asked, benchCommand } from "../command.ts";
import type { Refusal, Row } from "../measure.ts";
import { machine, printHead, printRefusal, printRow, type Results } from "../results.ts";
import { installRivals, rivalFile } from "../rivals/src/library.ts";
import { type Chromium, findChromium, open } from "./chromium.ts";
import { type Routes, serve } from "./server.ts";

/** Its name before and since it left the experimental stage; V8 skips the one that it does not know. */
const REVECTORIZE = ["--experimental-wasm-revectorize", "--wasm-revectorize"];

const values = benchCommand("npm run bench:browser --", "Times halfband and other libraries in Chromium.", [
  "npm run bench:browser -- --filter flcPool",
  'npm run bench:browser -- --filter "conv 3 stride 1" --json chromium.json',
])
  .parse()
  .opts<Asked>();

interface Measured {
  readonly rows: Row[];
  readonly refusals: Refusal[];
}

/** A module with all that it imports, but for halfband: its workers and Wasm files lie beside its own modules. */
async function bundle(entry: URL): Promise<string> {
  const built = await rolldown({
    input: fileURLToPath(entry),
    external: /^@halfband\//,
    platform: "browser",
    logLevel: "silent",
  });
  const { output } = await built.generate({ format: "esm", codeSplitting: false });
  await built.close();
  return output[0].code;
}

async function run(chromium: Chromium, routes: Routes, jsFlags: readonly string[]): Promise<Measured> {
  const { promise, resolve, reject } = withResolvers<Measured>();
  const server = await serve(routes, (address, body) => {
    if (address === "/done") resolve(JSON.parse(body) as Measured);
    else if (address === "/failed") reject(new Error(JSON.parse(body) as string));
    else {
      const { rows, refusals } = JSON.parse(body) as Measured;
      rows.forEach(printRow);
      refusals.forEach(printRefusal);
    }
  });
  printHead();
  const { port } = server.address() as AddressInfo;
  const asked = new URLSearchParams({ rounds: String(values.rounds) });
  for (const part of values.filter ?? []) asked.append("filter", part);
  const browser = open(chromium, `http://127.0.0.1:${port}/?${asked}`, jsFlags);
  browser.process.once("exit", (code) => reject(new Error(`${chromium.path} ended with status ${code}.`)));
  try {
    return await promise;
  } finally {
    await browser.close();
    server.close();
  }
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const IMPORTS = {
  "@halfband/ops": "/ops/dist/index.js",
  "@halfband/wasm": "/wasm/dist/index.js",
  "@assemblyscript/loader": "/wasm/node_modules/@assemblyscript/loader/index.js",
};
const PAGE = [
  '<!doctype html><meta charset="utf-8"><title>halfband</title><body>',
  `<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>`,
  '<script type="module" src="/page.js"></script>',
].join("\n");
const halfband = new URL("../../node_modules/@halfband/", import.meta.url);

installRivals();
const chromium = await findChromium();
const routes: Routes = {
  "/": PAGE,
  "/page.js": await bundle(new URL("page.js", import.meta.url)),
  "/libraries.js": await bundle(rivalFile("../libraries.mjs")),
  "/litert.js": await bundle(rivalFile("@litertjs/core/dist/index.js")),
  "/rivals/": rivalFile(""),
  "/ops/": new URL("ops/", halfband),
  "/wasm/": new URL("wasm/", halfband),
};
const results: Results[] = [];
for (const [name, flags] of [
  ["", []],
  [", revectorised", REVECTORIZE],
] as const) {
  const engine = `Chromium ${chromium.version}${name}`;
  console.log(`\n${engine}`);
  const measured = await run(chromium, routes, flags);
  results.push({ engine, machine: machine(), rivals: true, ...measured, starts: [], sizes: [] });
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
process.exit();
