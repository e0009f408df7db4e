/**
 * Siblings made one again. What is put bears the context of the read that showed them, so it
 * replaces just what its writer has seen; a sibling that came meanwhile stays one.
 */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { InspectionDocument } from '../../client/inspection-document.ts';
import { ShownValue, timeText } from './content-view.ts';
import type { KeyAnswer } from './read-answer.ts';
import { type Carried, FIRST_DRAFT, type PreparedRequest, prepared } from './request-draft.ts';
import {
  contentTypeOf,
  keptValue,
  type Merged,
  type ReadValue,
  textsTogether,
  unionOfArrays,
  type WrittenValue,
} from './resolution.ts';
import { bytesText, shownBytes, visibleLine } from './shown-bytes.ts';
import type { Target } from './target.ts';

interface Props {
  readonly target: Target;
  readonly found: InspectionDocument;
  readonly read: KeyAnswer | undefined;
  readonly carried: Carried;
  readonly busy: boolean;
  readonly onSend: (request: PreparedRequest) => Promise<KeyAnswer | undefined>;
}

export function ResolveForm(props: Props): VNode | null {
  const { found, read, busy } = props;
  const known = found.known?.siblings ?? [];
  const values = read?.values ?? [];
  if (values.length < 2 && known.length < 2) return null;
  if (values.length < 2) return html`<${ReadFirst} ...${props} count=${known.length} />`;
  const unseen = known.filter((dot) => !values.some((value) => value.dot === dot));
  return html`
    <section class="card key-resolve" aria-labelledby="key-resolve">
      <h2 id="key-resolve">Resolve ${values.length} siblings</h2>
      ${unseen.length > 0 && html`<p class="note small">Nodes hold ${unseen.length} more than this read showed. They would stay: get the key again with R = all, and not sloppy, to see them too.</p>`}
      <ol class="key-choices">
        ${values.map((value) => html`<${Choice} value=${value} busy=${busy} onTake=${() => put(props, keptValue(value, Date.now()))} />`)}
      </ol>
      <${Merge} ...${props} values=${values} />
    </section>
  `;
}

function ReadFirst({
  target,
  read,
  carried,
  busy,
  onSend,
  count,
}: Props & { count: number }): VNode {
  const readAll = () =>
    onSend(prepared(target, 'dynamo', { ...FIRST_DRAFT, r: 'all', sloppy: false }, carried));
  return html`
    <section class="card key-resolve" aria-labelledby="key-resolve">
      <h2 id="key-resolve">${count} siblings</h2>
      <p class="small quiet">They were written without knowledge of each other. To resolve them, read all of them first: what replaces them has to name what it has seen.</p>
      ${read !== undefined && html`<p class="note small">The last read showed ${read.values.length} of them: who holds the others did not answer it.</p>`}
      <button type="button" disabled=${busy} onClick=${readAll}>Read them all</button>
    </section>
  `;
}

/** By the context of the read that is shown, whatever was heard since. */
function put({ target, read, carried, onSend }: Props, written: WrittenValue): void {
  const seen = { ...carried, context: read?.context };
  onSend(prepared(target, 'dynamo', { ...FIRST_DRAFT, method: 'PUT' }, seen, written));
}

interface ChoiceProps {
  readonly value: ReadValue;
  readonly busy: boolean;
  readonly onTake: () => void;
}

function Choice({ value, busy, onTake }: ChoiceProps): VNode {
  const { contentType, wallTime, value: bytes } = value;
  return html`
    <li>
      <${ShownValue} shown=${shownBytes(bytes)} />
      <p class="row small quiet">
        <button type="button" class="plain small" disabled=${busy} onClick=${onTake}>Keep this one</button>
        ${visibleLine(contentType)} · ${bytesText(bytes.length)}${wallTime !== undefined && ` · ${timeText(wallTime)}`}
      </p>
    </li>
  `;
}

/** What is written stands for the read that it was made of: a later one may have shown more. */
interface MergeDraft {
  readonly text: string;
  readonly read: KeyAnswer | undefined;
  readonly values: readonly ReadValue[];
}

function Merge(props: Props & { values: readonly ReadValue[] }): VNode {
  const { values, busy } = props;
  const [draft, setDraft] = useState<MergeDraft | undefined>(undefined);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const take = (merged: Merged) => {
    setTrouble(merged.ok ? undefined : merged.why);
    if (merged.ok) setDraft({ text: merged.text, read: props.read, values });
  };
  const type = (event: Event) => {
    const { value: text } = event.currentTarget as HTMLTextAreaElement;
    if (draft !== undefined) setDraft({ ...draft, text });
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (draft === undefined) return;
    const value = Uint8Array.from(new TextEncoder().encode(draft.text));
    put({ ...props, read: draft.read }, { value, contentType: contentTypeOf(draft.values) });
  };
  return html`
    <form class="key-merge" onSubmit=${submit}>
      <div class="row">
        <button type="button" class="plain small" onClick=${() => take(textsTogether(values))}>Edit them together</button>
        <button type="button" class="plain small" onClick=${() => take(unionOfArrays(values))}>Union of JSON arrays</button>
      </div>
      ${trouble !== undefined && html`<p class="trouble small" role="alert">${trouble}</p>`}
      ${
        draft !== undefined &&
        html`
          <label class="key-block">In their place
            <textarea rows="5" spellcheck=${false} value=${draft.text} onInput=${type}></textarea>
          </label>
          <button type="submit" disabled=${busy}>Put this in place of all ${draft.values.length}</button>
        `
      }
    </form>
  `;
}
