// Run by workerd: every conformance case on WebAssembly. Prints one line of JSON, a `WorkerdReport`.
import { type BackendInfo, createBackend } from "@halfband/browser";
import { checkConformance, type Verdicts } from "./conformance.ts";

export interface WorkerdReport {
  readonly info: BackendInfo;
  readonly verdicts: Verdicts;
  /** The code of the error that asking for threads gives. */
  readonly threadsRefused: string;
}

export default {
  async test(): Promise<void> {
    const backend = await createBackend();
    const verdicts = await checkConformance(backend);
    const threadsRefused = await createBackend({ threads: 2 }).then(
      () => "none",
      ({ code }: { readonly code: string }) => code,
    );
    const report: WorkerdReport = { info: backend.info, verdicts, threadsRefused };
    backend.dispose();
    console.log(JSON.stringify(report));
  },
};
