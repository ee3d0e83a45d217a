// The page of `npm run bench:browser`: measures what its address asks for and tells the server.
import { measure, type Refusal, type Row } from "../measure.ts";
import { jobs, named } from "../ops/jobs.ts";
import { ownBackends } from "../ops/own.ts";
import { type LiteRt, litert } from "../rivals/src/litert.ts";
import type { OnnxProto } from "../rivals/src/onnx-model.ts";
import { type Ort, onnxruntimeWeb } from "../rivals/src/onnxruntime.ts";
import type { Rival } from "../rivals/src/rival.ts";
import { type TfCore, type TfWasm, tfjs } from "../rivals/src/tfjs.ts";
import type { Flatbuffers } from "../rivals/src/tflite-model.ts";
import { timeRound } from "../timers/batches.ts";

/** `bench/rivals/libraries.mjs`. */
interface Libraries {
  readonly tf: TfCore;
  readonly tfWasm: TfWasm;
  readonly onnxProto: OnnxProto;
  readonly flatbuffers: Flatbuffers;
}

/** Convolutions, and the crop where it is small enough for matrix products. */
const byDefault = (op: string, shape: string): boolean =>
  op.startsWith("conv 3") || (op === "flcPool" && ["1x64x64x64", "1x32x128x128"].includes(shape));

const load = async <T>(address: string): Promise<T> => (await import(address)) as T;

async function loadRivals(): Promise<Rival[]> {
  const { tf, tfWasm, onnxProto, flatbuffers } = await load<Libraries>("/libraries.js");
  const wasm = "/rivals/@litertjs/core/wasm/";
  return [
    onnxruntimeWeb(await load<Ort>("/rivals/onnxruntime-web/dist/ort.wasm.min.mjs"), onnxProto),
    await tfjs(tf, tfWasm, "/rivals/@tensorflow/tfjs-backend-wasm/dist/"),
    // A module is one instance per address.
    await litert(await load<LiteRt>("/litert.js?baseline"), flatbuffers, wasm, "baseline"),
    await litert(await load<LiteRt>("/litert.js?relaxed"), flatbuffers, wasm, "relaxed"),
  ];
}

const tell = (address: string, content: unknown) =>
  fetch(address, { method: "POST", body: JSON.stringify(content) });

async function run(): Promise<void> {
  if (!crossOriginIsolated)
    throw new Error("The page is not isolated from other origins; its clock is too coarse.");
  const asked = new URLSearchParams(location.search);
  const rows: Row[] = [];
  const refusals: Refusal[] = [];
  const [own, rivals] = [await ownBackends(), await loadRivals()];
  const parts = asked.getAll("filter");
  for await (const job of jobs(own, rivals, parts.length === 0 ? byDefault : named(parts))) {
    const measured = await measure(job, Number(asked.get("rounds")), timeRound);
    rows.push(...measured.rows);
    refusals.push(...measured.refusals);
    job.dispose();
    await tell("/measured", measured);
  }
  await tell("/done", { agent: navigator.userAgent, rows, refusals });
}

run().catch((error: unknown) => tell("/failed", String((error as Error).stack ?? error)));
