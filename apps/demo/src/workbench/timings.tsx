import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { call, isAborted } from "../engine/client.ts";
import { deviceNames, deviceTitles } from "../engine/devices.ts";
import { idOf } from "../engine/method.ts";
import type { Progress, Timing } from "../engine/protocol.ts";
import { openScan } from "../scans/opened.ts";
import { milliseconds } from "../ui/numbers.ts";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { TableScroll } from "../ui/table-scroll.tsx";
import { settings } from "./settings.ts";
import { titleOf } from "./titles.ts";

/** WebAssembly, its threads and WebGPU on the machine at hand. */
export function Timings() {
  const results = useSignal<readonly Timing[]>([]);
  const progress = useSignal<Progress | null>(null);
  const error = useSignal<string | null>(null);
  const controller = useRef<AbortController | null>(null);
  const { scan, methods, stride, device } = settings.value;

  const start = async () => {
    controller.current = new AbortController();
    results.value = [];
    error.value = null;
    progress.value = { done: 0, total: 1, label: "Starting" };
    try {
      await openScan(scan);
      await call(
        "timings",
        { scan, methods, stride, times: 1, device },
        {
          signal: controller.current.signal,
          onProgress: (next) => {
            progress.value = next;
          },
          onEvent: (timing) => {
            results.value = [...results.value, timing];
          },
        },
      );
    } catch (failure) {
      if (!isAborted(failure)) error.value = (failure as Error).message;
    }
    progress.value = null;
  };
  const notes = [...new Set(results.value.map(noteOf))];
  return (
    <section class="timings" aria-labelledby="timings-title">
      <div class="section-head">
        <h2 id="timings-title">Speed on this machine</h2>
        {progress.value ? (
          <ProgressBar progress={progress.value} onCancel={() => controller.current?.abort()} />
        ) : (
          <button type="button" class="button" disabled={methods.length === 0} onClick={() => void start()}>
            Measure WebAssembly and WebGPU
          </button>
        )}
      </div>
      <p class="hint">
        One time point of the whole scan, once through each chosen method: the scan is uploaded before, the
        result read back. WebAssembly on one thread, on as many as the processor has (at most eight), and
        WebGPU. Median of three runs.
      </p>
      {error.value && (
        <p class="error" role="alert">
          {error.value}
        </p>
      )}
      {results.value.length > 0 && (
        <TableScroll label="Times of every method">
          <Table results={results.value} />
        </TableScroll>
      )}
      {notes.map((note) => (
        <p class="hint" key={note}>
          {note}
        </p>
      ))}
    </section>
  );
}

const count = (threads: number): string => (threads === 1 ? "1 thread" : `${threads} threads`);

/** How a device computed, or why it did not. */
function noteOf({ device, milliseconds: ms, threads, note }: Timing): string {
  if (ms === null || threads === null) return `${deviceTitles[device]}: ${note}`;
  return `${deviceTitles[device]}: build ${note}${device === "webgpu" ? "" : `, ${count(threads)}`}`;
}

function Table({ results }: { readonly results: readonly Timing[] }) {
  const threads = results.find(({ device }) => device === "threads")?.threads ?? null;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col" rowSpan={2}>
            Method
          </th>
          <th scope="colgroup" colSpan={2}>
            WebAssembly
          </th>
          <th scope="col" rowSpan={2}>
            WebGPU
          </th>
        </tr>
        <tr>
          <th scope="col">{count(1)}</th>
          <th scope="col">{threads === null ? "threads" : count(threads)}</th>
        </tr>
      </thead>
      <tbody>
        {settings.value.methods.map((choice) => (
          <tr key={idOf(choice)}>
            <th scope="row">{titleOf(choice)}</th>
            {deviceNames.map((name) => {
              const timing = results.find(({ method, device }) => method === idOf(choice) && device === name);
              return (
                <td key={name} title={timing?.note}>
                  {timing === undefined
                    ? "…"
                    : timing.milliseconds === null
                      ? "not here"
                      : milliseconds(timing.milliseconds)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
