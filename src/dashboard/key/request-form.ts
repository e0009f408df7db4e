/** A get, a put or a delete, with the consistency that somebody chooses. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { BucketDocument, BucketMode } from '../../client/cluster-documents.ts';
import { useLive } from '../live.ts';
import { LevelChoice } from './level-choice.ts';
import { levelNumber, overlapText } from './quorum-text.ts';
import type { KeyAnswer } from './read-answer.ts';
import {
  type Carried,
  FIRST_DRAFT,
  type Method,
  type PreparedRequest,
  prepared,
  type RequestDraft,
  whyNotSent,
} from './request-draft.ts';
import { SessionChoice } from './session-choice.ts';
import type { Target } from './target.ts';
import { VersionChoice } from './version-choice.ts';

interface Props {
  readonly target: Target;
  readonly mode: BucketMode;
  readonly n: number;
  readonly carried: Carried;
  readonly busy: boolean;
  readonly onSend: (request: PreparedRequest) => Promise<KeyAnswer | undefined>;
}

const METHODS: readonly (readonly [Method, string])[] = [
  ['GET', 'Get'],
  ['PUT', 'Put'],
  ['DELETE', 'Delete'],
];

export function RequestForm({ target, mode, n, carried, busy, onSend }: Props): VNode {
  const [draft, setDraft] = useState<RequestDraft>(FIRST_DRAFT);
  const set = (change: Partial<RequestDraft>) => setDraft((before) => ({ ...before, ...change }));
  const trouble = whyNotSent(draft);
  const submit = (event: Event) => {
    event.preventDefault();
    if (trouble === undefined && !busy) onSend(prepared(target, mode, draft, carried));
  };
  const { method } = draft;
  return html`
    <form class="card key-request" onSubmit=${submit} aria-labelledby="key-request">
      <h2 id="key-request">Ask for it</h2>
      <div class="key-methods" role="radiogroup" aria-label="What to do">
        ${METHODS.map(
          ([name, title]) => html`
            <label><input type="radio" name="method" value=${name} checked=${method === name} onChange=${() => set({ method: name })} /><span>${title}</span></label>
          `,
        )}
      </div>
      ${method === 'PUT' && html`<${ValueFields} draft=${draft} onSet=${set} />`}
      ${method !== 'GET' && html`<${VersionChoice} mode=${mode} draft=${draft} carried=${carried} onSet=${set} />`}
      ${mode === 'dynamo' && html`<${Quorum} draft=${draft} n=${n} name=${target.bucket} onSet=${set} />`}
      <${SessionChoice} mode=${mode} draft=${draft} token=${carried.sessionToken} onSet=${set} />
      ${trouble !== undefined && html`<p class="trouble small" role="alert">${trouble}</p>`}
      <div class="row">
        <button type="submit" disabled=${busy || trouble !== undefined} class=${method === 'DELETE' ? 'danger' : ''}>${METHODS.find(([name]) => name === method)?.[1]}</button>
        ${busy && html`<span class="quiet small" role="status">asking the nodes …</span>`}
      </div>
    </form>
  `;
}

interface FieldProps {
  readonly draft: RequestDraft;
  readonly onSet: (change: Partial<RequestDraft>) => void;
}

function ValueFields({ draft, onSet }: FieldProps): VNode {
  const text = (event: Event) => (event.currentTarget as HTMLInputElement).value;
  return html`
    <label class="key-block">Value
      <textarea rows="4" spellcheck=${false} value=${draft.value} onInput=${(event: Event) => onSet({ value: text(event) })}></textarea>
    </label>
    <label class="key-block">Content type
      <input value=${draft.contentType} list="key-types" spellcheck=${false} onInput=${(event: Event) => onSet({ contentType: text(event) })} />
    </label>
    <datalist id="key-types"><option value="text/plain"></option><option value="application/json"></option><option value="application/octet-stream"></option></datalist>
  `;
}

/** Who changes the levels of a bucket does so seldom. */
const BUCKET_EVERY_MS = 30_000;

interface QuorumProps extends FieldProps {
  readonly n: number;
  /** Of the bucket. */
  readonly name: string;
}

function Quorum({ draft, n, name, onSet }: QuorumProps): VNode {
  const { method, r, w, sloppy } = draft;
  const { document: bucket } = useLive<BucketDocument>(
    `/buckets/${encodeURIComponent(name)}`,
    BUCKET_EVERY_MS,
  );
  // What the bucket has instead is not known at once.
  const levelOf = (chosen: string, own: number | string | undefined) =>
    levelNumber(chosen || String(own ?? ''), n);
  const [read, write] = [levelOf(r, bucket?.r), levelOf(w, bucket?.w)];
  return html`
    <fieldset>
      <legend>Quorum of N = ${n}</legend>
      <div class="key-levels">
        <${LevelChoice} label="R" level=${r} n=${n} onLevel=${(level: string) => onSet({ r: level })} />
        <${LevelChoice} label="W" level=${w} n=${n} onLevel=${(level: string) => onSet({ w: level })} />
      </div>
      <p class="quiet small">${method === 'GET' ? 'R counts for this request' : 'W counts for this request'}. ${overlapText(n, read, write, sloppy)}</p>
      <label><input type="checkbox" checked=${sloppy} onChange=${(event: Event) => onSet({ sloppy: (event.currentTarget as HTMLInputElement).checked })} /> sloppy: other nodes may stand in for replicas that do not answer</label>
    </fieldset>
  `;
}
