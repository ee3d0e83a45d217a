import { signal } from "@preact/signals";
import { type DeviceName, deviceNames } from "../engine/devices.ts";
import type { Window } from "../engine/halfband.ts";
import { methods } from "../engine/halfband.ts";
import { findOperator } from "../engine/method.ts";
import type { Axis, CustomMethod, MethodChoice, PerVoxelAxis } from "../engine/protocol.ts";

/** Everything that an address carries: how to look, never what was looked at. */
export interface Settings {
  readonly scan: string;
  readonly axis: Axis;
  /** Voxel under the cross-hair; null for the middle. */
  readonly at: PerVoxelAxis | null;
  readonly time: number;
  /** Grey scale; null for the scan's own. */
  readonly window: Window | null;
  readonly methods: readonly MethodChoice[];
  readonly stride: PerVoxelAxis;
  readonly times: number;
  readonly device: DeviceName;
  readonly source: "scan" | "zone-plate" | "point";
  readonly scope: "slice" | "volume";
  readonly show: "image" | "difference" | "spectrum";
  readonly layout: "grid" | "swipe";
  /** How many times the pictures are enlarged around the cross-hair. */
  readonly zoom: number;
}

export const zooms: readonly number[] = [1, 2, 4];

export const DEFAULTS: Settings = {
  scan: "t1",
  axis: 2,
  at: null,
  time: 0,
  window: null,
  methods: ["maxpool", "stride", "blurpool", "flc"],
  stride: [2, 2, 2],
  times: 1,
  device: "wasm",
  source: "scan",
  scope: "slice",
  show: "image",
  layout: "grid",
  zoom: 1,
};

export const settings = signal<Settings>(DEFAULTS);

export function change(part: Partial<Settings>): void {
  settings.value = { ...settings.value, ...part };
}

/** The settings as the part of an address behind "?". A file of the user's own is left out. */
export function toQuery(current: Settings): string {
  const query = new URLSearchParams();
  const put = (key: string, value: string, usual: string) => {
    if (value !== usual) query.set(key, value);
  };
  if (!current.scan.startsWith("file:")) put("scan", current.scan, DEFAULTS.scan);
  put("view", "xyz"[current.axis], "z");
  if (current.at) query.set("at", current.at.join());
  put("t", String(current.time), "0");
  if (current.window) query.set("window", `${current.window.low},${current.window.high}`);
  const named = current.methods.filter((choice) => typeof choice === "string");
  put("methods", named.join(), (DEFAULTS.methods as readonly string[]).join());
  put("stride", current.stride.join(), DEFAULTS.stride.join());
  put("times", String(current.times), String(DEFAULTS.times));
  put("zoom", String(current.zoom), String(DEFAULTS.zoom));
  for (const key of ["device", "source", "scope", "show", "layout"] as const)
    put(key, current[key], DEFAULTS[key]);
  for (const choice of current.methods)
    if (typeof choice !== "string") query.append("own", JSON.stringify(choice));
  return query.toString().replaceAll("%2C", ",");
}

/** Reads an address; whatever is missing or makes no sense is left at its default. */
export function fromQuery(text: string): Settings {
  const query = new URLSearchParams(text);
  const word = <T extends string>(key: string, known: readonly T[], usual: T): T =>
    known.find((value) => value === query.get(key)) ?? usual;
  const whole = (value: number, low: number, high: number) =>
    Number.isInteger(value) && value >= low && value <= high;
  const triple = (key: string, low: number, high: number): PerVoxelAxis | null => {
    const values = (query.get(key) ?? "").split(",").map(Number);
    return values.length === 3 && values.every((v) => whole(v, low, high))
      ? (values as unknown as PerVoxelAxis)
      : null;
  };
  const [low, high] = (query.get("window") ?? "").split(",").map(Number);
  const times = Number(query.get("times"));
  const time = Number(query.get("t"));
  const zoom = Number(query.get("zoom"));
  const named = query.get("methods")?.split(",").filter(isMethod) ?? DEFAULTS.methods;
  return {
    scan: query.get("scan") ?? DEFAULTS.scan,
    axis: "xyz".indexOf(word("view", ["x", "y", "z"], "z")) as Axis,
    at: triple("at", 0, 65535),
    time: whole(time, 0, 65535) ? time : 0,
    window: low < high ? { low, high } : null,
    methods: [...named, ...query.getAll("own").flatMap(parseOwn)],
    stride: triple("stride", 1, 4) ?? DEFAULTS.stride,
    times: whole(times, 1, 2) ? times : DEFAULTS.times,
    device: word("device", deviceNames, DEFAULTS.device),
    source: word("source", ["scan", "zone-plate", "point"], DEFAULTS.source),
    scope: word("scope", ["slice", "volume"], DEFAULTS.scope),
    show: word("show", ["image", "difference", "spectrum"], DEFAULTS.show),
    layout: word("layout", ["grid", "swipe"], DEFAULTS.layout),
    zoom: zooms.find((value) => value === zoom) ?? DEFAULTS.zoom,
  };
}

const isMethod = (id: string): boolean => methods.some((method) => method.id === id);

function parseOwn(text: string): CustomMethod[] {
  try {
    const { id, operator, options, weights } = JSON.parse(text) as CustomMethod;
    if (!/^own-\d+$/.test(id) || !findOperator(operator) || typeof options !== "object" || options === null)
      return [];
    return [{ id, operator, options, ...(weights === "centre" || weights === "box" ? { weights } : {}) }];
  } catch {
    return [];
  }
}
