/** What came of a request. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { ShownValue } from './content-view.ts';
import type { PastRequest } from './page-memory.ts';
import { quorumWords } from './quorum-text.ts';
import type { KeyAnswer } from './read-answer.ts';
import { bytesText, shownBytes, visibleLine } from './shown-bytes.ts';
import { keyText } from './target.ts';
import { msText } from './waterfall.ts';

interface Props {
  readonly request: PastRequest;
  /** Its siblings stand above, to be resolved. */
  readonly isResolvable: boolean;
}

export function AnswerView({ request, isResolvable }: Props): VNode {
  const { sent, answer, trouble } = request;
  const { method } = sent.request;
  return html`
    <section class="card key-answer" aria-labelledby="key-answer" aria-live="polite">
      <h2 id="key-answer">${method === 'GET' ? 'Get' : method === 'PUT' ? 'Put' : 'Delete'} <span class="quiet">of <bdi>${keyText(sent.target)}</bdi></span></h2>
      ${trouble !== undefined && html`<p class="trouble" role="alert">${trouble}</p>`}
      ${answer !== undefined && html`<${Answer} answer=${answer} isBrief=${isResolvable && answer.values.length > 1} />`}
    </section>
  `;
}

function Answer({ answer, isBrief }: { answer: KeyAnswer; isBrief: boolean }): VNode {
  const { status, outcome, tone, detail, values, quorum, version, sessionDropped, tookMs } = answer;
  return html`
    <p class="row">
      <span class=${`badge ${tone === 'quiet' ? '' : tone}`}>${status} ${outcome}</span>
      <span class="quiet small">${msText(tookMs)}${version !== undefined && ` · version ${version}`}</span>
    </p>
    ${detail !== undefined && html`<p class=${tone === 'quiet' ? 'quiet small' : 'trouble small'}>${visibleLine(detail)}</p>`}
    ${quorum !== undefined && html`<p class="small">${quorumWords(quorum)}</p>`}
    ${sessionDropped > 0 && html`<p class="note small">The session’s token was full: what was known of ${sessionDropped} keys is forgotten.</p>`}
    ${
      !isBrief &&
      values.map(
        ({ value, contentType }) => html`
        <${ShownValue} shown=${shownBytes(value)} />
        <p class="quiet small facts">${visibleLine(contentType)} · ${bytesText(value.length)}</p>
      `,
      )
    }
  `;
}
