// Goals that are no ratio to a row of the benchmark: a line each in the table of goals.
import { EMPTY_START, IMPORT_START, ONE_START, OWN_START } from "../cold/cold.ts";
import { dispatchGoal, sizeGoal, startGoal } from "../goals.ts";
import type { Results } from "../results.ts";

interface AbsoluteGoal {
  readonly operator: string;
  readonly against: string;
  readonly must: number;
  readonly stretch?: number;
  /** What was measured, where it was. */
  value(run: Results): number | undefined;
  /** What parts of it took alone. */
  readonly least?: Readonly<Record<string, (run: Results) => number | undefined>>;
  write(value: number): string;
}

const startOf = ({ starts }: Results, name: string): number | undefined =>
  starts.find(({ impl }) => impl === name)?.minMs;

/** As a share of tfjs-backend-wasm's time. */
function shareOf(run: Results, name: string): number | undefined {
  const [own, tfjs] = [startOf(run, name), startOf(run, "tfjs-backend-wasm")];
  return own === undefined || tfjs === undefined ? undefined : own / tfjs;
}

const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;
const times = (ratio: number): string => `${ratio.toFixed(3)}x`;

const absoluteGoals: readonly AbsoluteGoal[] = [
  {
    operator: "a job set to an awake second thread, and waited for",
    against: "",
    must: dispatchGoal.mustMicroseconds,
    value: ({ dispatchMicroseconds }) => dispatchMicroseconds,
    write: (us) => `${us.toFixed(2)} us`,
  },
  {
    operator: "WebAssembly of one variant, after brotli",
    against: "",
    ...sizeGoal,
    value({ sizes }) {
      const own = sizes.filter(({ impl }) => impl.startsWith("halfband"));
      return own.length === 0 ? undefined : Math.max(...own.map(({ brotliBytes }) => brotliBytes));
    },
    write: (bytes) => `${(bytes / 1024).toFixed(1)} KB`,
  },
  {
    operator: "first result in a fresh process",
    against: "",
    must: startGoal.mustMs,
    stretch: startGoal.stretchMs,
    value: (run) => startOf(run, OWN_START),
    least: {
      "importing alone": (run) => startOf(run, IMPORT_START),
      "with one operator": (run) => startOf(run, ONE_START),
    },
    write: milliseconds,
  },
  {
    operator: "first result in a fresh process",
    against: "tfjs-backend-wasm",
    must: startGoal.mustShare,
    value: (run) => shareOf(run, OWN_START),
    least: {
      "importing alone": (run) => shareOf(run, IMPORT_START),
      "with one operator": (run) => shareOf(run, ONE_START),
      "no JavaScript": (run) => shareOf(run, EMPTY_START),
    },
    write: times,
  },
];

/** The lines of these goals, with a column for every run. */
export const absoluteLines = (runs: readonly Results[]): string[][] =>
  absoluteGoals.map((goal) => [
    goal.operator,
    goal.against,
    `<= ${goal.write(goal.must)}`,
    goal.stretch === undefined ? "" : `<= ${goal.write(goal.stretch)}`,
    ...runs.map((run) => outcome(goal, run)),
  ]);

function outcome({ must, stretch, value, least = {}, write }: AbsoluteGoal, run: Results): string {
  const measured = value(run);
  if (measured === undefined) return "";
  const verdict =
    stretch !== undefined && measured <= stretch ? "stretch" : measured <= must ? "must" : "**below**";
  const parts = Object.entries(least).flatMap(([name, of]) => {
    const part = of(run);
    return part === undefined ? [] : [`${name} ${write(part)}`];
  });
  return [write(measured), verdict, parts.length > 0 && `(${parts.join(", ")})`].filter(Boolean).join(" ");
}
