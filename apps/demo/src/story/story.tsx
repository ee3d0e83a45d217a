import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { PanelsRequest, ScanInfo } from "../engine/protocol.ts";
import { panelsRun, usePanelJob } from "../engine/use-panels.ts";
import { workbenchAddress } from "../route.ts";
import { bundledScans, findScan } from "../scans/catalog.ts";
import { DropTarget } from "../scans/drop.tsx";
import { Notice, Opening } from "../scans/notice.tsx";
import { openScan, scanError } from "../scans/opened.ts";
import { ScanPicker } from "../scans/picker.tsx";
import { Working } from "../ui/progress-bar.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { sliceAspect, viewsOf } from "../viewer/slicing.ts";
import { chooseScan } from "../workbench/scan-state.ts";
import { Contrasts } from "./contrasts.tsx";
import { MethodFigure } from "./method-figure.tsx";

const HARM = ["maxpool", "stride", "conv"];
const REMEDIES = ["avgpool", "blurpool", "flc", "asap", "maxblurpool", "spectral", "dpp", "kcrop"];

/** The first screen: the argument of the article, with its figures computed here. */
export function Story() {
  const scan = useSignal("t1");
  const times = useSignal(2);
  const index = useSignal<number | null>(null);
  const info = useSignal<ScanInfo | null>(null);
  const before = useRef("t1");

  const choose = (id: string) => {
    scanError.value = null;
    scan.value = id;
    index.value = null;
  };
  const dropped = (id: string) => {
    choose(id);
    document.getElementById("harm-controls")?.scrollIntoView();
  };
  useEffect(() => {
    let current = true;
    openScan(scan.value)
      .then((opened) => {
        if (!current) return;
        before.current = opened.id;
        info.value = opened;
      })
      .catch((error: Error) => {
        if (!current) return;
        scanError.value = error.message;
        scan.value = before.current;
      });
    return () => {
      current = false;
    };
  }, [scan.value]);

  const opened = info.value?.id === scan.value ? info.value : null;
  const shape = findScan(scan.value)?.shape ?? opened?.shape ?? null;
  // Bundled scans are cut across z; a scan of one's own may be one slice across another axis.
  const axis = opened ? viewsOf(opened)[0] : 2;
  const middle = shape ? Math.floor(shape[axis] / 2) : 0;
  const at = index.value ?? middle;
  const request: PanelsRequest | null = shape && {
    place: { scan: scan.value, axis, index: at, time: 0 },
    methods: [...HARM, ...REMEDIES],
    stride: [2, 2, 2],
    times: times.value,
    device: "wasm",
    extras: false,
    figures: true,
    metrics: "none",
  };
  const state = usePanelJob(
    request && JSON.stringify(request),
    panelsRun(request, () => openScan(scan.value)),
  );
  const aspect = opened ? sliceAspect(opened, axis) : aspectFor(scan.value);
  const applied = times.value === 2 ? "applied twice, as in two stages of a network" : "applied once";

  return (
    <main class="story" id="main">
      <DropTarget onFile={dropped} />
      <Notice />
      <header class="hero">
        <div class="hero-text">
          <p class="kicker">Halfband, explained on real scans</p>
          <h1>The hidden cost of downsampling</h1>
          <p class="lead">
            Scans reach a network in many contrasts and voxel sizes. We look closely at how they are resampled
            on the way in. Then the network halves them again and again inside, where nobody looks.
          </p>
          <p class="actions">
            <WorkbenchLink scan={scan.value}>Open the workbench</WorkbenchLink>
            <a class="button" href="#harm">
              Read on
            </a>
          </p>
          <p class="private">Everything is computed in this tab. Your scan never leaves your machine.</p>
        </div>
        <Contrasts chosen={scan.value} onChoose={choose} />
      </header>

      <section class="chapter" id="harm" aria-labelledby="harm-title">
        <div class="prose">
          <h2 id="harm-title">What happens inside</h2>
          <p>
            A U-Net halves its images by <em>MaxPooling</em>: of every block only the brightest voxel
            survives. Bright tissue swells, dark lines close, and after two stages little anatomy is left. A{" "}
            <em>strided convolution</em> keeps every second voxel instead. Detail finer than the new grid does
            not vanish then: it returns in disguise, as jagged edges and patterns that were never in the
            patient. This is aliasing, the artefact that scanners are built to avoid.
          </p>
        </div>
        <Controls
          scan={scan.value}
          onScan={choose}
          times={times.value}
          onTimes={(n) => {
            times.value = n;
          }}
          index={at}
          size={shape?.[axis] ?? 1}
          onIndex={(i) => {
            index.value = i;
          }}
        />
        <Opening id={scan.value} />
        {state.error && state.error !== scanError.value && (
          <p class="error" role="alert">
            {state.error}
          </p>
        )}
        {state.progress && <Working progress={state.progress} />}
        <MethodFigure state={state} ids={HARM} aspect={aspect} original name="harm">
          <b>Figure 2.</b> The usual ways of halving an image, {applied}. <i>False detail</i> is the share of
          the picture's contrast that belongs to structures too fine for the new grid.
        </MethodFigure>
      </section>

      <section class="chapter" aria-labelledby="remedy-title">
        <div class="prose">
          <h2 id="remedy-title">Gentler ways to become small</h2>
          <p>
            Averaging blurs a little first and so removes some of the false detail. <em>BlurPool</em> blurs
            with a wider, smoother kernel. <em>FLC</em> goes to k-space, where the scan was measured, and
            keeps its centre: what a scanner with half the matrix would have recorded, with nothing folded
            back. <em>ASAP</em> fades that centre out gently and so trades a little sharpness for less
            ringing.
          </p>
        </div>
        <MethodFigure state={state} ids={REMEDIES} aspect={aspect} original={false} name="remedy">
          <b>Figure 3.</b> The same slice by gentler methods, {applied}. <i>Error to k-space crop</i> is the
          energy of the difference to what a scanner with a smaller matrix would have recorded: the last
          picture.
        </MethodFigure>
      </section>

      <section class="chapter closing" aria-labelledby="closing-title">
        <div class="prose">
          <h2 id="closing-title">No method is free</h2>
          <p>
            Every smaller image has lost something: the choice is between blur, ringing and false detail. What
            matters is to make it knowingly, for the scan and the task at hand.
          </p>
          <p class="actions">
            <WorkbenchLink scan={scan.value}>Try it on your own scan</WorkbenchLink>
          </p>
        </div>
      </section>
    </main>
  );
}

/** To the workbench with the scan in view; a file of one's own goes along in memory, not in the address. */
function WorkbenchLink({ scan, children }: { readonly scan: string; readonly children: ComponentChildren }) {
  return (
    <a class="button primary" href={workbenchAddress(scan)} onClick={() => chooseScan(scan)}>
      {children}
    </a>
  );
}

function aspectFor(id: string): number {
  const { shape, zooms } = findScan(id) ?? bundledScans[0];
  return (shape[0] * zooms[0]) / (shape[1] * zooms[1]);
}

interface ControlsProps {
  readonly scan: string;
  readonly onScan: (id: string) => void;
  readonly times: number;
  readonly onTimes: (times: number) => void;
  readonly index: number;
  readonly size: number;
  readonly onIndex: (index: number) => void;
}

function Controls({ scan, onScan, times, onTimes, index, size, onIndex }: ControlsProps) {
  return (
    <div class="story-controls" id="harm-controls">
      <ScanPicker value={scan} onChange={onScan} />
      <Segmented
        legend="Halved"
        options={[
          { value: 1, label: "once" },
          { value: 2, label: "twice" },
        ]}
        value={times}
        onChange={onTimes}
      />
      <label class="slice-slider">
        <span>
          Slice {index + 1} of {size}
        </span>
        <input
          type="range"
          min={0}
          max={size - 1}
          value={index}
          onInput={({ currentTarget }) => onIndex(currentTarget.valueAsNumber)}
        />
      </label>
    </div>
  );
}
