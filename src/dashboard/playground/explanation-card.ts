/** What one sees, in words. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Sentence } from './explanation.ts';

export function ExplanationCard({ sentences }: { sentences: readonly Sentence[] }): VNode {
  return html`
    <section class="card explanation" aria-labelledby="seen">
      <h2 id="seen">What you see</h2>
      <ul>${sentences.map(({ tone, text }) => html`<li key=${text} class=${tone}>${text}</li>`)}</ul>
    </section>
  `;
}
