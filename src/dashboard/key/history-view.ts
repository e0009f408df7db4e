/** The last requests of this page. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { PastRequest } from './page-memory.ts';
import { keyText } from './target.ts';
import { msText } from './waterfall.ts';

interface Props {
  readonly requests: readonly PastRequest[];
  /** By number. */
  readonly shown: number | undefined;
  readonly onChoose: (number: number) => void;
}

export function HistoryView({ requests, shown, onChoose }: Props): VNode | null {
  if (requests.length === 0) return null;
  return html`
    <section class="card key-past" aria-labelledby="key-past">
      <h2 id="key-past">Requests of this page</h2>
      <div class="scroll">
        <table class="small">
          <thead><tr><th>Request</th><th>Answer</th><th>Who answered</th><th class="number">Took</th></tr></thead>
          <tbody>${requests.map((request) => html`<${Row} key=${request.number} request=${request} isShown=${request.number === shown} onChoose=${onChoose} />`)}</tbody>
        </table>
      </div>
    </section>
  `;
}

interface RowProps {
  readonly request: PastRequest;
  readonly isShown: boolean;
  readonly onChoose: (number: number) => void;
}

function Row({ request, isShown, onChoose }: RowProps): VNode {
  const { number, sent, answer } = request;
  const { target, parameters } = sent;
  const tone = answer?.tone ?? 'bad';
  return html`
    <tr aria-current=${isShown ? 'true' : undefined}>
      <td>
        <button type="button" class="plain small" onClick=${() => onChoose(number)}>${sent.request.method} <bdi>${keyText(target)}</bdi></button>
        ${parameters !== '' && html`<div class="quiet mono">${parameters}</div>`}
      </td>
      <td><span class=${`badge ${tone === 'quiet' ? '' : tone}`}>${answer === undefined ? 'no answer' : `${answer.status} ${answer.outcome}`}</span></td>
      <td>${answer?.quorum?.reached.join(', ') ?? '–'}</td>
      <td class="number">${answer === undefined ? '–' : msText(answer.tookMs)}</td>
    </tr>
  `;
}
