import type { Figures } from "../engine/protocol.ts";
import { percent, signedPercent } from "./numbers.ts";

/** The numbers under a picture, always in the same order and place. */
export function FigureNumbers({ figures }: { readonly figures: Figures | null }) {
  const shown = (value: number | null | undefined, text: (share: number) => string) =>
    value == null ? "–" : text(value);
  return (
    <dl class="numbers" aria-busy={figures === null}>
      <div>
        <dt>False detail</dt>
        <dd>
          {figures && figures.falseDetail === null ? "not linear" : shown(figures?.falseDetail, percent)}
        </dd>
      </div>
      <div>
        <dt>Brightness</dt>
        <dd>
          {shown(figures?.brightness, (share) => (percent(share) === "0 %" ? "kept" : signedPercent(share)))}
        </dd>
      </div>
      <div>
        <dt>Error to k-space crop</dt>
        <dd>{shown(figures?.residual, percent)}</dd>
      </div>
    </dl>
  );
}
