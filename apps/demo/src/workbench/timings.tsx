import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { call, isAborted } from "../engine/client.ts";
import type { DeviceName } from "../engine/halfband.ts";
import { idOf } from "../engine/method.ts";
import type { Progress, Timing } from "../engine/protocol.ts";
import { openScan } from "../scans/opened.ts";
import { milliseconds } from "../ui/numbers.ts";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { settings } from "./settings.ts";
import { titleOf } from "./titles.ts";

/** WebAssembly against WebGPU on the machine at hand. */
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
  const found = (method: string, name: DeviceName) =>
    results.value.find((timing) => timing.method === method && timing.device === name);
  const notes = [
    ...new Set(
      results.value.flatMap(({ device: name, note, milliseconds: ms }) => [
        `${name === "wasm" ? "WebAssembly" : "WebGPU"}: ${ms === null ? note : `build ${note}`}`,
      ]),
    ),
  ];
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
        result read back. Median of three runs.
      </p>
      {error.value && (
        <p class="error" role="alert">
          {error.value}
        </p>
      )}
      {results.value.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Method</th>
              <th scope="col">WebAssembly</th>
              <th scope="col">WebGPU</th>
            </tr>
          </thead>
          <tbody>
            {methods.map((choice) => (
              <tr key={idOf(choice)}>
                <th scope="row">{titleOf(choice)}</th>
                {(["wasm", "webgpu"] as const).map((name) => {
                  const timing = found(idOf(choice), name);
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
      )}
      {notes.map((note) => (
        <p class="hint" key={note}>
          {note}
        </p>
      ))}
    </section>
  );
}
