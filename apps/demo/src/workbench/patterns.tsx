import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { call, isAborted } from "../engine/client.ts";
import { idOf } from "../engine/method.ts";
import type { PatternFrame } from "../engine/protocol.ts";
import { drawCurves, type Line } from "../ui/chart.ts";
import { percent } from "../ui/numbers.ts";
import { PlaneCanvas } from "../viewer/plane-canvas.tsx";
import { settings } from "./settings.ts";
import { titleOf, titleOfId } from "./titles.ts";

const STEP = 0.25;
const FRAME_MS = 110;
const WINDOW = { low: 0, high: 1 };

const TEXT = {
  "zone-plate":
    "Rings that get finer outwards. Where they are too fine for the new grid the picture should turn grey: rings that appear there are false detail. Move it, and false rings run against the true ones.",
  point:
    "A bright point, such as a small vessel, moving by quarters of a voxel. A good method lets it glide; aliasing makes it flicker, as if it came and went with the patient's position.",
} as const;

/** Test patterns that move, through every chosen method. */
export function Patterns() {
  const { source, methods, stride, times } = settings.value;
  const pattern = source === "scan" ? "zone-plate" : source;
  const shift = useSignal(0);
  const playing = useSignal(false);
  const frame = useSignal<PatternFrame | null>(null);
  const error = useSignal<string | null>(null);
  const key = JSON.stringify([pattern, methods, stride, times, shift.value]);

  const busy = useRef(false);
  const wanted = useRef(key);
  wanted.current = key;
  useEffect(() => {
    let gone = false;
    const draw = async () => {
      if (busy.current) return;
      busy.current = true;
      let drawn = "";
      while (!gone && drawn !== wanted.current) {
        drawn = wanted.current;
        const { methods, stride, times } = settings.value;
        try {
          frame.value = await call("pattern", { pattern, shift: shift.value, methods, stride, times });
          error.value = null;
        } catch (failure) {
          error.value = (failure as Error).message;
        }
      }
      busy.current = false;
    };
    void draw();
    return () => {
      gone = true;
    };
  }, [key]);

  useEffect(() => {
    if (!playing.value) return;
    const timer = setInterval(() => {
      if (!busy.current) shift.value = (shift.value + STEP) % 16;
    }, FRAME_MS);
    return () => clearInterval(timer);
  }, [playing.value]);

  const peakOf = (id: string) => frame.value?.outputs.find(({ method }) => method === id);
  return (
    <section class="comparison" aria-labelledby="pattern-title">
      <h2 id="pattern-title" class="visually-hidden">
        Test pattern
      </h2>
      <p class="prose-note">{TEXT[pattern]}</p>
      <div class="pattern-controls">
        <button
          type="button"
          class="button"
          aria-pressed={playing.value}
          onClick={() => {
            playing.value = !playing.value;
          }}
        >
          {playing.value ? "Pause" : "Play"}
        </button>
        <label class="slice-slider">
          <span>Moved by {shift.value.toFixed(2)} voxels</span>
          <input
            type="range"
            min={0}
            max={16}
            step={STEP}
            value={shift.value}
            onInput={({ currentTarget }) => {
              shift.value = currentTarget.valueAsNumber;
            }}
          />
        </label>
      </div>
      {error.value && (
        <p class="error" role="alert">
          {error.value}
        </p>
      )}
      <div class="panel-grid patterns">
        <article class="panel">
          <PlaneCanvas
            plane={frame.value?.input ?? null}
            window={WINDOW}
            aspect={1}
            label="The pattern at full resolution"
            name="pattern-input"
          />
          <h3>The pattern</h3>
        </article>
        {methods.map((choice) => (
          <article class="panel" key={idOf(choice)}>
            <PlaneCanvas
              plane={peakOf(idOf(choice))?.plane ?? null}
              window={WINDOW}
              aspect={1}
              label={`The pattern after ${titleOf(choice)}`}
              name={`pattern-${idOf(choice)}`}
            />
            <h3>{titleOf(choice)}</h3>
            <p class="size">
              {pattern === "point" ? `peak ${percent(peakOf(idOf(choice))?.peak ?? 0)}` : " "}
            </p>
          </article>
        ))}
      </div>
      {pattern === "point" && <PeakChart />}
    </section>
  );
}

/** How much the brightest value comes and goes, steadiest method first. */
function swingOf(lines: readonly Line[]): string {
  const swings = lines
    .map(({ label, values }) => ({ label, low: Math.min(...values), high: Math.max(...values) }))
    .sort((a, b) => b.low / b.high - a.low / a.high)
    .map(({ label, low, high }) => `${label} ${percent(low)} to ${percent(high)}`);
  return swings.length > 0 ? `From the steadiest to the one that flickers most: ${swings.join("; ")}.` : "";
}

/** Brightness of the point by its position: a flat line is steady, a zigzag flickers. */
function PeakChart() {
  const swings = useSignal("Measuring…");
  const place = useRef<HTMLDivElement>(null);
  const { methods, stride, times } = settings.value;
  const key = JSON.stringify([methods, stride, times]);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const controller = new AbortController();
    let destroy = () => {};
    call("peaks", { methods, stride, times }, { signal: controller.signal })
      .then(async ({ shifts, peaks }) => {
        const lines = peaks.map(({ method, values }) => ({ label: titleOfId(methods, method), values }));
        const take = await drawCurves(element, shifts, lines, {
          x: "Position of the point, voxels",
          y: "Peak brightness",
          label: "Peak brightness of the point by its position, for every method",
        });
        swings.value = swingOf(lines);
        if (controller.signal.aborted) take();
        else destroy = take;
      })
      .catch((error: unknown) => {
        if (!isAborted(error)) element.textContent = (error as Error).message;
      });
    return () => {
      controller.abort();
      destroy();
      element.replaceChildren();
    };
  }, [key]);
  return (
    <section aria-labelledby="peak-title">
      <h2 id="peak-title">Brightness of the point as it moves</h2>
      <p class="prose-note" aria-live="polite">
        {swings.value}
      </p>
      <div class="chart" ref={place} />
    </section>
  );
}
