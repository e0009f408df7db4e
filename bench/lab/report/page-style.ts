/** How reports look, by day and by night, on wide and narrow screens and on paper. */

export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f8; --card: #ffffff; --ink: #1d2127; --soft: #5d6776; --line: #e1e4e9;
  --link: #1c64b0; --good: #1d7a45; --good-wash: #e5f4ea; --bad: #b9232b; --bad-wash: #fdeaea;
  --doubt: #8a5a00; --doubt-wash: #fdf1d8; --calm-wash: #edeff2; --code: #f1f3f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121519; --card: #1b1f25; --ink: #e6e9ee; --soft: #a0aab8; --line: #303742;
    --link: #7db8f5; --good: #74d69a; --good-wash: #16301f; --bad: #ff8a8d; --bad-wash: #3a1b1e;
    --doubt: #eabb62; --doubt-wash: #362810; --calm-wash: #272d36; --code: #232931;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main { max-width: 980px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { margin: 4px 0 8px; font-size: 29px; line-height: 1.2; letter-spacing: -0.015em; text-wrap: balance; }
h2 { margin: 44px 0 14px; font-size: 20px; letter-spacing: -0.01em; }
h3 { margin: 0 0 6px; font-size: 16px; }
p { margin: 0 0 10px; overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: 2px; }
code, pre { font: 13px/1.5 ui-monospace, Menlo, "DejaVu Sans Mono", monospace; }
pre { margin: 0 0 10px; padding: 11px 14px; background: var(--code); border-radius: 8px; overflow-x: auto; }
.crumbs { color: var(--soft); font-size: 13.5px; margin: 0; }
.question { font-size: 18px; line-height: 1.45; color: var(--soft); margin: 0 0 20px; text-wrap: pretty; }
.verdict { padding: 18px 20px; border-radius: 12px; border-left: 6px solid; margin: 0 0 14px; }
.verdict.good { background: var(--good-wash); border-color: var(--good); }
.verdict.bad { background: var(--bad-wash); border-color: var(--bad); }
.verdict strong { display: block; font-size: 20px; line-height: 1.3; margin-bottom: 4px; }
.verdict.good strong { color: var(--good); } .verdict.bad strong { color: var(--bad); }
.verdict p { margin: 0; font-size: 16.5px; } .verdict ul { margin: 8px 0 0; padding-left: 20px; }
.hypothesis { margin: 0; padding: 12px 20px; border-radius: 12px; background: var(--card); border: 1px solid var(--line); }
.hypothesis b { display: block; font-size: 13px; color: var(--soft); font-weight: 600; }
.claims { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 12px; background: var(--card); overflow: hidden; }
.claims li { display: grid; grid-template-columns: 26px 1fr; gap: 2px 10px; padding: 12px 16px; }
.claims li + li { border-top: 1px solid var(--line); }
.claims .mark { grid-row: span 2; width: 24px; height: 24px; border-radius: 50%; text-align: center; line-height: 24px; font-weight: 700; font-size: 14px; }
.claims .mark.good { background: var(--good-wash); color: var(--good); }
.claims .mark.bad { background: var(--bad-wash); color: var(--bad); }
.claims .evidence { color: var(--soft); }
figure, .card { margin: 0 0 22px; padding: 16px 18px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; break-inside: avoid; }
figcaption { margin-top: 8px; color: var(--soft); max-width: 78ch; text-wrap: pretty; overflow-wrap: anywhere; }
.still svg { display: block; width: 100%; height: auto; } .still.narrow { display: none; }
.is-live > .still { display: none; }
svg.chart .card { stroke: none; }
.y-name { color: var(--soft); font-size: 12.5px; }
.hint { color: var(--soft); font-size: 13px; margin: -8px 0 14px; }
.terms { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 12px 26px; margin: 0 0 12px; }
.terms dt { color: var(--soft); font-size: 13px; } .terms dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow: auto; margin: 0 0 8px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.scroll.long { max-height: 460px; }
.scroll table { border-collapse: collapse; width: 100%; font-size: 14px; }
.scroll th, .scroll td { padding: 7px 12px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
.scroll tbody tr:last-child td { border-bottom: none; }
.scroll th { position: sticky; top: 0; background: var(--card); color: var(--soft); font-weight: 600; white-space: nowrap; }
td.sentence { min-width: 17em; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.table-caption { color: var(--soft); margin: 0 0 22px; max-width: 78ch; }
.badge { display: inline-block; padding: 1px 10px; border-radius: 999px; font-size: 13px; font-weight: 600; white-space: nowrap; }
.badge.good { background: var(--good-wash); color: var(--good); } .badge.bad { background: var(--bad-wash); color: var(--bad); }
.badge.doubt { background: var(--doubt-wash); color: var(--doubt); } .badge.calm { background: var(--calm-wash); color: var(--soft); }
details { margin: 12px 0; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
summary { padding: 10px 16px; cursor: pointer; font-weight: 600; }
details > :not(summary) { margin-left: 16px; margin-right: 16px; }
details > pre { white-space: pre-wrap; overflow-wrap: anywhere; }
details > iframe { display: block; width: 100%; height: 78vh; margin: 0; border: 0; border-top: 1px solid var(--line); border-radius: 0 0 10px 10px; }
.uplot { width: 100%; font: inherit; }
.u-legend { text-align: left; margin: 2px 0 0; font-size: 13px; } .u-legend th { font-weight: 400; }
.u-inline tr { margin-right: 18px; } .u-series > * { padding: 2px 3px; }
.u-legend .u-value { font-variant-numeric: tabular-nums; font-weight: 600; min-width: 3.2em; }
.u-legend .u-marker { border-radius: 2px; }
.u-select { background: color-mix(in srgb, var(--link) 16%, transparent); }
.run { display: grid; grid-template-columns: 250px 1fr; gap: 6px 22px; align-items: start; }
.run .thumbnail { grid-row: span 3; } .run .thumbnail img { display: block; width: 100%; height: auto; border: 1px solid var(--line); border-radius: 8px; }
.run .none { display: grid; place-items: center; min-height: 90px; border: 1px dashed var(--line); border-radius: 8px; color: var(--soft); font-size: 13px; }
.experiment > .question { font-size: 15px; margin: -8px 0 12px; }
.run p { margin: 0; } .run .facts { color: var(--soft); font-size: 13.5px; }
@media (max-width: 640px) {
  body { font-size: 15px; } main { padding: 18px 14px 40px; } h1 { font-size: 24px; } h2 { margin-top: 34px; }
  .question { font-size: 16.5px; } .verdict { padding: 14px 16px; }
  figure, .card { padding: 12px 10px; } .still.wide { display: none; } :not(.is-live) > .still.narrow { display: block; }
  .terms { grid-template-columns: 1fr 1fr; gap: 10px 16px; } .run { grid-template-columns: 1fr; } .run .thumbnail { grid-row: auto; }
}
@media print {
  body { background: none; font-size: 11pt; } main { max-width: none; padding: 0; }
  .is-live > .still.wide { display: block; } .is-live > :not(.still), .hint, iframe { display: none; }
  .scroll, .scroll.long { overflow: visible; max-height: none; } h2, h3 { break-after: avoid; }
}
`;
