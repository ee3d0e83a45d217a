import type { ScanInfo } from "../engine/protocol.ts";
import { NumberField } from "../ui/number-field.tsx";
import { figure } from "../ui/numbers.ts";
import { SliceView } from "../viewer/slice-view.tsx";
import { isStretched, viewsOf, viewWidths } from "../viewer/slicing.ts";
import { GreyScale } from "./grey-scale.tsx";
import { crosshair, greyScale, scanInfo, step, voxels } from "./scan-state.ts";
import { change, settings } from "./settings.ts";

/** The scan in three planes, with the grey scale and the time point. */
export function Planes() {
  const info = scanInfo.value;
  const data = voxels.value;
  const current = settings.value;
  if (info === null || data === null) return <div class="planes empty" aria-busy="true" />;
  const at = crosshair(current, info);
  const views = viewsOf(info);
  const widths = viewWidths(info);
  const window = greyScale(current, info);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement) return;
    const by = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[
      event.key
    ];
    if (by === undefined) return;
    event.preventDefault();
    step(current.axis, by);
  };
  return (
    <section class="planes" aria-label="Scan">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the planes take the arrow keys, as a slider does. */}
      <fieldset class="plane-row" tabIndex={0} onKeyDown={onKeyDown}>
        <legend class="visually-hidden">
          {views.length > 1 ? "Three planes" : "The plane"}; arrow keys move through the slices
        </legend>
        {views.map((axis) => (
          <SliceView
            key={`${info.id} ${axis}`}
            info={info}
            voxels={data}
            axis={axis}
            at={at}
            window={window}
            active={axis === current.axis}
            width={widths.get(axis) ?? 1}
            onActivate={() => change({ axis })}
            onMove={(next) => change({ at: next })}
            onWindow={(next) => change({ window: next })}
          />
        ))}
      </fieldset>
      <div class="grey-scale">
        <GreyScale window={window} />
        {info.times > 1 && (
          <NumberField
            label={`Time point of ${info.times}`}
            value={current.time + 1}
            min={1}
            max={info.times}
            onChange={(time) => time !== undefined && change({ time: time - 1 })}
          />
        )}
        <p class="hint">
          {aboutOf(info)} Wheel, arrow keys or a finger sideways: slices. Shift or right button with a drag:
          grey scale.
        </p>
      </div>
    </section>
  );
}

/** What there is to know of the scan before one looks at it. */
function aboutOf(info: ScanInfo): string {
  const { shape, zooms, axisCodes, dataType, nonFinite, range, warnings } = info;
  const sizes = zooms.map((zoom) => figure(zoom)).join(" × ");
  const sentences = [`${shape.join(" × ")} voxels of ${sizes} mm, ${axisCodes}, ${dataType}.`];
  if (range === null)
    sentences.push("No voxel is a finite number: all count as 0, and there is nothing to see.");
  else {
    if (range.min === range.max) {
      const which = nonFinite > 0 ? "finite voxel" : "voxel";
      sentences.push(`Every ${which} is ${figure(range.min)}: there is nothing to compare.`);
    }
    if (nonFinite > 0)
      sentences.push(`${nonFinite} are NaN or infinite and count as 0 in pictures and figures.`);
  }
  sentences.push(...warnings);
  if (isStretched(info)) sentences.push("Very long or thin views are drawn stretched.");
  return sentences.join(" ");
}
