/** What a node holds of a key of a paxos or a raft bucket. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { HeldRegister, HeldValue } from '../../client/inspection-document.ts';
import { ContentView } from './content-view.ts';

interface RegisterProps {
  readonly register: HeldRegister;
  readonly chosen: string | null;
}

export function HeldRegisterView({ register, chosen }: RegisterProps): VNode {
  const { promised, accepted, copied, version, content } = register;
  const isChosen = accepted !== null && accepted === chosen;
  return html`
    <dl class="small">
      <dt>Promised</dt><dd class="mono">${promised ?? 'none'}</dd>
      <dt>Accepted</dt><dd><span class="mono">${accepted ?? 'none'}</span> ${isChosen && html`<span class="badge good">chosen</span>`}</dd>
      <dt>Version</dt><dd class="mono">${version ?? 'none'}</dd>
    </dl>
    ${copied && html`<p class="quiet small">It was copied here with its partition: no vote of this acceptor.</p>`}
    ${content === null ? html`<p class="quiet small">${version === null ? 'never written' : 'deleted'}</p>` : html`<${ContentView} content=${content} />`}
  `;
}

export function HeldValueView({ value, applied }: { value: HeldValue; applied: number }): VNode {
  const { revision, lease } = value;
  return html`
    <dl class="small">
      <dt>Revision</dt><dd class="mono">${revision}</dd>
      <dt>Log applied to</dt><dd class="mono">${applied}</dd>
      ${lease !== null && html`<dt>Lease</dt><dd class="mono">${lease}</dd>`}
    </dl>
    <${ContentView} content=${value} />
  `;
}
