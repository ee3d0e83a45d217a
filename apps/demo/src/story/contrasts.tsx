import { panelsRun, usePanelJob } from "../engine/use-panels.ts";
import { type BundledScan, bundledScans } from "../scans/catalog.ts";
import { openScan } from "../scans/opened.ts";
import { PlaneCanvas } from "../viewer/plane-canvas.tsx";

const SHOWN = bundledScans.filter(({ id }) => id !== "t1-head");

export interface ContrastsProps {
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

/** Figure 1: the same kind of slice in three contrasts, each in its own voxels, at one scale. */
export function Contrasts({ chosen, onChoose }: ContrastsProps) {
  return (
    <figure class="contrasts">
      <div class="contrast-row">
        {SHOWN.map((scan) => (
          <Contrast
            key={scan.id}
            scan={scan}
            pressed={scan.id === chosen}
            onChoose={() => onChoose(scan.id)}
          />
        ))}
      </div>
      <figcaption>
        <b>Figure 1.</b> Three contrasts of the brain, drawn at one scale with their own voxels. Choose the
        one that the figures below work on.
      </figcaption>
    </figure>
  );
}

function Contrast({
  scan,
  pressed,
  onChoose,
}: {
  scan: BundledScan;
  pressed: boolean;
  onChoose: () => void;
}) {
  const { id, title, shows, shape, zooms } = scan;
  const place = { scan: id, axis: 2, index: Math.floor(shape[2] / 2), time: 0 } as const;
  const request = {
    place,
    methods: [],
    device: "wasm",
    extras: false,
    figures: false,
    metrics: "none",
    stride: [1, 1, 1],
    times: 1,
  } as const;
  const { original, error } = usePanelJob(
    id,
    panelsRun(request, () => openScan(id)),
  );
  return (
    <button
      type="button"
      class="contrast"
      aria-pressed={pressed}
      onClick={onChoose}
      style={{ flex: `${shape[0] * zooms[0]} 1 0` }}
    >
      <PlaneCanvas
        plane={original?.plane ?? null}
        window={original?.window ?? null}
        aspect={(shape[0] * zooms[0]) / (shape[1] * zooms[1])}
        label={`Axial slice of the scan ${title}`}
        name={`contrast-${id}`}
      />
      <span class="contrast-title">{title}</span>
      <span class="contrast-note">{error ?? `${zooms.map((z) => z).join(" × ")} mm voxels: ${shows}`}</span>
    </button>
  );
}
