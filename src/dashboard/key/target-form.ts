/** Asks which key to look at. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { BucketDocument } from '../../client/cluster-documents.ts';
import { useLive } from '../live.ts';
import { hashOfTarget, type KeyForm, keyOf, type Target, typedKeyOf } from './target.ts';

interface Props {
  readonly target: Target | undefined;
  /** Named without a key. */
  readonly bucket: string;
}

interface Buckets {
  readonly buckets: readonly BucketDocument[];
}

const BUCKETS_EVERY_MS = 10_000;
const MALFORMED = 'A percent sign is followed by two hexadecimal digits; %25 stands for itself.';

export function TargetForm({ target, bucket: named }: Props): VNode {
  const { document: list } = useLive<Buckets>('/buckets', BUCKETS_EVERY_MS);
  const shown = target === undefined ? undefined : typedKeyOf(target.key);
  const [bucket, setBucket] = useState(target?.bucket ?? named);
  const [form, setForm] = useState<KeyForm>(shown?.form ?? 'text');
  const [text, setText] = useState(shown?.text ?? '');
  const key = keyOf({ form, text });
  const submit = (event: Event) => {
    event.preventDefault();
    if (key !== undefined) location.hash = hashOfTarget({ bucket: bucket.trim(), key });
  };
  return html`
    <form class="card key-target" onSubmit=${submit}>
      <label>Bucket
        <input value=${bucket} list="key-buckets" required autocomplete="off" spellcheck=${false} size="16" onInput=${typed(setBucket)} />
      </label>
      <datalist id="key-buckets">${list?.buckets.map(({ name, mode }) => html`<option value=${name}>${mode}</option>`)}</datalist>
      <label class="grow">Key
        <input value=${text} required autocomplete="off" spellcheck=${false} aria-invalid=${key === undefined} onInput=${typed(setText)} />
      </label>
      <label>written as
        <select value=${form} onChange=${typed((chosen) => setForm(chosen as KeyForm))}>
          <option value="text">text</option>
          <option value="escapes">%-escapes</option>
        </select>
      </label>
      <button type="submit" disabled=${key === undefined}>Show</button>
      ${key === undefined && html`<p class="trouble small" role="alert">${MALFORMED}</p>`}
    </form>
  `;
}

function typed(set: (text: string) => void): (event: Event) => void {
  return (event) => set((event.currentTarget as HTMLInputElement).value);
}
