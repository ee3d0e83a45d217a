// On a server: importing touches nothing that only browsers have, and the calling thread computes.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const run = (code: string): unknown =>
  JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "--eval", code], { cwd, encoding: "utf8" }),
  );

const TRAPS = `
  const touched = [];
  for (const name of ["window", "document", "navigator", "Worker", "self", "location", "fetch", "WebAssembly"]) {
    Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); } });
  }
`;

describe("under Node", () => {
  it.each([".", "./standalone"])("importing %s touches nothing of a browser", (entry) => {
    const specifier = `@halfband/browser${entry.slice(1)}`;
    const code = `${TRAPS} const { flcPool } = await import("${specifier}");
      console.log(JSON.stringify({ touched, plan: flcPool.plan({ shape: [1, 1, 8] }).shape }));`;
    expect(run(code)).toEqual({ touched: [], plan: [1, 1, 4] });
  });

  it("computes in the calling thread, and says so", () => {
    const code = `import { createBackend, maxPool } from "@halfband/browser";
      const backend = await createBackend({ device: "wasm" });
      const y = maxPool(backend.tensor(Float32Array.of(1, 3, 2, 0), [1, 1, 4]), { kernelSize: 2 });
      const refused = await createBackend({ worker: true, device: "wasm" }).catch(({ code, option }) => ({ code, option }));
      console.log(JSON.stringify({ data: [...y.dataSync()], reason: backend.info.reason, refused }));`;
    expect(run(code)).toEqual({
      data: [3, 2],
      reason: "WebAssembly was asked for; it runs in the calling thread.",
      refused: { code: "UNSUPPORTED", option: "worker" },
    });
  });

  it("refuses an option that it does not know, and the README tells all that it knows", () => {
    const code = `import { createBackend } from "@halfband/browser";
      const refused = await createBackend({ workers: 2 }).catch(({ code, option, expected }) => ({ code, option, expected }));
      console.log(JSON.stringify(refused));`;
    const refused = run(code) as { expected: string };
    expect(refused).toMatchObject({ code: "INVALID_OPTION", option: "workers" });
    const known = refused.expected.replace("one of the options ", "").split(", ");
    const rows = readFileSync(`${cwd}README.md`, "utf8").matchAll(/^\| `(\w+)`/gm);
    expect(Array.from(rows, ([, name]) => name).sort()).toEqual(known.sort());
  });

  it("takes the module from a file of its own, in the calling thread only", () => {
    const code = `import { createBackend, maxPool } from "@halfband/browser";
      import { loadModule } from "@halfband/wasm/url";
      const asked = [];
      const load = (...which) => { asked.push(which); return loadModule(...which); };
      const backend = await createBackend({ device: "wasm", simd: "baseline", load });
      const y = maxPool(backend.tensor(Float32Array.of(1, 3, 2, 0), [1, 1, 4]), { kernelSize: 2 });
      const refused = await createBackend({ device: "wasm", worker: true, load })
        .catch(({ code, option }) => ({ code, option }));
      console.log(JSON.stringify({ asked, data: [...y.dataSync()], refused }));`;
    expect(run(code)).toEqual({
      asked: [["simd", false]],
      data: [3, 2],
      refused: { code: "INVALID_OPTION", option: "worker" },
    });
  });

  it("has the names that @halfband/node has", async () => {
    const node = await import("../../node/dist/index.js");
    const names = Object.keys(await import("@halfband/browser"));
    expect(names.sort()).toEqual(Object.keys(node).sort());
  });
});
