import { signal, useSignal } from "@preact/signals";
import { DropTarget } from "../scans/drop.tsx";
import { Notice, Opening } from "../scans/notice.tsx";
import { ScanPicker } from "../scans/picker.tsx";
import { Comparison } from "./comparison.tsx";
import { MethodsForm } from "./methods-form.tsx";
import { Patterns } from "./patterns.tsx";
import { Planes } from "./planes.tsx";
import { SamplingForm } from "./sampling-form.tsx";
import { chooseScan, scanLost, useScan } from "./scan-state.ts";
import { settings } from "./settings.ts";
import { Timings } from "./timings.tsx";

const query = matchMedia("(min-width: 62.01rem)");
/** Whether settings and results fit beside each other. */
const wide = signal(query.matches);
query.addEventListener("change", () => {
  wide.value = query.matches;
});

/** Any scan, any method, any stride, in detail. */
export function Workbench() {
  const { scan, time, source } = settings.value;
  useScan(scan, time);
  return (
    <main class="workbench" id="main">
      <DropTarget onFile={chooseScan} />
      <div class="workbench-head">
        <h1>Workbench</h1>
        <p>
          Drop a NIfTI file (.nii, .nii.gz, or an .hdr with its .img) anywhere on this page, or choose one. It
          is read here and stays here.
        </p>
      </div>
      <div class="bar">
        <ScanPicker value={scan} onChange={chooseScan} />
        <Share />
      </div>
      <Notice />
      <Opening id={scan} />
      <div class="bench">
        <aside aria-label="Settings">
          <details class="settings" open={wide.value}>
            <summary>Methods and strides</summary>
            <SamplingForm />
            <MethodsForm />
          </details>
        </aside>
        <div class="results">
          {source !== "scan" ? <Patterns /> : scanLost.value ? <NoScan /> : <OfScan />}
        </div>
      </div>
    </main>
  );
}

const OfScan = () => (
  <>
    <Planes />
    <Comparison />
    <Timings />
  </>
);

const NoScan = () => <p class="hint">No scan is open. Choose one above, or drop a file.</p>;

/** The address carries the settings; a scan of one's own is never in it. */
function Share() {
  const usual = "Copy address of these settings";
  const said = useSignal(usual);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      said.value = "Address copied";
    } catch {
      // Not every page may write to the clipboard.
      said.value = "Not allowed here: copy it from the address bar";
    }
    setTimeout(() => {
      said.value = usual;
    }, 3000);
  };
  return (
    <button type="button" class="button" onClick={() => void copy()}>
      <span role="status">{said.value}</span>
    </button>
  );
}
