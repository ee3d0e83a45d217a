// What the definitions declare, on random shapes, options and data: constants, linearity, shifts, positions.
import { type AnyOperator, elementCount, operators, spatialOf } from "@halfband/ops";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { availableBackends } from "../backends.ts";
import { noise } from "../random.ts";
import { calls, isValid } from "./arbitraries.ts";
import { type Case, deviation, maxAbs, planOf, randomInputs } from "./call.ts";
import { allowed, check, compute, dot, forward, named, norm, ROUNDING, seeds } from "./check.ts";
import { flatOf, indices, interiorOf, rolled } from "./samples.ts";

const backends = await availableBackends();
afterAll(() => {
  for (const backend of backends.values()) backend.dispose();
});

/** Sizes at which most windows have an interior. */
const ROOMY = [
  [24, 40],
  [14, 22],
  [11, 15],
] as const;

const hasInterior = (operator: AnyOperator) => (golden: Case) =>
  interiorOf(planOf(operator, golden)).length > 0;

const linearOnes = operators.filter(({ definition }) => definition.semantics.linear);
const windowed = operators.filter(({ definition }) => definition.semantics.support === "window");
const spectral = linearOnes.filter(({ definition }) => definition.semantics.support === "circular");
const keepsConstants = operators.filter(({ definition }) => definition.semantics.keepsConstants);

describe.each([...backends])("%s", (_, backend) => {
  async function expectConstant(operator: AnyOperator, golden: Case, value: number): Promise<void> {
    const x = new Float32Array(elementCount(golden.shapes.x)).fill(value);
    const y = await forward(operator, golden, backend, { x });
    const want = new Float32Array(y.length).fill(value);
    expect(deviation(y, want), JSON.stringify(golden)).toBeLessThanOrEqual(
      allowed(operator, golden, { x }) * Math.abs(x[0] ?? 0),
    );
  }

  describe("a constant stays", () => {
    it.each(named(keepsConstants))("%s", async (_, operator) => {
      const value = fc.integer({ min: -4000, max: 4000 });
      const golden = calls(operator, { options: ["kernelSize", "stride", "outputSize"] });
      await check(fc.tuple(golden, value), ([call, v]) => expectConstant(operator, call, v));
    });

    it.each(named(keepsConstants))("%s, every size from 1 to 46", async (name, operator) => {
      const { params } = operator.definition;
      const options = params.kernelSize?.required
        ? { kernelSize: 2 }
        : name === "spectralPool"
          ? { stride: 2 }
          : {};
      let sizes = 0;
      for (let n = 1; n <= 46; n++) {
        for (const shape of [
          [1, 1, n],
          [1, 2, n, 47 - n],
          [1, 1, n, 9, n + 1],
        ]) {
          const golden = { name: "", shapes: { x: shape }, options };
          if (!isValid(operator, golden) || elementCount(shape) > 4000) continue;
          sizes++;
          await expectConstant(operator, golden, 100);
        }
      }
      expect(sizes).toBeGreaterThan(80);
    });
  });

  it.each(named(linearOnes))("%s is linear", async (_, operator) => {
    const factor = fc.constantFrom(-3, -0.5, 0.25, 1, 7);
    await check(fc.tuple(calls(operator), seeds, factor, factor), async ([golden, seed, a, b]) => {
      const inputs = randomInputs(golden, seed);
      const z = noise(inputs.x.length, seed + 1000);
      const sum = inputs.x.map((v, i) => a * v + b * z[i]);
      const [ax, az, both] = await Promise.all(
        [inputs.x, z, sum].map((x) => forward(operator, golden, backend, { ...inputs, x })),
      );
      const want = Array.from(ax, (v, i) => a * v + b * az[i]);
      const scale = 2 * (Math.abs(a) * maxAbs(inputs.x) + Math.abs(b) * maxAbs(z));
      expect(deviation(both, want)).toBeLessThanOrEqual(allowed(operator, golden, inputs) * scale);
    });
  });

  it.each(named(linearOnes))("%s: <A x, g> = <x, A' g>", async (_, operator) => {
    await check(fc.tuple(calls(operator), seeds), async ([golden, seed]) => {
      const inputs = randomInputs(golden, seed);
      const y = await forward(operator, golden, backend, inputs);
      const gy = noise(y.length, seed + 2000);
      const { x: gx } = await compute(operator, golden, backend, { ...inputs, gy });
      const scale = norm(y) * norm(gy) + norm(inputs.x) * norm(gx);
      expect(Math.abs(dot(y, gy) - dot(inputs.x, gx))).toBeLessThanOrEqual(1e-5 * scale);
    });
  });

  it.each(named(windowed))(
    "%s: a shift by the stride is a shift of the output, inside",
    async (_, operator) => {
      const draw = { sizes: ROOMY, tensors: ["bias", "filter", "filterBias", "lambda", "alpha"] };
      await check(
        fc.tuple(calls(operator, draw).filter(hasInterior(operator)), seeds),
        async ([golden, seed]) => {
          const inputs = randomInputs(golden, seed);
          const plan = planOf(operator, golden);
          const moved = rolled(
            inputs.x,
            golden.shapes.x,
            plan.grid.map(({ spacing }) => spacing),
          );
          const before = await forward(operator, golden, backend, inputs);
          const after = await forward(operator, golden, backend, { ...inputs, x: moved });
          const bound =
            2 * allowed(operator, golden, inputs) * maxAbs(inputs.x) + 2 * ROUNDING * maxAbs(before);
          for (const index of interiorOf(plan)) {
            const previous = index.map((m, a) => (a < 2 ? m : m - 1));
            const difference = after[flatOf(index, plan.shape)] - before[flatOf(previous, plan.shape)];
            expect(Math.abs(difference)).toBeLessThanOrEqual(bound);
          }
        },
      );
    },
  );

  const circular = [
    ...named(spectral),
    ...named(windowed.filter(({ definition }) => "paddingMode" in definition.params)),
  ];
  it.each(circular)(
    "%s: a circular shift by the stride is a circular shift of the output",
    async (_, operator) => {
      const wraps = ({ shapes, options = {} }: Case): boolean => {
        const plan = planOf(operator, { name: "", shapes, options });
        const whole = plan.grid.every(
          ({ spacing }, a) => Number.isInteger(spacing) && plan.shape[a + 2] * spacing === shapes.x[a + 2],
        );
        return whole && (options.zeroPad ?? "none") === "none" && (options.bins ?? "centered") === "centered";
      };
      const options = [
        "kernelSize",
        "stride",
        "outputSize",
        "window",
        "span",
        "nyquist",
        "windowAlign",
        "size",
        "padding",
        "dilation",
        "groups",
      ];
      const golden = calls(operator, {
        options,
        sizes: [
          [2, 36],
          [2, 12],
          [2, 8],
        ],
      })
        .map(
          (call): Case =>
            "paddingMode" in operator.definition.params
              ? { ...call, options: { ...call.options, paddingMode: "circular" } }
              : call,
        )
        .filter((call) => isValid(operator, call) && wraps(call));
      await check(fc.tuple(golden, seeds), async ([call, seed]) => {
        const inputs = randomInputs(call, seed);
        const plan = planOf(operator, call);
        const moved = rolled(
          inputs.x,
          call.shapes.x,
          plan.grid.map(({ spacing }) => spacing),
        );
        const before = await forward(operator, call, backend, inputs);
        const after = await forward(operator, call, backend, { ...inputs, x: moved });
        const want = rolled(
          before,
          plan.shape,
          plan.grid.map(() => 1),
        );
        expect(deviation(after, want)).toBeLessThanOrEqual(
          2 * allowed(operator, call, inputs) * maxAbs(inputs.x),
        );
      });
    },
  );

  const meansOfWindows = windowed.filter(
    ({ definition }) => definition.semantics.linear && definition.semantics.keepsConstants,
  );
  it.each(named(meansOfWindows))("%s samples a ramp on the declared grid", async (_, operator) => {
    const options = [
      "kernelSize",
      "stride",
      "padding",
      "paddingMode",
      "variant",
      "ceilMode",
      "countIncludePad",
    ];
    await check(calls(operator, { sizes: ROOMY, options }).filter(hasInterior(operator)), async (golden) => {
      const ramp = (position: readonly number[]) => position.reduce((sum, p, a) => sum + (a + 1) * p, -20);
      const x = Float32Array.from(indices(golden.shapes.x), (index) => ramp(index.slice(2)));
      const plan = planOf(operator, golden);
      const y = await forward(operator, golden, backend, { x });
      const bound = allowed(operator, golden, { x }) * maxAbs(x);
      for (const index of interiorOf(plan)) {
        const position = plan.grid.map(({ offset, spacing }, a) => offset + spacing * index[a + 2]);
        expect(Math.abs(y[flatOf(index, plan.shape)] - ramp(position))).toBeLessThanOrEqual(bound);
      }
    });
  });

  it.each(named(spectral))(
    "%s keeps a plane wave below the cut and samples it on the declared grid",
    async (name, operator) => {
      const shares = fc.array(fc.double({ min: -0.999, max: 0.999, noNaN: true }), {
        minLength: 3,
        maxLength: 3,
      });
      const golden = calls(operator, { options: ["stride", "outputSize"] });
      await check(
        fc.tuple(golden, shares, fc.double({ min: 0, max: 6, noNaN: true })),
        async ([call, share, phase]) => {
          const { shape, grid } = planOf(operator, call);
          const spatial = spatialOf(call.shapes.x);
          // Whole cycles per axis, under the new Nyquist frequency.
          const cycles = grid.map((_, a) => Math.trunc(share[a] * Math.ceil(shape[a + 2] / 2)));
          const wave = (position: readonly number[]) =>
            Math.cos(
              phase + 2 * Math.PI * cycles.reduce((sum, k, a) => sum + (k * position[a]) / spatial[a], 0),
            );
          const taper = (k: number, a: number) =>
            Math.sqrt(0.54 + 0.46 * Math.cos((Math.PI * k) / Math.max(1, Math.floor(spatial[a] / 2))));
          const cropped = (a: number) => name === "asapPool" && grid[a].spacing !== 1;
          const gain = cycles.reduce((product, k, a) => product * (cropped(a) ? taper(k, a) : 1), 1);
          const x = Float32Array.from(indices(call.shapes.x), (index) => wave(index.slice(2)));
          const y = await forward(operator, call, backend, { x });
          const want = Array.from(
            indices(shape),
            (index) => gain * wave(grid.map(({ offset, spacing }, a) => offset + spacing * index[a + 2])),
          );
          expect(deviation(y, want)).toBeLessThanOrEqual(allowed(operator, call, { x }) + ROUNDING);
        },
      );
    },
  );
});
