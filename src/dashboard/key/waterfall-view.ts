/** The trace of a request: a row for each node, a bar for each thing that it was asked. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { TraceDocument } from '../../kernel/trace.ts';
import { type Bar, kindText, msText, type WaterfallRow, waterfallOf } from './waterfall.ts';

export function WaterfallView({ trace }: { trace: TraceDocument }): VNode {
  const { rows, tookMs, scaleMs, leftOut } = waterfallOf(trace);
  return html`
    <section class="card key-waterfall" aria-labelledby="key-waterfall">
      <h2 id="key-waterfall">What the nodes were asked</h2>
      <p class="quiet small">${trace.node} answered after ${msText(tookMs)}. Times are those of its clock.</p>
      <div role="table" aria-label="Trace">
        ${rows.map((row) => html`<${Row} row=${row} asked=${trace.node} />`)}
        <div class="scale small quiet" aria-hidden="true"><span>0</span><span>${msText(scaleMs)}</span></div>
      </div>
      ${leftOut > 0 && html`<p class="quiet small">${leftOut} more were left out.</p>`}
    </section>
  `;
}

function Row({ row: { node, bars }, asked }: { row: WaterfallRow; asked: string }): VNode {
  return html`
    <div class="waterfall-row" role="row">
      <div role="rowheader">${node}${node === asked && html` <span class="quiet small">asked</span>`}</div>
      <ul role="cell">
        ${bars.map((bar) => html`<${BarView} bar=${bar} />`)}
        ${bars.length === 0 && html`<li class="quiet small">nothing beside the request itself</li>`}
      </ul>
    </div>
  `;
}

function BarView({ bar }: { bar: Bar }): VNode {
  const { kind, outcome, tone, isHedge, place, from, width, tookMs, sentMs, by } = bar;
  const took = tookMs === null ? 'not done when the answer began' : msText(tookMs);
  const style = { left: `${from * 100}%`, width: `${width * 100}%` };
  return html`
    <li title=${`asked by ${by} after ${msText(sentMs)}`}>
      <span class="track"><span class=${`bar ${tone}${isHedge ? ' hedge' : ''}${tookMs === null ? ' open' : ''}`} style=${style}></span></span>
      <span class="small what">${kindText(kind)}${place !== undefined && ` for ${place}`} · <b class=${tone}>${outcome.replaceAll('_', ' ')}</b> · ${took}${isHedge && html` <span class="badge warn">hedge: another was late</span>`}</span>
    </li>
  `;
}
