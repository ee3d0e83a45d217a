import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Window } from "../engine/halfband.ts";
import type { Axis, PerVoxelAxis, ScanInfo } from "../engine/protocol.ts";
import { attachGestures, type Gestures } from "./gestures.ts";
import { PlaneCanvas } from "./plane-canvas.tsx";
import { orientationAcross, placeOf, sliceAspect, sliceOf, viewName, voxelAt } from "./slicing.ts";

export interface SliceViewProps {
  readonly info: ScanInfo;
  readonly voxels: Float32Array;
  readonly axis: Axis;
  readonly at: PerVoxelAxis;
  readonly window: Window;
  readonly active: boolean;
  /** Width, where the tallest view is 1 high. */
  readonly width: number;
  readonly onActivate: () => void;
  readonly onMove: (at: PerVoxelAxis) => void;
  readonly onWindow: (window: Window) => void;
}

/** One of the three planes: cross-hair, side marks, and slices by wheel, arrow keys, finger and slider. */
export function SliceView(props: SliceViewProps) {
  const { info, voxels, axis, at, window, active, onActivate, onMove } = props;
  const frame = useRef<HTMLDivElement>(null);
  const plane = useMemo(() => sliceOf(voxels, info, axis, at[axis]), [voxels, info, axis, at[axis]]);
  const { labels } = orientationAcross(info, axis);
  const { across, down } = placeOf(info, axis, at);
  const size = info.shape[axis];
  const to = (index: number) =>
    onMove(at.with(axis, Math.min(size - 1, Math.max(0, index))) as unknown as PerVoxelAxis);

  const latest = useRef<Gestures | null>(null);
  latest.current = {
    onPoint: (x, y) => onMove(voxelAt(info, axis, x, y).with(axis, at[axis]) as unknown as PerVoxelAxis),
    onStep: (by) => to(at[axis] + by),
    window: () => window,
    onWindow: props.onWindow,
  };
  useEffect(() => {
    if (frame.current === null) return;
    return attachGestures(frame.current, {
      onPoint: (x, y) => latest.current?.onPoint(x, y),
      onStep: (by) => latest.current?.onStep(by),
      window: () => latest.current?.window() ?? window,
      onWindow: (next) => latest.current?.onWindow(next),
    });
  }, []);

  const name = viewName(info, axis);
  return (
    <div class={`slice-view ${active ? "active" : ""}`} style={{ "--across": String(props.width) }}>
      <div class="slice-frame" ref={frame} style={{ aspectRatio: String(sliceAspect(info, axis)) }}>
        <PlaneCanvas
          plane={plane}
          window={window}
          aspect={sliceAspect(info, axis)}
          label={`${name} slice ${at[axis] + 1} of ${size}`}
          name={`view-${"xyz"[axis]}`}
        />
        <span class="hair vertical" style={{ left: `${100 * across}%` }} />
        <span class="hair horizontal" style={{ top: `${100 * down}%` }} />
        <span class="mark top" aria-hidden="true">
          {labels.top}
        </span>
        <span class="mark left" aria-hidden="true">
          {labels.left}
        </span>
        <span class="mark right" aria-hidden="true">
          {labels.right}
        </span>
        <span class="mark bottom" aria-hidden="true">
          {labels.bottom}
        </span>
      </div>
      <div class="slice-bar">
        <button
          type="button"
          class="view-name"
          aria-pressed={active}
          onClick={onActivate}
          title={`Compare methods on the ${name.toLowerCase()} slice`}
        >
          {name}
        </button>
        <input
          type="range"
          aria-label={`${name} slice`}
          min={0}
          max={size - 1}
          value={at[axis]}
          onInput={({ currentTarget }) => to(currentTarget.valueAsNumber)}
        />
        <output>{at[axis] + 1}</output>
      </div>
    </div>
  );
}
