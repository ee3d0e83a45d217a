import { useEffect, useState } from "preact/hooks";
import { call, isAborted } from "./client.ts";
import type { PanelEvent, Progress } from "./protocol.ts";

export type Original = Extract<PanelEvent, { kind: "original" }>;
export type PanelPicture = Extract<PanelEvent, { kind: "panel" }>;
export type PanelMetrics = Extract<PanelEvent, { kind: "metrics" }>;

/** What has arrived of a comparison so far. Until new pictures come, the old ones stay. */
export interface PanelsState {
  readonly original: Original | null;
  readonly panels: ReadonlyMap<string, PanelPicture>;
  readonly metrics: ReadonlyMap<string, PanelMetrics>;
  readonly failures: ReadonlyMap<string, string>;
  readonly busy: boolean;
  readonly progress: Progress | null;
  readonly error: string | null;
}

const EMPTY: PanelsState = {
  original: null,
  panels: new Map(),
  metrics: new Map(),
  failures: new Map(),
  busy: false,
  progress: null,
  error: null,
};

type Run = (
  onEvent: (event: PanelEvent) => void,
  signal: AbortSignal,
  onProgress: (p: Progress) => void,
) => Promise<void>;

/** Runs a job whose events are panels whenever `key` changes, and gives up the one before. */
export function usePanelJob(key: string | null, run: Run): PanelsState {
  const [state, setState] = useState<PanelsState>(EMPTY);
  useEffect(() => {
    if (key === null) return;
    const controller = new AbortController();
    setState((old) => ({
      ...old,
      busy: true,
      error: null,
      progress: null,
      metrics: new Map(),
      failures: new Map(),
    }));
    const collect = collector((change) => {
      if (!controller.signal.aborted) setState(change);
    });
    const arrived = new Set<string>();
    const onEvent = (event: PanelEvent) => {
      if (event.kind === "panel") arrived.add(event.method);
      collect(event);
    };
    run(onEvent, controller.signal, (progress) => setState((old) => ({ ...old, progress })))
      .then(() => setState((old) => ({ ...only(old, arrived), busy: false, progress: null })))
      .catch((error: Error) => {
        if (isAborted(error)) return;
        setState({ ...EMPTY, error: error.message });
      });
    return () => controller.abort();
  }, [key]);
  return state;
}

/** Pictures of an earlier job that the latest did not draw anew are out of date. */
const only = (state: PanelsState, arrived: ReadonlySet<string>): PanelsState => ({
  ...state,
  panels: new Map([...state.panels].filter(([method]) => arrived.has(method))),
});

/** Gathers the events of one frame into one update. */
function collector(setState: (change: (old: PanelsState) => PanelsState) => void) {
  let waiting: PanelEvent[] = [];
  return (event: PanelEvent): void => {
    waiting.push(event);
    if (waiting.length > 1) return;
    requestAnimationFrame(() => {
      const events = waiting;
      waiting = [];
      setState((old) => events.reduce(withEvent, old));
    });
  };
}

function withEvent(state: PanelsState, event: PanelEvent): PanelsState {
  switch (event.kind) {
    case "original":
      return { ...state, original: event };
    case "panel":
      return { ...state, panels: new Map(state.panels).set(event.method, event) };
    case "metrics":
      return { ...state, metrics: new Map(state.metrics).set(event.method, event) };
    case "failure": {
      const panels = new Map(state.panels);
      panels.delete(event.method);
      return { ...state, panels, failures: new Map(state.failures).set(event.method, event.message) };
    }
  }
}

/** A job of the name `panels` as `usePanelJob` takes it. */
export const panelsRun =
  (params: Parameters<typeof call<"panels">>[1] | null, before: () => Promise<unknown>): Run =>
  async (onEvent, signal, onProgress) => {
    if (params === null) return;
    await before();
    await call("panels", params, { onEvent, signal, onProgress });
  };
