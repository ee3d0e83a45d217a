import type { HalfbandError } from "@halfband/ops";

/** Whether queued work went well: known later, and then at hand without waiting. */
export class Outcome {
  /** What is known to have gone well. */
  static readonly fine: Outcome = new Outcome();
  private state: "pending" | "fine" | "failed" = "fine";
  private failure: HalfbandError | undefined;
  private readonly settled: Promise<HalfbandError | undefined>;

  /** @param settled the failure, if there was one; without it, all is well already. */
  constructor(settled?: Promise<HalfbandError | undefined>) {
    if (settled === undefined) {
      this.settled = Promise.resolve(undefined);
      return;
    }
    this.state = "pending";
    this.settled = settled.then((failure) => {
      this.state = failure === undefined ? "fine" : "failed";
      this.failure = failure;
      return failure;
    });
  }

  /** The first failure in this order; no promise is made where all are known to be fine. */
  static first(outcomes: readonly Outcome[]): Outcome {
    const open = outcomes.filter(({ state }) => state !== "fine");
    if (open.length === 0) return Outcome.fine;
    if (open.length === 1) return open[0];
    return new Outcome(Promise.all(open.map((outcome) => outcome.failed())).then((all) => all.find(Boolean)));
  }

  get isFine(): boolean {
    return this.state === "fine";
  }

  /** Whether it is known by now that it failed. */
  get hasFailed(): boolean {
    return this.state === "failed";
  }

  /** The failure, once known. */
  failed(): Promise<HalfbandError | undefined> {
    return this.state === "failed" ? Promise.resolve(this.failure) : this.settled;
  }
}
