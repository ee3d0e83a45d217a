import type { Figures } from "../engine/protocol.ts";
import type { Greatest } from "./in-short.tsx";
import { percent, signedPercent } from "./numbers.ts";

export interface FigureNumbersProps {
  readonly figures: Figures | null;
  /** What a full bar means; the longer the bar, the worse. */
  readonly greatest: Greatest;
}

const brightnessText = (share: number): string => (percent(share) === "0 %" ? "kept" : signedPercent(share));

/** The numbers under a picture, always in the same order and place. */
export function FigureNumbers({ figures, greatest }: FigureNumbersProps) {
  return (
    <dl class="numbers" aria-busy={figures === null}>
      <Row
        name="False detail"
        value={figures?.falseDetail}
        most={greatest.falseDetail}
        text={percent}
        otherwise={figures ? "not separable" : "–"}
      />
      <Row name="Brightness" value={figures?.brightness} most={greatest.brightness} text={brightnessText} />
      <Row name="Error to k-space crop" value={figures?.residual} most={greatest.residual} text={percent} />
    </dl>
  );
}

interface RowProps {
  readonly name: string;
  readonly value: number | null | undefined;
  readonly most: number;
  readonly text: (value: number) => string;
  readonly otherwise?: string;
}

function Row({ name, value, most, text, otherwise = "–" }: RowProps) {
  // What is rounding has no bar.
  const share = value == null || percent(value) === "0 %" || most === 0 ? 0 : Math.abs(value) / most;
  return (
    <div style={{ "--share": String(share) }}>
      <dt>{name}</dt>
      <dd>{value == null ? otherwise : text(value)}</dd>
    </div>
  );
}
