import type { Backend } from "@halfband/browser";
import { checkCase } from "../../../../test/golden/check.ts";
import type {
  GoldenCase,
  GoldenData,
  Goldens,
  Manifest,
  TensorReference,
} from "../../../../test/golden/manifest.ts";
import { translate } from "../../../../test/golden/translate.ts";
import { type Verdicts, verdictsOf } from "./conformance.ts";

/** The golden manifest with its binary files, fetched. */
class FetchedGoldens implements Pick<Goldens, "manifest" | "read"> {
  private constructor(
    readonly manifest: Manifest,
    private readonly files: ReadonlyMap<string, ArrayBuffer>,
  ) {}

  static async from(folder: string): Promise<FetchedGoldens> {
    const manifest = (await (await fetch(`${folder}manifest.json`)).json()) as Manifest;
    const names = new Set(
      manifest.cases.flatMap(({ inputs, outputs, vjp = {} }) => [inputs, outputs, vjp]).flatMap(filesOf),
    );
    const files = [...names].map(
      async (name) => [name, await (await fetch(folder + name)).arrayBuffer()] as const,
    );
    return new FetchedGoldens(manifest, new Map(await Promise.all(files)));
  }

  read({ file, byteOffset, dtype, shape }: TensorReference): GoldenData {
    const length = shape.reduce((product, n) => product * n, 1);
    const bytes = this.files.get(file) as ArrayBuffer;
    return dtype === "i32"
      ? new Int32Array(bytes, byteOffset, length)
      : new Float32Array(bytes, byteOffset, length);
  }
}

const filesOf = (group: Readonly<Record<string, TensorReference>>) =>
  Object.values(group).map(({ file }) => file);

let fetched: Promise<FetchedGoldens> | undefined;

/** Every PyTorch case that can be expressed. */
export async function checkGoldens(backend: Backend): Promise<Verdicts> {
  fetched ??= FetchedGoldens.from("/golden/");
  const goldens = await fetched;
  const expressible = goldens.manifest.cases.filter((golden) => typeof translate(golden) !== "string");
  const check = async (golden: GoldenCase) => {
    const outcome = await checkCase(goldens as unknown as Goldens, golden, backend);
    return outcome.status === "passed" ? null : outcome.reason;
  };
  return verdictsOf(new Map(expressible.map((golden) => [golden.name, () => check(golden)])));
}
