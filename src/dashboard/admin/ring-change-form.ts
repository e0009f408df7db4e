/** The form that stages one change of the ring. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { changeText } from '../../client/ring-change-text.ts';
import { useAction } from '../action.ts';
import { ActionNote } from '../action-note.ts';
import { sendJson } from '../api.ts';
import { refreshLive } from '../live.ts';
import { CHANGES, type ChangeKind, changeOf, type Draft } from './ring-change-draft.ts';

export const PLAN = '/cluster/plan';

interface FormProps {
  readonly draft: Draft;
  readonly names: readonly string[];
  readonly onDraft: (draft: Draft) => void;
}

export function RingChangeForm({ draft, names, onDraft }: FormProps): VNode {
  const action = useAction();
  const { meaning, fields } = CHANGES[draft.change];
  const stage = async (event: Event) => {
    event.preventDefault();
    const change = changeOf(draft);
    await action.run(async () => {
      await sendJson(PLAN, 'POST', change);
      refreshLive(PLAN);
      return `staged: ${changeText(change)}`;
    });
  };
  const choose = (event: Event) => {
    onDraft({ ...draft, change: (event.currentTarget as HTMLSelectElement).value as ChangeKind });
  };
  return html`
    <form class="stage" onSubmit=${stage} id="stage-change">
      <label>Change
        <select value=${draft.change} onChange=${choose}>
          ${Object.entries(CHANGES).map(([change, { title }]) => html`<option value=${change}>${title}</option>`)}
        </select>
      </label>
      ${fields.map((field) => html`<${Field} field=${field} draft=${draft} names=${names} onDraft=${onDraft} />`)}
      <button type="submit" disabled=${action.busy}>Stage</button>
      <p class="quiet small meaning">${meaning}</p>
      <${ActionNote} action=${action} />
    </form>
  `;
}

interface FieldProps extends FormProps {
  readonly field: Exclude<keyof Draft, 'change'>;
}

const TITLES: Readonly<Record<FieldProps['field'], string>> = {
  node: 'Node',
  by: 'By node',
  acceptLoss: 'Although only it may have had something',
  zone: 'Zone',
  weight: 'Weight',
  replicationFactor: 'Replicas',
};

function Field({ field, draft, names, onDraft }: FieldProps): VNode {
  const set = (value: string | boolean) => onDraft({ ...draft, [field]: value });
  const typed = (event: Event) => set((event.currentTarget as HTMLInputElement).value);
  const title = TITLES[field];
  switch (field) {
    case 'node':
    case 'by':
      return html`<label>${title}
        <select value=${draft[field]} required onChange=${typed}>
          <option value="">choose …</option>
          ${names.map((name) => html`<option value=${name}>${name}</option>`)}
        </select>
      </label>`;
    case 'acceptLoss':
      return html`<label>
        <input type="checkbox" checked=${draft.acceptLoss} onChange=${(event: Event) => set((event.currentTarget as HTMLInputElement).checked)} />
        ${title}
      </label>`;
    case 'zone':
      return html`<label>${title} <input value=${draft.zone} size="10" onInput=${typed} /></label>`;
    case 'weight':
    case 'replicationFactor':
      return html`<label>${title}
        <input type="number" min="1" step="1" required value=${draft[field]} onInput=${typed} />
      </label>`;
  }
}
