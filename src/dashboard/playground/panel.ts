/**
 * The playground: a cluster is broken on purpose while clients write and read, and one watches
 * what their consistency is worth. Or a recorded history of that is played again.
 */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { ClusterStatus } from '../../client/cluster-documents.ts';
import { useLive } from '../live.ts';
import type { PanelProps } from '../panels.ts';
import { hashOf } from '../route.ts';
import { LiveView } from './live-view.ts';
import { ReplayView } from './replay-view.ts';

const EVERY_MS = 2_000;

const VIEWS = [
  { name: 'live', title: 'This cluster' },
  { name: 'replay', title: 'Replay' },
] as const;

export function PlaygroundPanel({ query }: PanelProps): VNode {
  const view = VIEWS.find(({ name }) => name === query.get('view')) ?? VIEWS[0];
  return html`
    <div class="playground">
      <div class="head">
        <h1>Playground</h1>
        <nav class="views" aria-label="Views of the playground">
          ${VIEWS.map(({ name, title }) => html`<a href=${hashOf('playground', { view: name })} aria-current=${name === view.name ? 'page' : undefined}>${title}</a>`)}
        </nav>
        <p class="quiet">Break the cluster while clients write 1, 2, 3 … to one key, and see what each choice of consistency makes of it.</p>
      </div>
      ${view.name === 'live' ? html`<${Live} />` : html`<${ReplayView} />`}
    </div>
  `;
}

function Live(): VNode {
  const { document: cluster } = useLive<ClusterStatus>('/cluster', EVERY_MS);
  if (cluster === undefined) return html`<p class="quiet">Asking the node …</p>`;
  if (cluster.faultyLinks === null) return html`<${HowTo} node=${cluster.node} />`;
  if (cluster.epoch === null)
    return html`<p class="quiet">The ring is not drawn yet: nodes are awaited.</p>`;
  return html`<${LiveView} cluster=${cluster} />`;
}

function HowTo({ node }: { node: string }): VNode {
  return html`
    <section class="card how-to" aria-labelledby="how-to">
      <h2 id="how-to">This cluster takes no faults</h2>
      <p>
        ${node} was started without <code>--enable-faults</code>, as nodes with real work should be.
        For a cluster to play with, on this machine:
      </p>
      <pre>quorate dev --enable-faults</pre>
      <p>or, in a clone of the repository, <code>npm start -- --enable-faults</code>. Its page is at <code>http://127.0.0.1:8101/ui</code>.</p>
      <p>A recorded history can be <a href=${hashOf('playground', { view: 'replay' })}>replayed</a> here all the same.</p>
    </section>
  `;
}
