import { signal } from "@preact/signals";
import { call, isAborted } from "../engine/client.ts";
import { idOf } from "../engine/method.ts";
import type { Progress, SlicePlace, VolumeRequest, VolumeResult } from "../engine/protocol.ts";
import { usePanelJob } from "../engine/use-panels.ts";
import { openScan } from "../scans/opened.ts";
import { figure, milliseconds } from "../ui/numbers.ts";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { TableScroll } from "../ui/table-scroll.tsx";
import { titleOf } from "./titles.ts";

interface RunState {
  readonly key: string;
  readonly results: readonly VolumeResult[];
  readonly progress: Progress | null;
  readonly error: string | null;
}

const run = signal<RunState | null>(null);
let controller: AbortController | null = null;

async function start(request: VolumeRequest): Promise<void> {
  controller?.abort();
  const own = new AbortController();
  controller = own;
  const key = JSON.stringify(request);
  run.value = {
    key,
    results: [],
    progress: { done: 0, total: request.methods.length, label: "Starting" },
    error: null,
  };
  const update = (part: Partial<RunState>) => {
    if (controller === own && run.value) run.value = { ...run.value, ...part };
  };
  try {
    await openScan(request.scan);
    await call("volume", request, {
      signal: own.signal,
      onProgress: (progress) => update({ progress }),
      onEvent: (result) => update({ results: [...(run.value?.results ?? []), result] }),
    });
    update({ progress: null });
  } catch (error) {
    update({ progress: null, error: isAborted(error) ? "Cancelled." : (error as Error).message });
  }
}

/** The slices of what was computed, at the cross-hair. */
export function useVolumePanels(request: VolumeRequest | null, place: SlicePlace | null) {
  const state = run.value;
  const done = request !== null && state?.key === JSON.stringify(request) ? state.results.length : 0;
  const key = request && place ? JSON.stringify([request, place, done]) : null;
  return usePanelJob(key, async (onEvent, abort) => {
    if (request && place) await call("volumePanels", { request, place }, { onEvent, signal: abort });
  });
}

/** Starts, shows and cancels the downsampling of the whole scan. */
export function VolumeRun({ request }: { readonly request: VolumeRequest }) {
  const state = run.value?.key === JSON.stringify(request) ? run.value : null;
  const running = state?.progress != null;
  return (
    <section class="volume-run" aria-label="Whole volume">
      <p class="hint">
        All three axes and every time point, with each operator's own treatment of the border. Differences,
        spectra and metrics are for one slice: choose "this slice" for them.
      </p>
      {running ? (
        <ProgressBar progress={state.progress!} onCancel={() => controller?.abort()} />
      ) : (
        <button
          type="button"
          class="button primary"
          disabled={request.methods.length === 0}
          onClick={() => void start(request)}
        >
          Downsample the volume
        </button>
      )}
      {state?.error && (
        <p class="error" role="alert">
          {state.error}
        </p>
      )}
      {state && state.results.length > 0 && (
        <TableScroll label="Results of every method">
          <table class="volume-results">
            <thead>
              <tr>
                <th scope="col">Method</th>
                <th scope="col">Voxels</th>
                <th scope="col">Time</th>
                <th scope="col">Mean</th>
                <th scope="col">Least</th>
                <th scope="col">Most</th>
              </tr>
            </thead>
            <tbody>
              {state.results.map(({ method, shape, milliseconds: ms, mean, min, max }) => (
                <tr key={method}>
                  <th scope="row">
                    {titleOf(request.methods.find((choice) => idOf(choice) === method) ?? method)}
                  </th>
                  <td>{shape.join(" × ")}</td>
                  <td>{milliseconds(ms)}</td>
                  <td>{figure(mean)}</td>
                  <td>{figure(min)}</td>
                  <td>{figure(max)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </section>
  );
}
