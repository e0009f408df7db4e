/** What a write replaces: by a context, or, in buckets with versions, by a condition. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { BucketMode } from '../../client/cluster-documents.ts';
import type { Carried, ConditionKind, RequestDraft } from './request-draft.ts';
import { visibleLine } from './shown-bytes.ts';

interface Props {
  readonly mode: BucketMode;
  readonly draft: RequestDraft;
  readonly carried: Carried;
  readonly onSet: (change: Partial<RequestDraft>) => void;
}

export function VersionChoice({ mode, draft, carried, onSet }: Props): VNode {
  if (mode === 'dynamo') {
    const { context } = carried;
    const change = (event: Event) =>
      onSet({ replaces: (event.currentTarget as HTMLInputElement).checked });
    const without =
      draft.method === 'PUT'
        ? 'Without one it becomes a sibling.'
        : 'Without one it deletes what a quorum knows.';
    return html`
      <div>
        <label><input type="checkbox" checked=${draft.replaces && context !== undefined} disabled=${context === undefined} onChange=${change} /> replace what this page saw last (send its context)</label>
        <p class="quiet small">${context === undefined ? 'There is no context yet: get the key first. ' : ''}${without}</p>
      </div>
    `;
  }
  const { etag } = carried;
  const choose = (event: Event) =>
    onSet({ condition: (event.currentTarget as HTMLSelectElement).value as ConditionKind });
  return html`
    <label class="key-block">Condition
      <select value=${draft.condition} onChange=${choose}>
        <option value="none">none: whatever is there</option>
        <option value="if-match" disabled=${etag === undefined}>If-Match: ${etag === undefined ? 'get it first' : visibleLine(etag)}</option>
        <option value="if-none-match">If-None-Match: * (nothing is there)</option>
      </select>
    </label>
  `;
}
