const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number with up to `digits` significant digits, as a reader expects it. */
export function figure(value: number, digits = 3): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) {
    const [digit, power] = value.toExponential(1).split("e");
    const raised = power
      .replace("+", "")
      .replace("-", "⁻")
      .replace(/\d/g, (d) => RAISED[Number(d)]);
    return `${digit.replace("-", "−")} × 10${raised}`;
  }
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

/** A share as percent; what is rounding only is 0. */
export function percent(share: number): string {
  const value = 100 * share;
  if (Math.abs(value) < 0.05) return "0 %";
  return `${Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(1)} %`;
}

export const signedPercent = (share: number): string => {
  const text = percent(share);
  return share > 0 && text !== "0 %" ? `+${text}` : text.replace("-", "−");
};

export const milliseconds = (value: number): string =>
  value >= 1000 ? `${figure(value / 1000, 3)} s` : `${figure(value, 2)} ms`;
