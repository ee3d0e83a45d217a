// Writes docs/operators.md from the built operator definitions and their doc comments.
// `node scripts/docs.mjs --check` writes nothing and fails where the file is out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { operators } from "../packages/ops/dist/index.js";
import { createWasmBackend } from "../packages/wasm/dist/index.js";

const target = new URL("../docs/operators.md", import.meta.url);

const takesOf = {
  perAxis: "number, or one per axis",
  padding: 'number, one per axis, `[[before, after], ...]`, `"same"`, `"valid"`',
  choice: "",
  flag: "`true`, `false`",
  number: "number",
  window: '`"none"`, `"hamming"`, `"hann"`, `{ tukey: 0..1 }`, `{ kaiser: beta }`',
  group: "options of its own",
  tensor: "tensor",
  channels: "number, one per channel, or tensor `[C]`",
};

/** Sizes of a typical call by the number of spatial axes. */
const typicalSpatial = { 1: [4096], 2: [128, 128], 3: [32, 64, 64] };
const typicalShapes = (rank) => {
  const image = [1, 32, ...typicalSpatial[rank]];
  return { x: image, re: image, im: image, weight: [32, 32, ...typicalSpatial[rank].map(() => 3)] };
};
function typicalOptions({ params }, rank) {
  const options = params.kernelSize?.required ? { kernelSize: 2 } : {};
  if (params.outputSize?.required) options.outputSize = typicalSpatial[rank].map((n) => n / 2);
  else if ("stride" in params) options.stride = 2;
  return options;
}

const cell = (text) => String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");
const code = (text) => `\`${text}\``;
const list = (names) => names.map(code).join(", ");
const short = (number) => String(Number(number.toPrecision(6)));
const exponential = (number) => (number === 0 ? "0, exact" : Number(number.toPrecision(3)).toExponential());
/** A value as a program would write it. */
const written = (value) =>
  typeof value !== "object"
    ? JSON.stringify(value)
    : Array.isArray(value)
      ? `[${value.map(written).join(", ")}]`
      : `{ ${Object.entries(value)
          .map(([key, v]) => `${key}: ${written(v)}`)
          .join(", ")} }`;

/** The prose of the doc comment above `export const name = defineOperator`, and its example. */
function docComment(name) {
  const source = readFileSync(
    new URL(`../packages/ops/src/operators/${name}/${name}.ts`, import.meta.url),
    "utf8",
  );
  const before = source.slice(0, source.indexOf(`export const ${name} = defineOperator`));
  const comment = before.slice(before.lastIndexOf("/**") + 3, before.lastIndexOf("*/"));
  const text = comment.replaceAll(/^ *\* ?/gm, "").trim();
  const [prose, ...tags] = text.split(/^@/m);
  const tag = (key) =>
    tags
      .find((t) => t.startsWith(key))
      ?.slice(key.length)
      .trim();
  const [, ...paragraphs] = prose.trim().split(/\n\n+/);
  return {
    paragraphs: paragraphs.map((p) => p.replaceAll(/\s+/g, " ")),
    throws: tag("throws")?.replaceAll(/\s+/g, " "),
    example: tag("example"),
  };
}

function optionRows(params, path = "") {
  return Object.entries(params).flatMap(([name, param]) => {
    if (param.fields) return optionRows(param.fields, `${path}${name}.`);
    const words = (param.choices ?? []).map((word) => code(`"${word}"`));
    const takes = [...words, ...(takesOf[param.kind] ? [takesOf[param.kind]] : [])].join(", ");
    const preset = param.required
      ? "required"
      : param.default === undefined
        ? ""
        : code(written(param.default));
    return [[code(path + name), takes, preset, param.doc]];
  });
}

/** The first case with something to reduce for every number of axes: real calls with their sizes and positions. */
function positionRows(operator) {
  const { operands, cases } = operator.definition;
  return [1, 2, 3].flatMap((rank) => {
    const fits = ({ shapes, error }) => {
      const spatial = shapes[operands[0]].slice(2);
      return !error && spatial.length === rank && spatial.every((n) => n > 2);
    };
    const { shapes, options = {} } = cases.find(fits);
    const further = Object.entries(shapes).filter(([name]) => !operands.includes(name));
    const tensors = Object.fromEntries(further.map(([name, shape]) => [name, { shape }]));
    const plan = operator.plan(...operands.map((name) => ({ shape: shapes[name] })), {
      ...options,
      ...tensors,
    });
    const given = [
      ...Object.entries(options).map(([key, value]) => `${key}: ${written(value)}`),
      ...Object.keys(tensors),
    ];
    const positions = plan.grid.map(({ offset, spacing }) => `${short(offset)} + ${short(spacing)} m`);
    const call = given.length ? code(`{ ${given.join(", ")} }`) : "";
    return [[code(written(shapes[operands[0]])), call, code(written(plan.shape)), positions.join("; ")]];
  });
}

/** The tolerance at the typical 2-D call, where it can be told without weights. */
function toleranceOf({ definition }) {
  const shapes = typicalShapes(2);
  const needed = Object.fromEntries(definition.operands.map((name) => [name, shapes[name]]));
  const parsed = definition.resolve(parse(definition, typicalOptions(definition, 2)), needed);
  return exponential(definition.semantics.tolerance(parsed));
}

/** Options as `resolve` wants them: what the plan of the same call does before. */
function parse({ name, params }, options, schema = params, path = "") {
  return Object.fromEntries(
    Object.entries(schema).map(([key, param]) => [
      key,
      param.parse(options[key] ?? param.default, { op: name, option: path + key, rank: 2 }),
    ]),
  );
}

function section(operator) {
  const { name, summary, source, operands, outputs, params, semantics, gradients, optionalGradients } =
    operator.definition;
  const { paragraphs, throws, example } = docComment(name);
  const required = Object.values(params).some((param) => param.required);
  const result = outputs.length === 1 ? outputs[0] : `{ ${outputs.join(", ")} }`;
  const properties = [
    ["linear", semantics.linear ? "yes, in the image" : "no"],
    ["keeps constants", semantics.keepsConstants ? "yes, with the default options, for every size" : "no"],
    [
      "an output sees",
      semantics.support === "window" ? "its window" : "the whole plane; opposite borders touch",
    ],
    ["NaN, infinity", semantics.nonFinite],
    ["gradients", list(gradients) + (optionalGradients ? `; where given ${list(optionalGradients)}` : "")],
    ["tolerance", `${toleranceOf(operator)}, at the 2-D call of the support table`],
    ["throws", throws ?? ""],
    ["source", source],
  ];
  return [
    `## ${name}`,
    summary,
    code(`${name}(${[...operands, required ? "options" : "options?"].join(", ")}) -> ${result}`),
    ...paragraphs,
    ...(example ? [`\`\`\`ts\n${example}\n\`\`\``] : []),
    table(["option", "takes", "default", "meaning"], optionRows(params)),
    table(["property", ""], properties),
    "Where the samples sit, in voxels of the input, by spatial axis:",
    table(["x", "options", "y", "sample m"], positionRows(operator)),
  ].join("\n\n");
}

/** Kernels of the typical calls, forward and gradient. */
function supportRows(operator, backend) {
  const { definition } = operator;
  return [1, 2, 3].map((rank) => {
    const specs = definition.operands.map((name) => ({ shape: typicalShapes(rank)[name], backend }));
    const options = typicalOptions(definition, rank);
    const kernels = (make) => {
      const names = make(...specs, options).kernel.split(" -> ");
      return [...new Set(names)].map((kernel) => code(kernel.replace(/__.*$/, ""))).join("<br>");
    };
    return [
      rank === 1 ? code(definition.name) : "",
      `${rank}-D`,
      kernels(operator.plan),
      kernels(operator.vjpPlan),
    ];
  });
}

function page(backend) {
  const size = (rank) => `[1, 32, ${typicalSpatial[rank].join(", ")}]`;
  return `${[
    "# Operators",
    "Written by `node scripts/docs.mjs` from the definitions in `packages/ops/src/operators`; change those, not this file.",
    "Every operator takes `[N, C, ...spatial]` with 1 to 3 spatial axes. Per-axis options take one number or one per spatial axis, in tensor order (z, y, x). What a default is left empty for, the operator derives; the text says how. Tolerances: [numerics.md](numerics.md).",
    ...operators.map(section),
    "## Support",
    `Every operator runs on every backend, with every option, forward and gradient. The reference backend computes the definition's own loops in double precision; the WebAssembly backend runs these kernels, in the order of first use (without the build's suffix, \`__simd\` or \`__relaxed\`), for x = \`${size(1)}\`, \`${size(2)}\`, \`${size(3)}\`, 32 output channels, kernel 3 for convolutions and 2 for pools, stride 2. The kernels of any other call: \`plan(...).kernel\`.`,
    table(
      ["operator", "axes", "forward", "gradient"],
      operators.flatMap((operator) => supportRows(operator, backend)),
    ),
  ].join("\n\n")}\n`;
}

const backend = await createWasmBackend({ simd: "baseline" });
const text = page(backend);
backend.dispose();
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("docs/operators.md does not match the operator definitions; run `node scripts/docs.mjs`.");
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
