import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { call, isAborted } from "../engine/client.ts";
import type { Curve } from "../engine/protocol.ts";
import { drawCurves } from "../ui/chart.ts";
import { crosshair, scanInfo } from "./scan-state.ts";
import { settings } from "./settings.ts";
import { titleOfId } from "./titles.ts";

/** Gain by frequency of the linear methods, measured on request: it takes some seconds. */
export function ResponseChart() {
  const place = useRef<HTMLDivElement>(null);
  const open = useSignal(false);
  const note = useSignal("");
  const { methods, stride, times, device, scan, axis, time } = settings.value;
  const key = open.value ? JSON.stringify([methods, stride, times, scan]) : null;
  useEffect(() => {
    const info = scanInfo.value;
    const element = place.current;
    if (key === null || info === null || element === null) return;
    const controller = new AbortController();
    const curves = new Map<string, Curve>();
    let destroy = () => {};
    const slice = { scan, axis, index: crosshair(settings.value, info)[axis], time };
    call(
      "panels",
      { place: slice, methods, stride, times, device, extras: false, figures: false, metrics: "all" },
      {
        signal: controller.signal,
        onProgress: ({ label }) => {
          note.value = `${label}…`;
        },
        onEvent: (event) => {
          if (event.kind === "metrics" && event.curve)
            curves.set(titleOfId(methods, event.method), event.curve);
        },
      },
    )
      .then(async () => {
        note.value =
          curves.size < methods.length ? "Methods that are not linear have no transfer function." : "";
        const [first] = curves.values();
        if (first)
          destroy = await drawCurves(
            element,
            first.frequency,
            [...curves].map(([label, { magnitude }]) => ({ label, values: magnitude })),
            {
              x: "Cycles per voxel",
              y: "Gain",
              label: `Gain by frequency of ${[...curves.keys()].join(", ")}`,
              mark: first.limit,
            },
          );
      })
      .catch((error: Error) => {
        if (!isAborted(error)) note.value = error.message;
      });
    return () => {
      controller.abort();
      destroy();
      element.replaceChildren();
    };
  }, [key]);
  return (
    <details
      class="chart-box"
      onToggle={({ currentTarget }) => {
        open.value = currentTarget.open;
      }}
    >
      <summary>Frequency response</summary>
      <p class="hint">
        How much contrast each method keeps of detail of a given fineness. Left of the dashed line the new
        voxels can carry it; what is kept right of it comes back as false detail.
      </p>
      <p class="progress-note" role="status">
        {note.value}
      </p>
      <div class="chart" ref={place} />
    </details>
  );
}
