import type { Plan, PlanValue } from "./plan.ts";
import { elementCount, type Shape } from "./tensor.ts";

/** What outputs depend on, so that a call can be made of smaller ones that give the same. */
export interface Independence<R> {
  /** A plane (n, c) of the outputs depends on that plane of the inputs alone; or a batch item on that item. */
  readonly each: "plane" | "item";
  /** Operands and options that are cut with the outputs, as are their gradients. The others belong to every part. */
  readonly tensors: readonly string[];
  /**
   * How many rows, steps along the first spatial axis, lie behind one row of the outputs, where those are blocks one
   * behind the other from the first row on and nothing else counts. Else 0.
   */
  blockRows?(params: R): number;
}

/** How an operator's plan is made again for other sizes. */
export interface Origin {
  readonly independent: Omit<Independence<unknown>, "blockRows">;
  readonly blockRows: number;
  /** The same call with other shapes, by the names of operands and options. */
  remake(resize: (name: string, shape: Shape) => Shape): Plan;
}

/** Plans are plain data and cannot hold what they were made of. */
const origins = new WeakMap<Plan, Origin>();

export const rememberOrigin = (plan: Plan, origin: Origin): void => void origins.set(plan, origin);

/**
 * A job in parts, one after the other: `outer` times `inner` units, of which a part has up to `size` neighbours.
 * Elements are by plan value.
 */
export interface Cutting {
  readonly outer: number;
  readonly inner: number;
  readonly size: number;
  /** Elements from one outer unit to the next, and from one inner unit to the next. */
  readonly outerElements: readonly number[];
  readonly innerElements: readonly number[];
  /** The plan of a part of so many units. */
  plan(units: number): Plan;
}

/** Where a part lies: `units` inner units from unit `first` of outer unit `within`. */
export interface Part {
  readonly units: number;
  readonly within: number;
  readonly first: number;
}

export function* partsOf({ outer, inner, size }: Cutting): Generator<Part> {
  for (let within = 0; within < outer; within++) {
    for (let first = 0; first < inner; first += size) {
      yield { units: Math.min(size, inner - first), within, first };
    }
  }
}

/** First element and number of elements of a plan value that a part takes. */
export function rangeOf({ outerElements, innerElements }: Cutting, part: Part, value: number) {
  const begin = part.within * outerElements[value] + part.first * innerElements[value];
  return { begin, end: begin + part.units * innerElements[value] };
}

/** The job as one part. */
export function uncut(plan: Plan): Cutting {
  const elements = plan.values.map(({ shape }) => elementCount(shape));
  return {
    outer: 1,
    inner: 1,
    size: 1,
    outerElements: elements,
    innerElements: elements,
    plan: () => plan,
  };
}

/**
 * Parts whose inputs and outputs take up to `bytes`, as far as that is possible; undefined where one part takes all or
 * where an output depends on everything. `bound` inputs are not cut.
 */
export function cut(plan: Plan, bound: ReadonlyMap<number, unknown>, bytes: number): Cutting | undefined {
  const origin = origins.get(plan);
  if (origin === undefined) return undefined;
  const isCut = (value: PlanValue) => isCutOf(origin, plan, value);
  const given = plan.values.filter(({ role }) => role === "input" || role === "output");
  // What serves every part must be there once and for all: kernels pack it when they are prepared.
  if (given.some((value) => isCut(value) === bound.has(plan.values.indexOf(value)))) return undefined;

  const { each } = origin.independent;
  const leading = each === "plane" ? 2 : 1;
  const unitsOf = (shape: Shape) => elementCount(shape.slice(0, leading));
  const elements = plan.values.map((value) => (isCut(value) ? elementCount(value.shape.slice(leading)) : 0));
  const units = unitsOf(plan.values[0].shape);
  const unitBytes = 4 * elements.reduce((sum, count) => sum + count, 0);
  if (unitBytes > bytes && each === "plane" && origin.blockRows > 0)
    return cutRows(plan, origin, elements, units, bytes);
  const size = evenSize(units, Math.floor(bytes / unitBytes));
  if (size === units) return undefined;
  return {
    outer: 1,
    inner: units,
    size,
    outerElements: elements,
    innerElements: elements,
    plan: (count) =>
      origin.remake((name, shape) => {
        if (!origin.independent.tensors.includes(name)) return shape;
        return each === "plane" ? [1, count, ...shape.slice(2)] : [count, ...shape.slice(1)];
      }),
  };
}

/** Planes in slabs: rows of the output with the blocks behind them. */
function cutRows(
  plan: Plan,
  { blockRows, remake }: Origin,
  elements: readonly number[],
  planes: number,
  bytes: number,
): Cutting | undefined {
  const rows = plan.shape[2];
  const innerElements = plan.values.map(({ role, shape }) =>
    role === "input" || role === "output"
      ? elementCount(shape.slice(3)) * (role === "input" ? blockRows : 1)
      : 0,
  );
  const rowBytes = 4 * innerElements.reduce((sum, count) => sum + count, 0);
  const size = evenSize(rows, Math.floor(bytes / rowBytes));
  if (planes * rows === size) return undefined;
  return {
    outer: planes,
    inner: rows,
    size,
    outerElements: elements,
    innerElements,
    plan: (count) => remake((_, shape) => [1, 1, count * blockRows, ...shape.slice(3)]),
  };
}

function isCutOf({ independent }: Origin, { direction }: Plan, { role, name }: PlanValue): boolean {
  if (role !== "input" && role !== "output") return false;
  return (
    (role === "output" && direction === "forward") || name === "gy" || independent.tensors.includes(name)
  );
}

/**
 * Units per part, no more than `most` unless that is none: parts of about the same size, or of quite the same where
 * that makes few more of them and saves the plan of the last one.
 */
function evenSize(units: number, most: number): number {
  const fewest = Math.ceil(units / Math.max(1, most));
  for (let parts = fewest; parts <= 1.25 * fewest; parts++) if (units % parts === 0) return units / parts;
  return Math.ceil(units / fewest);
}
