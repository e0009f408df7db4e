/** The key explorer: where a key lives, what each node holds of it, and requests for it. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { PanelProps } from '../panels.ts';
import { KeyView } from './key-view.ts';
import { hashOfTarget, targetOf, whyOutOfReach } from './target.ts';
import { TargetForm } from './target-form.ts';

export function KeyPanel({ query }: PanelProps): VNode {
  const target = targetOf(query);
  const outOfReach = target && whyOutOfReach(target);
  const hash = target && hashOfTarget(target);
  return html`
    <div class="key">
      <${TargetForm} key=${hash} target=${target} bucket=${query.get('bucket') ?? ''} />
      ${outOfReach !== undefined && html`<p class="note" role="alert">${outOfReach}</p>`}
      ${target === undefined && html`<${Introduction} />`}
      ${target !== undefined && outOfReach === undefined && html`<${KeyView} key=${hash} target=${target} />`}
    </div>
  `;
}

function Introduction(): VNode {
  return html`
    <section class="card quiet">
      <p>Name a bucket and a key, whether it exists or not. You will see which nodes keep it, what each of them holds by itself, and where they differ; and you can read, write and delete it with the consistency you choose, and watch what every node was asked.</p>
    </section>
  `;
}
