/** What became of an action, beside its button. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Action } from './action.ts';

export function ActionNote({ action }: { action: Action }): VNode {
  const { busy, trouble, done } = action;
  return html`
    <div class="action-note" aria-live="polite">
      ${busy && html`<span class="quiet">asking the node …</span>`}
      ${trouble !== undefined && html`<span class="trouble" role="alert">${trouble}</span>`}
      ${done !== undefined && html`<span>${done}</span>`}
    </div>
  `;
}
