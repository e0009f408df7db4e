/** How it went, as a table. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { NodeTally } from './tally.ts';

export function TallyTable({ tallies }: { tallies: readonly NodeTally[] }): VNode {
  return html`
    <div class="scroll">
      <table class="tally">
        <thead>
          <tr>
            <th rowspan="2">Asked at</th>
            <th colspan="3" scope="colgroup">Reads</th>
            <th colspan="3" scope="colgroup">Writes</th>
          </tr>
          <tr>
            <th class="number">fresh</th><th class="number">stale</th><th class="number">refused</th>
            <th class="number">acknowledged</th><th class="number">refused</th><th class="number">in doubt</th>
          </tr>
        </thead>
        <tbody>${tallies.map((tally) => html`<${Row} key=${tally.node} tally=${tally} />`)}</tbody>
      </table>
    </div>
  `;
}

function Row({ tally: { node, reads, writes, worst } }: { tally: NodeTally }): VNode {
  const oldest = worst === 0 ? '' : ` (up to ${worst} behind)`;
  return html`
    <tr data-tally=${node}>
      <th scope="row">${node}</th>
      <${Count} count=${reads.fresh} tone="good" />
      <${Count} count=${reads.stale} tone="warn" more=${oldest} />
      <${Count} count=${reads.refused} tone="bad" />
      <${Count} count=${writes.acknowledged} tone="good" />
      <${Count} count=${writes.refused} tone="bad" />
      <${Count} count=${writes.unknown} tone="doubt" />
    </tr>
  `;
}

interface CountProps {
  readonly count: number;
  readonly tone: string;
  readonly more?: string;
}

function Count({ count, tone, more = '' }: CountProps): VNode {
  return html`<td class=${`number ${count === 0 ? 'quiet' : tone}`}>${count}${more}</td>`;
}
