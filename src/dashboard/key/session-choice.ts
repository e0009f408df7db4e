/** What the session of this page guarantees, and its token. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { BucketMode } from '../../client/cluster-documents.ts';
import { dropSession } from './page-memory.ts';
import { GUARANTEES, type Guarantee, type RequestDraft } from './request-draft.ts';

interface Props {
  readonly mode: BucketMode;
  readonly draft: RequestDraft;
  readonly token: string | undefined;
  readonly onSet: (change: Partial<RequestDraft>) => void;
}

export function SessionChoice({ mode, draft, token, onSet }: Props): VNode {
  const offered = Object.entries(GUARANTEES).filter(
    ([name]) => !(mode === 'raft' && name === 'causal'),
  );
  const choose = (event: Event) =>
    onSet({ session: (event.currentTarget as HTMLSelectElement).value as Guarantee });
  return html`
    <div class="key-session">
      <label>Session
        <select value=${draft.session} onChange=${choose}>
          ${offered.map(([name, title]) => html`<option value=${name}>${name === '' ? title : `${name}: ${title}`}</option>`)}
        </select>
      </label>
      ${
        token !== undefined &&
        html`<p class="small row">
          <span class="quiet">its token</span>
          <code class="key-token" tabindex="0" title="Goes along with each request of a session">${token}</code>
          <button type="button" class="plain small" onClick=${dropSession}>Drop it</button>
        </p>`
      }
    </div>
  `;
}
