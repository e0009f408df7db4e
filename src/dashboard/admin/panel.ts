/** Admin: changes of the ring, members, buckets. What a token does not allow, the node refuses. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ClusterStatus } from '../../client/cluster-documents.ts';
import { useLive } from '../live.ts';
import { Buckets } from './buckets.ts';
import { Members } from './members.ts';
import { EMPTY_DRAFT } from './ring-change-draft.ts';
import { RingChanges } from './ring-changes.ts';

const EVERY_MS = 2_000;

export function AdminPanel(): VNode {
  const { document: cluster } = useLive<ClusterStatus>('/cluster', EVERY_MS);
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  if (cluster === undefined) return html`<p class="quiet">Asking the node …</p>`;
  return html`
    <div class="admin">
      <${Members} cluster=${cluster} onDraft=${setDraft} />
      <${RingChanges} cluster=${cluster} draft=${draft} onDraft=${setDraft} />
      <${Buckets} cluster=${cluster} />
    </div>
  `;
}
