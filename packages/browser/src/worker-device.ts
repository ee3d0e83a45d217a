import {
  type BackendInfo,
  type Buffer,
  type Device,
  type DType,
  HalfbandError,
  type Plan,
  type PreparedPlan,
  type Support,
  type TensorData,
} from "@halfband/ops";
import { asHalfbandError } from "./device-server.ts";
import { type Answer, errorOf, type Job } from "./protocol.ts";

/** What the device needs of a `Worker`. */
export interface WorkerLike {
  postMessage(job: Job, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Answer>) => void): void;
  addEventListener(type: "error" | "messageerror", listener: (event: Event) => void): void;
}

interface PendingRead {
  readonly resolve: (data: TensorData) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A device in a worker. Buffers and prepared plans are numbers here; everything but `read` is a message without an
 * answer, so that a chain of operators costs one upload and one download. It owns the worker, which `end` stops.
 */
export class WorkerDevice implements Device {
  private last = 0;
  private readonly reads = new Map<number, PendingRead>();
  private gone: HalfbandError | undefined;

  /**
   * @param worker one that has started.
   * @param select the kernels of a plan, told here without asking the worker.
   */
  constructor(
    private readonly worker: WorkerLike,
    readonly info: BackendInfo,
    private readonly select: (plan: Plan) => Support,
    private readonly end: () => void,
  ) {
    worker.addEventListener("message", ({ data }) => this.settle(data));
    for (const type of ["error", "messageerror"] as const) {
      worker.addEventListener(type, (event) => this.lose(event));
    }
  }

  allocate(bytes: number): Buffer {
    const buffer = ++this.last;
    this.worker.postMessage({ kind: "allocate", buffer, bytes });
    return buffer;
  }

  free(buffer: Buffer): void {
    this.worker.postMessage({ kind: "free", buffer: buffer as number });
  }

  write(buffer: Buffer, data: TensorData): void {
    const copy = copyOf(data);
    this.worker.postMessage({ kind: "write", buffer: buffer as number, data: copy }, [
      copy.buffer as ArrayBuffer,
    ]);
  }

  read(buffer: Buffer, dtype: DType, length: number): Promise<TensorData> {
    if (this.gone) return Promise.reject(this.gone);
    const ticket = ++this.last;
    return new Promise((resolve, reject) => {
      this.reads.set(ticket, { resolve, reject });
      this.worker.postMessage({ kind: "read", ticket, buffer: buffer as number, dtype, length });
    });
  }

  supports(plan: Plan): Support {
    return this.select(plan);
  }

  prepare(plan: Plan, bound: ReadonlyMap<number, Buffer>): PreparedPlan {
    const { worker } = this;
    const program = ++this.last;
    worker.postMessage({ kind: "prepare", program, plan, bound: bound as ReadonlyMap<number, number> });
    return {
      run(buffers) {
        worker.postMessage({ kind: "run", program, buffers: buffers as readonly (number | undefined)[] });
      },
      dispose() {
        worker.postMessage({ kind: "discard", program });
      },
    };
  }

  dispose(): void {
    this.end();
    this.rejectReads(new HalfbandError("DISPOSED", "The backend was disposed before this tensor was read."));
  }

  private settle(answer: Answer): void {
    if (answer.kind !== "data" && answer.kind !== "failed") return;
    const read = this.reads.get(answer.ticket);
    this.reads.delete(answer.ticket);
    if (answer.kind === "data") read?.resolve(answer.data);
    else read?.reject(errorOf(answer.failure));
  }

  private lose(event: Event): void {
    const { message = "the browser gave no reason" } = event as Partial<ErrorEvent>;
    this.rejectReads(
      new HalfbandError("DEVICE_LOST", `The halfband worker stopped (${message}); create the backend again.`),
    );
  }

  private rejectReads(error: HalfbandError): void {
    this.gone ??= error;
    for (const { reject } of this.reads.values()) reject(error);
    this.reads.clear();
  }
}

function copyOf(data: TensorData): TensorData {
  try {
    return data instanceof Int32Array ? new Int32Array(data) : new Float32Array(data);
  } catch (error) {
    throw asHalfbandError(error, data.byteLength);
  }
}
