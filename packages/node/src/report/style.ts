/** The report's looks, light and dark. */
export const style = `
:root { color-scheme: light dark; --page: #fbfcfd; --card: #fff; --text: #16191d; --quiet: #5b6673; --line: #dfe4ea; --accent: #0a6cb8; --good: #0b7a3b; --good-back: #e5f5ea; }
@media (prefers-color-scheme: dark) { :root { --page: #0f1216; --card: #171b21; --text: #eef1f5; --quiet: #a3adba; --line: #2b323b; --accent: #6db6ff; --good: #7fdc9d; --good-back: #16311f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main, header { max-width: 1500px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 36px; }
h1 { margin: 0; font-size: 30px; line-height: 1.2; }
h2 { margin: 48px 0 4px; font-size: 22px; }
h3 { margin: 20px 0 8px; font-size: 16px; }
p { max-width: 80ch; margin: 6px 0 14px; color: var(--quiet); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 18px 0 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 20px 0 0; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.scroll { position: relative; overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 12px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tr:last-child > * { border-bottom: 0; }
thead th { font-size: 14px; vertical-align: bottom; }
tbody th { position: sticky; left: 0; background: var(--card); z-index: 1; font-weight: 600; }
.panels td, .panels thead th { padding: 8px 6px; min-width: calc(var(--panel) + 12px); }
.panels thead td { min-width: 0; }
.panels thead small { display: block; font-weight: 400; color: var(--quiet); line-height: 1.35; margin-top: 2px; }
.panels tbody th { width: 150px; min-width: 130px; }
.panels tbody th small { display: block; margin-top: 2px; }
small { font-size: 13px; line-height: 1.35; color: var(--quiet); font-weight: 400; }
figure { margin: 0; }
img { display: block; image-rendering: pixelated; background: #000; }
.panels img { width: var(--panel); height: auto; aspect-ratio: var(--ratio); }
figcaption { font-size: 13px; color: var(--quiet); padding-top: 3px; }
.metrics thead th { text-align: right; }
.metrics thead th:first-child { text-align: left; }
.metrics td { text-align: right; white-space: nowrap; }
.metrics { width: 100%; }
.metrics tbody th { width: 380px; min-width: 380px; }
.metrics tbody th small { display: block; }
@media (max-width: 760px) { main, header { padding-left: 14px; padding-right: 14px; } .metrics tbody th { width: 45vw; min-width: 45vw; } .panels tbody th { width: 96px; min-width: 96px; } }
.metrics .best { color: var(--good); background: var(--good-back); font-weight: 600; }
.metrics sup { line-height: 1; font-size: 12px; color: var(--quiet); margin-left: 1px; }
.reasons { list-style: lower-alpha; margin: 8px 0 0; padding-left: 26px; font-size: 14px; color: var(--quiet); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.plates { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 16px; }
.plates img { width: 100%; aspect-ratio: 1; }
.plot { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 10px 6px; margin-bottom: 16px; overflow-x: auto; }
.plot .u-legend { color: var(--text); text-align: left; }
code, pre { font: 13px/1.45 ui-monospace, SFMono-Regular, Consolas, monospace; }
pre { margin: 0; }
label.size { color: var(--quiet); display: flex; gap: 10px; align-items: center; margin: 0 0 10px; }
@media print {
  @page { size: landscape; margin: 10mm; }
  main, header { padding-left: 0; padding-right: 0; }
  .scroll { overflow: visible; border: 0; }
  label.size { display: none; }
  table { width: 100%; font-size: 10px; }
  th, td, .panels td, .panels thead th { padding: 3px 4px; min-width: 0; }
  thead th { font-size: 10px; }
  small, figcaption { font-size: 9px; }
  tbody th, .metrics tbody th, .panels tbody th { position: static; width: auto; min-width: 0; }
  .panels { table-layout: fixed; }
  .panels img { width: 100%; }
  tr, figure, .plot { break-inside: avoid; }
  code, pre { font-size: 9px; white-space: pre-wrap; overflow-wrap: anywhere; }
}
footer { color: var(--quiet); padding: 40px 0 60px; font-size: 14px; }
`;
