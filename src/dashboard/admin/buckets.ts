/** Buckets: made, changed, deleted. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { BucketDocument, ClusterStatus } from '../../client/cluster-documents.ts';
import { useAction } from '../action.ts';
import { ActionNote } from '../action-note.ts';
import { sendJson } from '../api.ts';
import { ConfirmDialog } from '../confirm-dialog.ts';
import { refreshLive, useLive } from '../live.ts';
import { type BucketDraft, draftOf, EMPTY_BUCKET } from './bucket-draft.ts';
import { BucketForm } from './bucket-form.ts';

export const BUCKETS = '/buckets';

const EVERY_MS = 5_000;

interface List {
  readonly buckets: readonly BucketDocument[];
}

export function Buckets({ cluster }: { cluster: ClusterStatus }): VNode {
  const { document: list, error } = useLive<List>(BUCKETS, EVERY_MS);
  const [draft, setDraft] = useState<BucketDraft>(EMPTY_BUCKET);
  const [doomed, setDoomed] = useState<string | undefined>(undefined);
  const action = useAction();
  const destroy = (name: string) => {
    setDoomed(undefined);
    action.run(async () => {
      await sendJson(`${BUCKETS}/${encodeURIComponent(name)}`, 'DELETE');
      refreshLive(BUCKETS);
      return `deleted: ${name}`;
    });
  };
  const edit = (bucket: BucketDocument) => setDraft(draftOf(bucket));
  return html`
    <section class="card" aria-labelledby="buckets">
      <h1 id="buckets">Buckets</h1>
      ${error !== undefined && html`<p class="trouble">${error.message}</p>`}
      ${list?.buckets.length === 0 && html`<p class="quiet">There is none. A dynamo bucket comes with its first write.</p>`}
      ${list !== undefined && list.buckets.length > 0 && html`<${BucketTable} buckets=${list.buckets} onEdit=${edit} onDelete=${setDoomed} />`}
      <${ActionNote} action=${action} />
      <${BucketForm} draft=${draft} onDraft=${setDraft} replicationFactor=${cluster.replicationFactor ?? 3} />
      ${
        doomed !== undefined &&
        html`<${ConfirmDialog} title=${`Delete the bucket ${doomed}?`} confirm="Delete" typed=${doomed} onCancel=${() => setDoomed(undefined)} onConfirm=${() => destroy(doomed)}>
          <p>All of its keys are out of reach at once, and are removed. This cannot be taken back.</p>
        <//>`
      }
    </section>
  `;
}

interface TableProps {
  readonly buckets: readonly BucketDocument[];
  readonly onEdit: (bucket: BucketDocument) => void;
  readonly onDelete: (name: string) => void;
}

function BucketTable({ buckets, onEdit, onDelete }: TableProps): VNode {
  return html`
    <div class="scroll">
      <table>
        <thead>
          <tr><th>Bucket</th><th>Mode</th><th class="wide-only">n</th><th class="wide-only">r</th><th class="wide-only">w</th><th class="wide-only">Conflicts</th><th class="wide-only">TTL</th><th>Do</th></tr>
        </thead>
        <tbody>
          ${buckets.map((bucket) => {
            const { name, mode, n, r, w, conflict, ttl } = bucket;
            return html`<tr key=${name}>
              <th scope="row"><a href=${`#/key?bucket=${encodeURIComponent(name)}`}>${name}</a></th>
              <td>${mode}</td><td class="wide-only">${n ?? '–'}</td><td class="wide-only">${r ?? '–'}</td><td class="wide-only">${w ?? '–'}</td><td class="wide-only">${conflict ?? '–'}</td><td class="wide-only">${ttl ?? '–'}</td>
              <td><div class="row acts">
                ${mode !== 'raft' && html`<button type="button" class="plain small" onClick=${() => onEdit(bucket)}>change …</button>`}
                <button type="button" class="plain small" onClick=${() => onDelete(name)}>delete …</button>
              </div></td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  `;
}
