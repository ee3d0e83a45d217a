import { backendOf } from "../backends.ts";
import { buffersOf, Cancelled, type Context } from "../context.ts";
import { deviceTitles } from "../devices.ts";
import {
  aliasToSignal,
  applyMethod,
  type Backend,
  difference,
  edgeRetention,
  frequencyResponse,
  kspaceCrop,
  logSpectrum,
  type Method,
  measure,
  type Pair,
  type Plane,
  type PlaneOperator,
  percentile,
  phaseShift,
  planeOperator,
  preservation,
  residual,
  type Samples,
  spectrumPeak,
  trial,
  type Window,
} from "../halfband.ts";
import { idOf, methodOf } from "../method.ts";
import type { Curve, Figures, PanelEvent, PanelsRequest } from "../protocol.ts";
import { type Scene, sceneOf, shown, turned } from "./scene.ts";

/** Every method on one slice: first all pictures, then their numbers. */
export async function panels(request: PanelsRequest, context: Context<PanelEvent>) {
  await context.turn();
  const scene = await sceneOf(request.place, request);
  const peak = request.extras ? spectrumPeak(scene.plane) : 0;
  emitOriginal(scene, peak, request, context);
  const wasm = await backendOf("wasm");
  const total = request.methods.length;
  if (request.device !== "wasm")
    context.progress({ done: 0, total, label: `Starting ${deviceTitles[request.device]}` });
  const backend = request.device === "wasm" ? wasm : await backendOf(request.device);
  const reference = request.extras ? kspaceCrop(scene.plane, scene.factor) : null;
  const operators: { method: Method; operator: PlaneOperator }[] = [];
  for (const [done, choice] of request.methods.entries()) {
    try {
      const method = methodOf(choice, scene.axes);
      context.progress({ done, total, label: `Computing ${method.title}` });
      await context.turn();
      const operator = planeOperator(method, wasm, { times: request.times, stride: scene.stride });
      const event = await panelOf(request, scene, { method, operator, backend, reference, peak });
      operators.push({ method, operator });
      context.emit(
        event,
        event.kind === "panel"
          ? buffersOf(event.plane.data, event.difference?.data, event.spectrum?.data)
          : [],
      );
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      context.emit({ kind: "failure", method: idOf(choice), message: (error as Error).message });
    }
  }
  if (request.metrics === "none") return { result: undefined };
  for (const [done, { method, operator }] of operators.entries()) {
    context.progress({ done, total: operators.length, label: `Measuring ${method.title}` });
    await context.turn();
    context.emit(metricsOf(operator, scene, method.id, request.metrics === "all"));
  }
  return { result: undefined };
}

/** The grid of a plane as it is: the operator tells where the results sit. */
const VOXELS = [0, 1].map(() => ({ offset: 0, spacing: 1 }));

interface PanelInputs {
  readonly method: Method;
  readonly operator: PlaneOperator;
  readonly backend: Backend;
  readonly reference: Plane | null;
  readonly peak: number;
}

async function panelOf(request: PanelsRequest, scene: Scene, inputs: PanelInputs): Promise<PanelEvent> {
  const { method, operator, backend, reference, peak } = inputs;
  let samples: Samples = { ...scene.plane, grid: VOXELS };
  for (let t = 0; t < request.times; t++) samples = await applyMethod(method, samples, scene.stride, backend);
  const plane: Plane = { data: samples.data, shape: samples.shape as Pair };
  const { offset, spacing } = operator;
  const centred = reference && phaseShift(plane, [offset[0] / spacing[0], offset[1] / spacing[1]]);
  const picture = shown(plane, scene);
  return {
    kind: "panel",
    method: method.id,
    plane: picture,
    difference: centred && reference && shown(difference(centred, reference), scene),
    spectrum: reference && logSpectrum(picture, peak),
    figures: request.figures ? figuresOf(operator, scene.plane) : null,
  };
}

/** The few numbers that stand under a picture. */
function figuresOf(operator: PlaneOperator, plane: Plane): Figures {
  const t = trial(operator, plane);
  const range = percentile(plane, 100) - percentile(plane, 0);
  return {
    falseDetail: aliasToSignal(t)?.aef ?? null,
    residual: residual(t.centred, t.reference).raw,
    brightness: preservation(t.output, t.input, range)?.mean ?? null,
    edges: edgeRetention(t.centred, t.reference, operator.spacing),
  };
}

function metricsOf(operator: PlaneOperator, scene: Scene, method: string, patterns: boolean): PanelEvent {
  const range = percentile(scene.plane, 100) - percentile(scene.plane, 0);
  const { values, reasons } = measure(operator, scene.plane, { patterns, dataRange: range });
  return { kind: "metrics", method, values, reasons, curve: patterns ? curveOf(operator) : null };
}

function curveOf(operator: PlaneOperator): Curve | null {
  const axis = operator.spacing[1] === 1 ? 0 : 1;
  const response = frequencyResponse(operator, axis);
  if (!response) return null;
  const magnitude = Array.from(response.curve);
  const limit = 0.5 / operator.spacing[axis];
  return { frequency: magnitude.map((_, k) => k / response.size), magnitude, limit };
}

function emitOriginal(
  scene: Scene,
  peak: number,
  request: PanelsRequest,
  context: Context<PanelEvent>,
): void {
  const plane = shown(scene.plane, scene);
  const spectrum = request.extras ? logSpectrum(plane, peak) : null;
  context.emit(
    {
      kind: "original",
      plane: plane === scene.plane ? { ...plane, data: plane.data.slice() } : plane,
      spectrum,
      window: windowOf(scene.plane, 1, 99.5),
      spectrumWindow: spectrum && windowOf(spectrum, 2, 99.9),
      orientation: scene.orientation,
      zooms: turned(scene.zooms, scene.orientation),
      cropped: scene.cropped,
    },
    buffersOf(spectrum?.data),
  );
}

function windowOf(plane: Plane, low: number, high: number): Window {
  const ends = { low: percentile(plane, low), high: percentile(plane, high) };
  return ends.high > ends.low ? ends : { low: ends.low, high: ends.low + 1 };
}
