/** How the timeline looks, by day and by night. */

export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfbfa; --card: #ffffff; --ink: #1d2127; --soft: #667080; --line: #e3e5e9;
  --change: #2f6db5; --change-ink: #ffffff; --read: #d9e8f8; --read-ink: #123a66;
  --unknown: #d98b1f; --unknown-ink: #3b2400; --fail: #b9bec7; --fail-ink: #3c424b;
  --bad: #c8262b; --bad-wash: #fdecec; --cause: #7a3fb5; --good: #237a46; --good-wash: #e6f4ea;
  --doubt-wash: #fdf1dc; --fault: #e2574c; --stripe: #f4f5f7; --badge: #1d2127; --badge-ink: #fff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --card: #1b1f25; --ink: #e6e9ee; --soft: #98a2b1; --line: #2c323b;
    --change: #4d8fdb; --change-ink: #071a30; --read: #21384f; --read-ink: #cfe4fb;
    --unknown: #d9962f; --unknown-ink: #241500; --fail: #4a515c; --fail-ink: #d5dae2;
    --bad: #ff6b6b; --bad-wash: #3a1d20; --cause: #c79bff; --good: #6ccf92; --good-wash: #173223;
    --doubt-wash: #3a2b12; --fault: #ff7d70; --stripe: #191d22; --badge: #e6e9ee; --badge-ink: #14171b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 20px 24px 40px; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
}
h1 { margin: 0 0 2px; font-size: 22px; letter-spacing: -0.01em; }
h2 { margin: 22px 0 8px; font-size: 16px; }
.counts { margin: 0 0 10px; color: var(--soft); }
.checks { display: flex; flex-wrap: wrap; gap: 6px; margin: 0 0 10px; padding: 0; list-style: none; }
.checks li { padding: 2px 10px; border-radius: 999px; background: var(--good-wash); color: var(--good); }
.checks .violation { background: var(--bad-wash); color: var(--bad); }
.checks .unknown { background: var(--doubt-wash); color: var(--unknown); }
.facts { display: flex; flex-wrap: wrap; gap: 2px 8px; margin: 0 0 10px; font-size: 13px; }
.facts dt { color: var(--soft); } .facts dd { margin: 0 10px 0 0; overflow-wrap: anywhere; }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 18px; margin: 8px 0; }
.controls select { max-width: 320px; }
select, button {
  font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: 3px 9px; cursor: pointer;
}
button:hover, select:hover { border-color: var(--soft); }
:focus-visible { outline: 2px solid var(--change); outline-offset: 1px; }
.zoom { display: inline-flex; gap: 4px; }
.legend { display: inline-flex; flex-wrap: wrap; align-items: center; gap: 4px 6px; color: var(--soft); font-size: 12.5px; }
.legend i { display: inline-block; width: 22px; height: 12px; border-radius: 3px; margin-left: 8px; }
.legend .change { background: var(--change); }
.legend .read { background: var(--read); border: 1px solid var(--change); }
.legend .unknown { background: linear-gradient(90deg, var(--unknown), transparent); }
.legend .fail { background: repeating-linear-gradient(45deg, var(--fail) 0 3px, transparent 3px 6px); border: 1px solid var(--fail); }
.legend .cause { border: 2px solid var(--cause); } .legend .failed { border: 3px solid var(--bad); }
.legend .fault { background: var(--fault); opacity: 0.2; }
.legend .place { margin-left: 8px; padding: 0 6px; border-radius: 8px; background: var(--badge); color: var(--badge-ink); font-size: 11px; }
.stage {
  max-height: 68vh; overflow: auto; border: 1px solid var(--line); border-radius: 10px;
  background: var(--card);
}
.canvas { display: grid; grid-template-columns: 128px max-content; grid-template-rows: 30px max-content; width: max-content; min-width: 100%; }
.corner, .axis { position: sticky; top: 0; z-index: 3; background: var(--card); border-bottom: 1px solid var(--line); }
.corner { left: 0; z-index: 4; border-right: 1px solid var(--line); padding: 6px 10px; color: var(--soft); font-size: 12px; }
.axis { color: var(--soft); font-size: 11.5px; overflow: hidden; }
.axis span { position: absolute; top: 7px; padding-left: 5px; border-left: 1px solid var(--line); white-space: nowrap; font-variant-numeric: tabular-nums; }
.axis .fault { border: none; color: var(--fault); }
.names { position: sticky; left: 0; z-index: 2; background: var(--card); border-right: 1px solid var(--line); font-size: 12.5px; }
.names div { position: absolute; left: 0; right: 0; padding: 0 10px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--soft); }
svg { display: block; }
svg text { font: 11.5px ui-monospace, "DejaVu Sans Mono", Menlo, monospace; pointer-events: none; }
.stripe { fill: var(--stripe); } .grid { stroke: var(--line); }
.shade { fill: var(--fault); opacity: 0.12; } 
.bar rect { stroke-width: 1; rx: 4px; }
.bar { cursor: default; }
.bar.change rect { fill: var(--change); stroke: var(--change); } .bar.change text { fill: var(--change-ink); }
.bar.read rect { fill: var(--read); stroke: var(--change); } .bar.read text { fill: var(--read-ink); }
.bar.unknown rect { fill: url(#fade); stroke: none; } .bar.unknown text { fill: var(--ink); }
.bar.fail rect { fill: url(#hatch); stroke: var(--fail); } .bar.fail text { fill: var(--ink); }
.bar.cause rect.body { stroke: var(--cause); stroke-width: 3; }
.bar.failed rect.body { stroke: var(--bad); stroke-width: 4; }
.bar:hover rect, .bar:focus rect { filter: brightness(1.12); } .bar:focus { outline: none; }
.bar:focus rect.body { stroke: var(--ink); stroke-width: 2; }
.bar .badge rect { fill: var(--badge); stroke: none; rx: 7px; }
.bar .badge text { fill: var(--badge-ink); font-size: 10px; text-anchor: middle; }
.bar text.cross { fill: var(--bad); font-weight: 700; }
.found ol { margin: 0; padding-left: 22px; }
.found li { margin: 0 0 10px; } .found li.chosen > .what { border-color: var(--bad); }
.found .what { text-align: left; width: 100%; overflow-wrap: anywhere; }
.found .what b { color: var(--bad); }
.found .concerned { display: flex; flex-direction: column; gap: 3px; margin: 4px 0 0 10px; }
.found .concerned button { text-align: left; border-color: transparent; background: none; color: var(--soft); font: 12px/1.4 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; padding: 2px 6px; }
.found .concerned button:hover { border-color: var(--line); color: var(--ink); }
#tip {
  position: fixed; z-index: 9; max-width: min(560px, 90vw); padding: 8px 11px; border-radius: 8px;
  background: var(--ink); color: var(--paper); font: 12px/1.45 ui-monospace, "DejaVu Sans Mono", monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; pointer-events: none; box-shadow: 0 4px 18px #0005;
}
`;
