/** The ring: who keeps what, what moves, and how the nodes are. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { ClusterStatus, RingDocument } from '../../client/cluster-documents.ts';
import type { PanelProps } from '../panels.ts';
import { countText, listText } from './amounts.ts';
import { type ColouredBy, colouringOf, zoneNamesOf } from './colouring.ts';
import { DetailCard } from './detail-card.ts';
import { Explanation } from './explanation.ts';
import { GroupCard } from './group-card.ts';
import { MovesCard } from './moves-card.ts';
import { type NodeSeen, nodesSeen } from './nodes-seen.ts';
import { NodesTable } from './nodes-table.ts';
import { RingCard } from './ring-card.ts';
import { type RingWatch, useRingWatch } from './ring-watch.ts';
import { addressOf, type Selection, selectionOf } from './selection.ts';
import { clusterTrouble } from './standing.ts';
import { zoneSpread } from './zones.ts';

export function RingPanel({ query }: PanelProps): VNode {
  const watch = useRingWatch();
  const { document, error } = watch.cluster;
  const trouble = clusterTrouble(document, error);
  return html`
    <div class="ring-panel">
      ${trouble && html`<p class=${`ring-trouble ${trouble.tone}`} role="alert">${trouble.text}</p>`}
      ${document === undefined && error === undefined && html`<p class="quiet">Asking the node …</p>`}
      ${document && html`<${Cluster} watch=${watch} cluster=${document} query=${query} />`}
    </div>
  `;
}

interface ClusterProps extends PanelProps {
  readonly watch: RingWatch;
  readonly cluster: ClusterStatus;
}

const NO_LISTS: readonly (readonly string[])[] = [];

function Cluster({ watch, cluster, query }: ClusterProps): VNode {
  const { ring, group, plan, transfers, samples } = watch;
  const [by, setBy] = useState<ColouredBy>('node');
  const [pointed, setPointed] = useState<number | undefined>(undefined);
  const lists = useMemo(() => ring?.partitions.map(({ replicas }) => replicas) ?? NO_LISTS, [ring]);
  const seen = nodesSeen(cluster, lists, group.document);
  const nodes = useStableNodes(seen);
  const colouring = useMemo(() => colouringOf(by, nodes, zoneNamesOf(nodes)), [by, nodes]);
  const standings = new Map(seen.map(({ id, standing }) => [id, standing]));
  const colourOf = (node: string) => colouring.colourOf(colouring.keyOf(node));
  const isMember = (node: string) => cluster.members.some(({ id }) => id === node);
  const selection = selectionOf(query, lists.length, (name) => standings.has(name));
  const shared = { lists, standings, selection, pointed, colourOf, onSelect: select };
  const [chosenNode, moves] = [nodeIn(selection), transfers.document?.moves ?? []];
  return html`
    ${ring && html`<${Facts} ring=${ring} lists=${lists} nodes=${nodes} />`}
    <div class=${ring ? 'ring-grid' : ''}>
      ${ring && html`<${RingCard} ...${shared} watch=${watch} nodes=${nodes} isMember=${isMember} colouring=${colouring} onColour=${setBy} onPoint=${setPointed} />`}
      <div class="ring-side">
        ${ring && html`<${DetailCard} ...${shared} ring=${ring} zones=${zonesOf(nodes)} moves=${moves} asked=${cluster.node} />`}
        <${GroupCard} group=${group} />
        ${ring && html`<${MovesCard} live=${transfers} plan=${plan.document} samples=${samples} isMember=${isMember} />`}
        <${NodesTable} nodes=${seen} colourOf=${colourOf} selected=${chosenNode} asked=${cluster.node} />
      </div>
    </div>
  `;
}

function nodeIn(selection: Selection): string | undefined {
  return selection.type === 'node' ? selection.node : undefined;
}

function zonesOf(nodes: readonly Pick<NodeSeen, 'id' | 'zone'>[]) {
  return new Map(nodes.map(({ id, zone }) => [id, zone]));
}

/** Steps along the ring are no places to come back to. */
function select(selection: Selection): void {
  location.replace(addressOf(selection));
}

/** The same value as long as names and zones are the same, so that what is drawn by it stays. */
function useStableNodes(seen: readonly NodeSeen[]): readonly Pick<NodeSeen, 'id' | 'zone'>[] {
  const text = JSON.stringify(seen.map(({ id, zone }) => ({ id, zone })));
  return useMemo(() => JSON.parse(text), [text]);
}

interface FactsProps {
  readonly ring: RingDocument;
  readonly lists: readonly (readonly string[])[];
  readonly nodes: readonly Pick<NodeSeen, 'id' | 'zone'>[];
}

function Facts({ ring, lists, nodes }: FactsProps): VNode {
  const zones = zoneNamesOf(nodes).length;
  const spread = useMemo(() => zoneSpread(lists, nodes), [lists, nodes]);
  const where = zones > 1 ? ` in ${zones} zones` : '';
  return html`
    <header class="ring-facts">
      <h1>The ring</h1>
      <p class="quiet">${countText(ring.partitionCount, 'partition')}, ${countText(ring.replicationFactor, 'replica')} each, on ${countText(nodes.length, 'node')}${where} · epoch ${ring.epoch}</p>
      ${spread && html`<p class="small">${spread.crowded.length === 0 ? html`<span class="sign good" aria-hidden="true">✓</span> Every partition has its replicas in ${spread.best} zones.` : html`<span class="sign warn" aria-hidden="true">⚠</span> ${countText(spread.crowded.length, 'partition')} with replicas that share a zone though they need not: ${listText(spread.crowded)}.`}</p>`}
      <${Explanation} depth=${ring.replicationFactor} />
    </header>
  `;
}
