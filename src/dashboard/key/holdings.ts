/** What each node alone holds of the key, side by side, with what is different. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import {
  actorNames,
  type InspectedNode,
  type InspectionDocument,
} from '../../client/inspection-document.ts';
import type { ApiError } from '../api.ts';
import { nodeColour } from '../node-colours.ts';
import { type HoldingBadge, holdingBadges, isIdle, summaryOf } from './holding-text.ts';
import { HeldVersionView } from './version-holding.ts';
import { HeldRegisterView, HeldValueView } from './versioned-holding.ts';

interface Props {
  readonly found: InspectionDocument;
  /** Sorted. */
  readonly members: readonly string[];
  readonly error: ApiError | undefined;
}

export function Holdings({ found, members, error }: Props): VNode {
  const shown = found.nodes.filter((node) => !isIdle(node));
  const idle = found.nodes.filter(isIdle).map(({ node }) => node);
  const summary = summaryOf(found);
  return html`
    <section class="card" aria-labelledby="key-holdings">
      <h2 id="key-holdings">What each node holds</h2>
      <p class="row" role="status">
        <span class=${`badge ${summary.tone}`}>${summary.badge}</span>
        <span class="quiet small">${summary.text}</span>
      </p>
      ${error !== undefined && html`<p class="trouble small">This is how it was last seen: ${error.message}</p>`}
      <div class="key-nodes">${shown.map((node) => html`<${NodeCard} key=${node.node} node=${node} found=${found} members=${members} />`)}</div>
      ${idle.length > 0 && html`<p class="quiet small">Nothing of it, as should be, on ${idle.join(', ')}.</p>`}
    </section>
  `;
}

interface CardProps {
  readonly node: InspectedNode;
  readonly found: InspectionDocument;
  readonly members: readonly string[];
}

function NodeCard({ node, found, members }: CardProps): VNode {
  const { problem, version, hints = [], register, value, compared } = node;
  const names = actorNames(found);
  return html`
    <article class=${`key-node ${node.outcome}${node.behind === true ? ' behind' : ''}`} aria-label=${node.node}>
      <header class="row">
        <h3><span class="swatch" style=${{ background: nodeColour(node.node, members) }}></span> ${node.node}</h3>
        ${holdingBadges(node).map(({ tone, text }: HoldingBadge) => html`<span class=${`badge ${tone}`}>${text}</span>`)}
      </header>
      ${problem !== undefined && html`<p class="small trouble">${problem.code}: ${problem.detail}</p>`}
      ${node.outcome === 'absent' && html`<p class="quiet small">It has never heard of the key.</p>`}
      ${node.outcome === 'damaged' && html`<p class="small trouble">What lies there fails its checksum. It counts for no quorum until it has been rebuilt.</p>`}
      ${version && html`<${HeldVersionView} version=${version} standing=${compared ?? null} found=${found} names=${names} />`}
      ${hints.map(
        (hint) => html`
          <div class="key-hint">
            <h4>Hint for ${hint.target}</h4>
            ${hint.version && html`<${HeldVersionView} version=${hint.version} standing=${hint.compared} found=${found} names=${names} />`}
          </div>
        `,
      )}
      ${register && html`<${HeldRegisterView} register=${register} chosen=${found.chosen ?? null} />`}
      ${value && html`<${HeldValueView} value=${value} applied=${node.appliedIndex ?? 0} />`}
    </article>
  `;
}
