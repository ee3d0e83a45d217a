import { useComputed } from "@preact/signals";
import type { PanelsRequest, VolumeRequest } from "../engine/protocol.ts";
import { panelsRun, usePanelJob } from "../engine/use-panels.ts";
import { openScan } from "../scans/opened.ts";
import { Working } from "../ui/progress-bar.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { MetricsTable } from "./metrics-table.tsx";
import { PanelGrid } from "./panel-grid.tsx";
import { HOW_TO_READ } from "./picture.ts";
import { ResponseChart } from "./response-chart.tsx";
import { crosshair, scanInfo } from "./scan-state.ts";
import { change, settings, zooms } from "./settings.ts";
import { SaveSheet } from "./sheet.tsx";
import { Swipe } from "./swipe.tsx";
import { useVolumePanels, VolumeRun } from "./volume-run.tsx";

/** What the methods do to the scan: pictures, numbers, downloads. */
export function Comparison() {
  const { scope, layout, show, zoom } = settings.value;
  return (
    <section class="comparison" aria-labelledby="comparison-title">
      <h2 id="comparison-title" class="visually-hidden">
        Comparison
      </h2>
      <div class="view-bar">
        <Segmented
          legend="Show"
          options={[
            { value: "image", label: "image" },
            { value: "difference", label: "difference to k-space crop", disabled: scope === "volume" },
            { value: "spectrum", label: "log spectrum", disabled: scope === "volume" },
          ]}
          value={show}
          onChange={(value) => change({ show: value })}
        />
        <Segmented
          legend="Layout"
          options={[
            { value: "grid", label: "side by side" },
            { value: "swipe", label: "swipe" },
          ]}
          value={layout}
          onChange={(value) => change({ layout: value })}
        />
        <Segmented
          legend="Zoom at the cross-hair"
          options={zooms.map((value) => ({ value, label: `${value}×` }))}
          value={zoom}
          onChange={(value) => change({ zoom: value })}
        />
      </div>
      {scope === "slice" ? <SliceComparison /> : <VolumeComparison />}
    </section>
  );
}

function useRequest() {
  return useComputed((): PanelsRequest | null => {
    const info = scanInfo.value;
    const { scan, axis, time, methods, stride, times, device } = settings.value;
    if (info === null || info.id !== scan || time >= info.times) return null;
    const place = { scan, axis, index: crosshair(settings.value, info)[axis], time };
    return { place, methods, stride, times, device, extras: true, figures: true, metrics: "slice" };
  });
}

function SliceComparison() {
  const request = useRequest().value;
  const state = usePanelJob(
    request && JSON.stringify(request),
    panelsRun(request, () => openScan(settings.value.scan)),
  );
  return (
    <>
      <Pictures state={state} />
      {state.error === null && (
        <>
          <MetricsTable state={state} />
          <ResponseChart />
        </>
      )}
    </>
  );
}

function VolumeComparison() {
  const request = useRequest().value;
  const volume: VolumeRequest | null = request && {
    scan: request.place.scan,
    methods: request.methods,
    stride: request.stride,
    times: request.times,
    device: request.device,
  };
  const state = useVolumePanels(volume, request?.place ?? null);
  return (
    <>
      {volume && <VolumeRun request={volume} />}
      <Pictures state={state} />
    </>
  );
}

function Pictures({ state }: { readonly state: ReturnType<typeof usePanelJob> }) {
  if (state.error) {
    return (
      <p class="error" role="alert">
        {state.error}
      </p>
    );
  }
  return (
    <>
      {state.progress && <Working progress={state.progress} />}
      <p class="hint shown" aria-live="polite">
        {HOW_TO_READ[settings.value.show]}
        {state.original?.cropped && " The slice is cropped a little, so that the strides divide it."}
      </p>
      {settings.value.layout === "swipe" ? <Swipe state={state} /> : <PanelGrid state={state} />}
      <SaveSheet state={state} />
    </>
  );
}
