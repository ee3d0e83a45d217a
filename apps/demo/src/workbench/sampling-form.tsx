import { deviceTitles } from "../engine/devices.ts";
import type { PerVoxelAxis } from "../engine/protocol.ts";
import { Segmented } from "../ui/segmented.tsx";
import { BackendLine } from "./backend-line.tsx";
import { change, settings } from "./settings.ts";

const FACTORS = [1, 2, 3, 4];

/** How much smaller along each axis, how often, and on which device. */
export function SamplingForm() {
  const { stride, times, device, scope, source } = settings.value;
  return (
    <div class="sampling">
      <fieldset class="strides">
        <legend>Stride: times smaller along</legend>
        {["x", "y", "z"].map((name, axis) => (
          <label key={name}>
            {name}
            <select
              value={stride[axis]}
              onChange={({ currentTarget }) =>
                change({ stride: stride.with(axis, Number(currentTarget.value)) as unknown as PerVoxelAxis })
              }
            >
              {FACTORS.map((factor) => (
                <option key={factor} value={factor} selected={factor === stride[axis]}>
                  {factor}
                </option>
              ))}
            </select>
          </label>
        ))}
      </fieldset>
      <Segmented
        legend="Applied"
        options={[
          { value: 1, label: "once" },
          { value: 2, label: "twice" },
        ]}
        value={times}
        onChange={(n) => change({ times: n })}
      />
      <Segmented
        legend="Look at"
        options={[
          { value: "scan", label: "scan" },
          { value: "zone-plate", label: "zone plate" },
          { value: "point", label: "moving point" },
        ]}
        value={source}
        onChange={(value) => change({ source: value })}
      />
      {source === "scan" && (
        <Segmented
          legend="Downsample"
          options={[
            { value: "slice", label: "this slice" },
            { value: "volume", label: "whole volume" },
          ]}
          value={scope}
          onChange={(value) =>
            change({ scope: value, ...(value === "volume" ? { show: "image" as const } : {}) })
          }
        />
      )}
      {source === "scan" && (
        <Segmented
          legend="Compute with"
          options={[
            { value: "wasm", label: deviceTitles.wasm },
            { value: "threads", label: "on threads", name: deviceTitles.threads },
            { value: "webgpu", label: deviceTitles.webgpu },
          ]}
          value={device}
          onChange={(value) => change({ device: value })}
        />
      )}
      {source === "scan" && <BackendLine />}
    </div>
  );
}
