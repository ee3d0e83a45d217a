/** What a name that a document uses without importing it stands for. */
export type Importable = ReadonlyMap<string, string>;

/** Values that documents and doc comments speak of without making them, in the order of their making. */
const values: Readonly<Record<string, string>> = {
  fetch: "globalThis.fetch = async (file) => new Response(readFileSync(String(file)));",
  backend: "const backend = await createBackend();",
  noise: `const noise = (...shape) =>
  backend.tensor(
    Float32Array.from({ length: shape.reduce((p, n) => p * n, 1) }, (_, i) => Math.sin(1.7 * i + 0.3 * i ** 0.5)),
    shape,
  );`,
  x: "const x = noise(1, 4, 128, 128);",
  weight: "const weight = noise(8, 4, 3, 3);",
  re: "const re = noise(1, 1, 128, 128);",
  im: "const im = noise(1, 1, 128, 128);",
  bytes: 'const bytes = readFileSync("scan.nii.gz");',
  scan: "const scan = await readNifti(bytes);",
  volume: "const volume = await readNifti(bytes);",
  comparison: 'const comparison = await compare(volume, backend, { methods: ["flc"], patterns: false });',
  panel: "const panel = comparison.panels[0];",
  plane: "const plane = comparison.original.plane;",
  original: "const original = comparison.original.plane;",
};

/** Those of the values that `text` uses, with what they use themselves. */
function valuesIn(text: string): string {
  const wanted = new Set<string>();
  const used = (code: string) => {
    for (const name of wordsOf(code)) {
      if (!Object.hasOwn(values, name) || wanted.has(name)) continue;
      wanted.add(name);
      used(values[name]);
    }
  };
  used(text);
  return Object.keys(values)
    .filter((name) => wanted.has(name))
    .map((name) => values[name])
    .join("\n");
}

const wordsOf = (code: string): Set<string> => new Set(code.match(/\b[A-Za-z]\w*\b/g));

const importLine = /^import\s+(?:(type)\s+)?([\s\S]*?)\s+from\s+"([^"]+)";?$/gm;

/**
 * One program of a document's blocks: its imports, the preamble, then the blocks, each in the scope of the one
 * before, so that a block may go on with what the last one made, or make its own of the same name.
 */
export function programOf(blocks: readonly string[], importable: Importable): string {
  const imports = new Map<string, string>();
  const bodies = blocks.map((block) =>
    block.replaceAll(importLine, (_, type: string | undefined, clause: string, from: string) => {
      for (const name of namesOf(clause)) imports.set(type ? `type ${name}` : name, from);
      return "";
    }),
  );
  const known = new Set([...imports.keys()].map((name) => name.replace(/^type |.* as /g, "")));
  const preamble = valuesIn(bodies.join("\n"));
  const wanted = wordsOf([preamble, ...bodies].join("\n"));
  for (const [name, from] of importable) {
    if (wanted.has(name) && !known.has(name)) imports.set(name, from);
  }
  const lines = [...imports].map(([name, from]) =>
    name.startsWith("* as ") ? `import ${name} from "${from}";` : `import { ${name} } from "${from}";`,
  );
  return [
    ...lines,
    preamble,
    ...bodies.map((body) => `{\n${body}`),
    "}".repeat(bodies.length),
    "export {};",
  ].join("\n");
}

/** `{ a, b as c }`, `* as d` */
function namesOf(clause: string): string[] {
  if (clause.startsWith("*")) return [clause];
  const inner = /^\{([\s\S]*)\}$/.exec(clause);
  if (!inner) throw new Error(`Documents import names in braces only, not "${clause}".`);
  return inner[1]
    .split(",")
    .map((name) => name.trim().replaceAll(/\s+/g, " "))
    .filter((name) => name !== "");
}
