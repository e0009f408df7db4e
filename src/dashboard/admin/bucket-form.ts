/** The form that makes a bucket or changes one. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { BucketDocument } from '../../client/cluster-documents.ts';
import { useAction } from '../action.ts';
import { ActionNote } from '../action-note.ts';
import { sendJson } from '../api.ts';
import { refreshLive } from '../live.ts';
import { type BucketDraft, EMPTY_BUCKET, SETTINGS_OF, settingsOf } from './bucket-draft.ts';

interface Props {
  readonly draft: BucketDraft;
  readonly onDraft: (draft: BucketDraft) => void;
  readonly replicationFactor: number;
}

const MODES = {
  dynamo: 'dynamo: always writable, siblings',
  paxos: 'paxos: linearizable, any node',
  raft: 'raft: linearizable, small, watched',
};

export function BucketForm({ draft, onDraft, replicationFactor }: Props): VNode {
  const action = useAction();
  const { name, mode, exists } = draft;
  const submit = async (event: Event) => {
    event.preventDefault();
    const path = `/buckets/${encodeURIComponent(name)}`;
    const saved = await action.run(async () => {
      const bucket = await sendJson<BucketDocument>(path, 'PUT', settingsOf(draft));
      refreshLive('/buckets');
      return `${exists ? 'changed' : 'made'}: ${bucket.name}, ${bucket.mode}`;
    });
    if (saved) onDraft(EMPTY_BUCKET);
  };
  const set = (field: keyof BucketDraft) => (event: Event) => {
    onDraft({ ...draft, [field]: (event.currentTarget as HTMLInputElement).value });
  };
  return html`
    <form class="stage" onSubmit=${submit}>
      <h2>${exists ? `Change ${name}` : 'Make a bucket'}</h2>
      <label>Name <input value=${name} required disabled=${exists} size="14" autocomplete="off" onInput=${set('name')} /></label>
      <label>Mode
        <select value=${mode} disabled=${exists} onChange=${set('mode')}>
          ${Object.entries(MODES).map(([value, title]) => html`<option value=${value}>${title}</option>`)}
        </select>
      </label>
      ${SETTINGS_OF[mode].map((setting) => html`<${Setting} setting=${setting} draft=${draft} onSet=${set(setting)} replicationFactor=${replicationFactor} />`)}
      <button type="submit" disabled=${action.busy}>${exists ? 'Change' : 'Make'}</button>
      ${exists && html`<button type="button" class="plain" onClick=${() => onDraft(EMPTY_BUCKET)}>Cancel</button>`}
      <${ActionNote} action=${action} />
    </form>
  `;
}

interface SettingProps {
  readonly setting: 'n' | 'r' | 'w' | 'conflict' | 'ttl';
  readonly draft: BucketDraft;
  readonly onSet: (event: Event) => void;
  readonly replicationFactor: number;
}

function Setting({ setting, draft, onSet, replicationFactor }: SettingProps): VNode {
  const value = draft[setting];
  switch (setting) {
    case 'n':
      return html`<label>n <input value=${value} size="3" inputmode="numeric" disabled=${draft.exists} placeholder=${String(replicationFactor)} onInput=${onSet} /></label>`;
    case 'r':
    case 'w':
      return html`<label>${setting} <input value=${value} size="7" placeholder="quorum" title="A number, or one, quorum, all" onInput=${onSet} /></label>`;
    case 'conflict':
      return html`<label>Conflicts
        <select value=${value} onChange=${onSet}>
          <option value="">as they are</option><option value="siblings">siblings</option><option value="lww">last write wins</option>
        </select>
      </label>`;
    case 'ttl':
      return html`<label>TTL <input value=${value} size="6" placeholder="none" title="Such as 30s, 12h, 7d, or none" onInput=${onSet} /></label>`;
  }
}
