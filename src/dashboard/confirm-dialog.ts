/** Asks before something that cannot be taken back; for the worst, to type a name. */

import { html } from 'htm/preact';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface ConfirmProps {
  readonly title: string;
  /** What will happen. */
  readonly children: ComponentChildren;
  readonly confirm: string;
  /** Has to be typed; absent: nothing has. */
  readonly typed?: string;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

export function ConfirmDialog(props: ConfirmProps): VNode {
  const { title, children, confirm, typed, onConfirm, onCancel } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    onConfirm();
  };
  return html`
    <dialog class="confirm" ref=${dialog} onClose=${onCancel} aria-labelledby="confirm-title">
      <form onSubmit=${submit}>
        <h2 id="confirm-title">${title}</h2>
        ${children}
        ${
          typed !== undefined &&
          html`<label><span>Type <strong>${typed}</strong> to go on</span>
            <input value=${text} autocomplete="off" onInput=${(event: Event) => setText((event.currentTarget as HTMLInputElement).value)} />
          </label>`
        }
        <div class="row">
          <button type="submit" class="danger" disabled=${typed !== undefined && text !== typed}>${confirm}</button>
          <button type="button" class="plain" onClick=${onCancel}>Cancel</button>
        </div>
      </form>
    </dialog>
  `;
}
