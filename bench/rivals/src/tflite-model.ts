// A chain of TensorFlow Lite operators with its constants, as bytes of a .tflite file. Field numbers, operator codes and
// option numbers are those of TensorFlow Lite's schema.fbs.

/** The part of npm's `flatbuffers` that is used. */
export interface Flatbuffers {
  readonly Builder: new (size: number) => Builder;
}
interface Builder {
  startObject(fields: number): void;
  addFieldInt8(field: number, value: number, preset: number): void;
  addFieldInt32(field: number, value: number, preset: number): void;
  addFieldOffset(field: number, value: number, preset: number): void;
  endObject(): number;
  startVector(elementBytes: number, count: number, alignment: number): void;
  addInt32(value: number): void;
  addOffset(offset: number): void;
  endVector(): number;
  createString(text: string): number;
  createByteVector(bytes: Uint8Array): number;
  prep(size: number, additionalBytes: number): void;
  finish(root: number, identifier: string): void;
  asUint8Array(): Uint8Array;
}

type Field = readonly [kind: "byte" | "int" | "table", value: number];

/** Operator code, and the number of its options in the union. */
const OPERATORS = {
  conv2d: [3, 1],
  fullyConnected: [9, 8],
  mul: [18, 21],
  reshape: [22, 17],
  sub: [41, 28],
  batchMatMul: [126, 101],
} as const;
type OperatorName = keyof typeof OPERATORS;

const FLOAT32 = 0;
const INT32 = 2;
const SCHEMA_VERSION = 3;

interface Tensor {
  readonly shape: readonly number[];
  readonly data?: Float32Array | Int32Array;
}
interface Node {
  readonly operator: OperatorName;
  readonly inputs: readonly number[];
  readonly output: number;
  readonly options: readonly Field[];
}

export class TfliteModel {
  private readonly tensors: Tensor[];
  private readonly nodes: Node[] = [];
  /** The number of the input. */
  readonly x = 0;

  constructor(inputShape: readonly number[]) {
    this.tensors = [{ shape: inputShape }];
  }

  constant(shape: readonly number[], data: Float32Array | Int32Array): number {
    return this.tensors.push({ shape, data }) - 1;
  }

  /** Options are the fields of the operator's own table, in order. Returns the number of the result. */
  node(
    operator: OperatorName,
    inputs: readonly number[],
    shape: readonly number[],
    options: readonly Field[] = [],
  ): number {
    const output = this.tensors.push({ shape }) - 1;
    this.nodes.push({ operator, inputs, output, options });
    return output;
  }

  /** The result is what the last node made. */
  bytes({ Builder }: Flatbuffers): Uint8Array {
    const constants = this.tensors.reduce((sum, { data }) => sum + (data?.byteLength ?? 0), 0);
    const builder = new Builder(constants + 4096);
    const root = new Writer(builder).model(this.tensors, this.nodes);
    builder.finish(root, "TFL3");
    return builder.asUint8Array();
  }
}

class Writer {
  constructor(private readonly builder: Builder) {}

  model(tensors: readonly Tensor[], nodes: readonly Node[]): number {
    // Buffer 0 is empty, by convention; a tensor's own follows its number.
    const buffers = this.offsets([this.table([]), ...tensors.map(({ data }) => this.buffer(data))]);
    const names = [...new Set(nodes.map(({ operator }) => operator))];
    const codes = this.offsets(names.map((name) => this.operatorCode(OPERATORS[name][0])));
    const graph = this.offsets([this.graph(tensors, nodes, names)]);
    return this.table([
      ["int", SCHEMA_VERSION],
      ["table", codes],
      ["table", graph],
      ["table", this.builder.createString("bench")],
      ["table", buffers],
    ]);
  }

  private graph(tensors: readonly Tensor[], nodes: readonly Node[], names: readonly OperatorName[]): number {
    const list = this.offsets(tensors.map((tensor, i) => this.tensor(tensor, i)));
    const inputs = this.ints([0]);
    const outputs = this.ints([nodes.at(-1)!.output]);
    const operators = this.offsets(
      nodes.map(({ operator, inputs, output, options }) => {
        const [from, to, own] = [this.ints(inputs), this.ints([output]), this.table(options)];
        return this.table([
          ["int", names.indexOf(operator)],
          ["table", from],
          ["table", to],
          ["byte", OPERATORS[operator][1]],
          ["table", own],
        ]);
      }),
    );
    const name = this.builder.createString("main");
    return this.table([
      ["table", list],
      ["table", inputs],
      ["table", outputs],
      ["table", operators],
      ["table", name],
    ]);
  }

  private tensor({ shape, data }: Tensor, i: number): number {
    const [sizes, name] = [this.ints(shape), this.builder.createString(`t${i}`)];
    return this.table([
      ["table", sizes],
      ["byte", data instanceof Int32Array ? INT32 : FLOAT32],
      ["int", i + 1],
      ["table", name],
    ]);
  }

  /** Weights are read in place, so they lie at multiples of 16 bytes. */
  private buffer(data: Float32Array | Int32Array | undefined): number {
    if (data === undefined) return this.table([]);
    this.builder.prep(16, data.byteLength);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.table([["table", this.builder.createByteVector(bytes)]]);
  }

  /** Readers of old files look at the first field, all others at the last. */
  private operatorCode(code: number): number {
    const { builder } = this;
    builder.startObject(4);
    builder.addFieldInt8(0, code, 0);
    builder.addFieldInt32(2, 1, 0);
    builder.addFieldInt32(3, code, 0);
    return builder.endObject();
  }

  private table(fields: readonly Field[]): number {
    const { builder } = this;
    builder.startObject(fields.length);
    fields.forEach(([kind, value], i) => {
      if (kind === "byte") builder.addFieldInt8(i, value, 0);
      else if (kind === "int") builder.addFieldInt32(i, value, 0);
      else builder.addFieldOffset(i, value, 0);
    });
    return builder.endObject();
  }

  private ints(values: readonly number[]): number {
    this.builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) this.builder.addInt32(value);
    return this.builder.endVector();
  }

  private offsets(values: readonly number[]): number {
    this.builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) this.builder.addOffset(value);
    return this.builder.endVector();
  }
}
