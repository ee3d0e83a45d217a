// What the machine allows in WebAssembly: the time to copy the input once, the time to read it and write an output of a
// part of its size, and the rate of multiply-add loops that keep everything in registers. The module is written out here as bytes, so that no compiler stands in between.

/** Independent chains: enough to hide the latency of a multiply and an add, few enough for 16 registers. */
const CHAINS = 12;
const FLOPS_PER_TURN = CHAINS * 4 * 2;

const [I32, F32, V128] = [0x7f, 0x7d, 0x7b];
const leb = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)]);
const vector = (items: number[][]): number[] => [...leb(items.length), ...items.flat()];
const section = (id: number, content: number[]): number[] => [id, ...leb(content.length), ...content];
const text = (name: string): number[] => [...leb(name.length), ...new TextEncoder().encode(name)];
const simd = (opcode: number): number[] => [0xfd, ...leb(opcode)];
const f32 = (value: number): number[] => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const load = (at: number, offset: number): number[] => [...get(at), ...simd(0x00), 0x04, ...leb(offset)];
const store = (at: number, value: number[]): number[] => [...get(at), ...value, ...simd(0x0b), 0x04, 0x00];
/** `local += bytes`, less than 8192: the constant is signed, of two bytes. */
const advance = (local: number, bytes: number): number[] => [
  ...[...get(local), 0x41, (bytes & 0x7f) | 0x80, bytes >>> 7, 0x6a],
  ...set(local),
];
const body = (code: number[]): number[] => [...leb(code.length), ...code];

const SPLAT = simd(0x13);
const MULTIPLY = simd(0xe6);
const ADD = simd(0xe4);
const RELAXED_MADD = simd(0x105);
const MAX = simd(0xeb);

/** `peak(turns)`: each turn multiplies and adds once on every chain. The values stay near 1. */
function peakBody(relaxed: boolean): number[] {
  const [factor, addend, first] = [1, 2, 3];
  const start = Array.from({ length: CHAINS }, (_, i) => [...f32(1 + i / 16), ...SPLAT, ...set(first + i)]);
  const turn = Array.from({ length: CHAINS }, (_, i) =>
    relaxed
      ? [...get(first + i), ...get(factor), ...get(addend), ...RELAXED_MADD, ...set(first + i)]
      : [...get(first + i), ...get(factor), ...MULTIPLY, ...get(addend), ...ADD, ...set(first + i)],
  );
  const sum = Array.from({ length: CHAINS - 1 }, (_, i) => [...get(first + 1 + i), ...ADD]);
  return body([
    ...vector([[...leb(2 + CHAINS), V128]]),
    ...[...f32(0.75), ...SPLAT, ...set(factor), ...f32(0.25), ...SPLAT, ...set(addend)],
    ...start.flat(),
    ...[0x03, 0x40, ...turn.flat()],
    // turns -= 1; continue while turns != 0
    ...[...get(0), 0x41, 0x01, 0x6b, 0x22, 0x00, 0x0d, 0x00, 0x0b],
    ...[...get(first), ...sum.flat(), ...simd(0x1f), 0x00, 0x0b],
  ]);
}

/** `copy(to, from, bytes)`. */
const copyBody = body([0x00, ...get(0), ...get(1), ...get(2), 0xfc, 0x0a, 0x00, 0x00, 0x0b]);

/** `reduce(to, from, vectors)`: each turn stores one vector, the largest of the `share` vectors that it reads in order. */
function reduceBody(share: number): number[] {
  const rest = Array.from({ length: share - 1 }, (_, i) => [...load(1, 16 * (i + 1)), ...MAX]);
  return body([
    0x00,
    ...[0x03, 0x40, ...store(0, [...load(1, 0), ...rest.flat()])],
    ...[...advance(0, 16), ...advance(1, 16 * share)],
    ...[...get(2), 0x41, 0x01, 0x6b, 0x22, 0x02, 0x0d, 0x00, 0x0b],
    0x0b,
  ]);
}

function moduleBytes(relaxed: boolean): Uint8Array<ArrayBuffer> {
  const types = vector([
    [0x60, 3, I32, I32, I32, 0],
    [0x60, 1, I32, 1, F32],
  ]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(3, vector([[0], [1], [0], [0]])),
    ...section(5, [1, 0, 1]),
    ...section(
      7,
      vector([
        [...text("memory"), 2, 0],
        [...text("copy"), 0, 0],
        [...text("peak"), 0, 1],
        [...text("reduce4"), 0, 2],
        [...text("reduce8"), 0, 3],
      ]),
    ),
    ...section(10, vector([copyBody, peakBody(relaxed), reduceBody(4), reduceBody(8)])),
  ]);
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  copy(to: number, from: number, bytes: number): void;
  peak(turns: number): number;
  reduce4(to: number, from: number, vectors: number): void;
  reduce8(to: number, from: number, vectors: number): void;
}

const instantiate = (relaxed: boolean): Exports =>
  new WebAssembly.Instance(new WebAssembly.Module(moduleBytes(relaxed))).exports as unknown as Exports;

const exports = instantiate(false);
const relaxedExports = WebAssembly.validate(moduleBytes(true)) ? instantiate(true) : undefined;

function makeRoom(bytes: number): void {
  const { memory } = exports;
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / 65536);
  if (missing > 0) memory.grow(missing);
}

/** Writes the data to the start of Wasm memory, with as much room behind it. */
function place(data: Float32Array): void {
  makeRoom(2 * data.byteLength);
  new Float32Array(exports.memory.buffer, 0, data.length).set(data);
}

/** Copies the data within Wasm memory. */
export function copyLimit(data: Float32Array): () => void {
  place(data);
  const bytes = data.byteLength;
  return () => exports.copy(bytes, 0, bytes);
}

/** Reads the data in order and writes the maxima of every `share` vectors: what any pool has to do, whatever its shape. */
export function reduceLimit(data: Float32Array, share: 4 | 8): () => void {
  place(data);
  const bytes = data.byteLength;
  const vectors = Math.floor(data.length / 4 / share);
  const reduce = share === 4 ? exports.reduce4 : exports.reduce8;
  return () => reduce(bytes, 0, vectors);
}

/** Elements carried in at once, small enough for the second cache. */
const PART = 1 << 16;

/** Carries the data in, each part to where the one before lay, and a result of so many elements out to a new array. */
export function carryLimit(data: Float32Array, resultLength: number): () => void {
  makeRoom(4 * Math.max(PART, resultLength));
  return () => {
    const { buffer } = exports.memory;
    for (let at = 0; at < data.length; at += PART) {
      const part = data.subarray(at, at + PART);
      new Float32Array(buffer, 0, part.length).set(part);
    }
    carried = new Float32Array(new Float32Array(buffer, 0, resultLength));
  };
}

/** Kept, so that no engine leaves it out. */
export let carried: Float32Array | undefined;

/** As many multiplications and additions as asked for, at the machine's best rate. */
export function peakLimit(flops: number, build: "baseline" | "relaxed"): (() => void) | undefined {
  const { peak } = (build === "baseline" ? exports : relaxedExports) ?? {};
  const turns = Math.max(1, Math.round(flops / FLOPS_PER_TURN));
  return peak && (() => void peak(turns));
}
