/** The nodes, by zone: how each stands in gossip and in the metadata group, side by side. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { MemberStatus } from '../../client/cluster-documents.ts';
import { countText, listText, offsetText } from './amounts.ts';
import { signOf } from './hubs-drawing.ts';
import type { NodeSeen } from './nodes-seen.ts';
import { ALL, addressOf } from './selection.ts';
import type { Standing, View } from './standing.ts';
import { type ZoneGroup, zoneGroups } from './zones.ts';

interface NodesTableProps {
  readonly nodes: readonly NodeSeen[];
  readonly colourOf: (node: string) => string;
  readonly selected: string | undefined;
  /** The node that the page asks. */
  readonly asked: string;
}

const HEADS = ['Node', 'Address', 'Partitions', 'Weight', 'Gossip says', 'Metadata group says'];
const MORE_HEADS = ['Incarnation', 'Clock'];

export function NodesTable(props: NodesTableProps): VNode {
  const { nodes, asked } = props;
  const groups = zoneGroups(nodes);
  const hasZones = groups.some(({ zone }) => zone !== null);
  const remarked = nodes.filter(({ standing }) => standing.remark !== undefined);
  return html`
    <section class="card ring-nodes" aria-labelledby="ring-nodes-title">
      <div class="row nodes-head">
        <h2 id="ring-nodes-title">Nodes</h2>
        <p class="quiet small">${remarked.length === 0 ? `All is well, as ${asked} sees it.` : `${countText(remarked.length, 'remark')}: ${listText(remarked.map(({ id }) => id))}.`}</p>
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>${[...HEADS, ...MORE_HEADS].map((head) => html`<th scope="col" class=${isNumber(head) ? 'number' : ''}>${head}</th>`)}</tr>
          </thead>
          ${groups.map((group) => html`<${ZoneRows} key=${group.zone ?? ''} ...${props} group=${group} hasZones=${hasZones} />`)}
        </table>
      </div>
    </section>
  `;
}

function isNumber(head: string): boolean {
  return ['Partitions', 'Weight', 'Incarnation', 'Clock'].includes(head);
}

interface ZoneRowsProps extends NodesTableProps {
  readonly group: ZoneGroup<NodeSeen>;
  readonly hasZones: boolean;
}

function ZoneRows({ group, hasZones, colourOf, selected }: ZoneRowsProps): VNode {
  const { zone, nodes } = group;
  return html`
    <tbody>
      ${hasZones && html`<tr class="zone-row"><th class="whole" colspan=${HEADS.length + MORE_HEADS.length} scope="rowgroup">${zone === null ? 'No zone' : zone} <span class="quiet">${countText(nodes.length, 'node')}</span></th></tr>`}
      ${nodes.map((node) => html`<${NodeRows} key=${node.id} node=${node} colour=${colourOf(node.id)} isSelected=${node.id === selected} />`)}
    </tbody>
  `;
}

interface NodeRowsProps {
  readonly node: NodeSeen;
  readonly colour: string;
  readonly isSelected: boolean;
}

function NodeRows({ node, colour, isSelected }: NodeRowsProps): VNode {
  const { id, member, standing } = node;
  const { gossip, metadata, remark } = standing;
  const href = addressOf(isSelected ? ALL : { type: 'node', node: id });
  const sign = signOf(standing);
  return html`
    <tr class=${`${isSelected ? 'selected' : ''} ${remark ? 'has-remark' : ''}`} data-node=${id}>
      <th scope="row" class="wide node-name">
        <span class="swatch" style=${{ background: colour }}></span>
        <a href=${href} aria-current=${isSelected ? 'true' : undefined}>${id}</a>
        ${sign === '' ? '' : html` <span class=${standing.role === 'leader' ? 'sign leader' : `sign ${gossip.tone}`} aria-hidden="true">${sign}</span>`}
      </th>
      <td data-head="Address" class="wide mono">${member ? `${member.address.host}:${member.address.clientPort}` : '–'}</td>
      <td data-head="Partitions" class="number">${member?.partitions ?? '–'}</td>
      <td data-head="Weight" class="number">${member?.weight ?? '–'}</td>
      <td data-head="Gossip says" class="views"><${ViewBadge} view=${gossip} /></td>
      <td data-head="Metadata group says" class="views"><${ViewBadge} view=${metadata} /> <span class="small quiet">${roleText(standing)}</span></td>
      <td data-head="Incarnation" class="number">${member && member.state !== 'unheard' ? member.incarnation : '–'}</td>
      <td data-head="Clock" class="number" title=${clockTitle(member)}>${clockText(member)}</td>
    </tr>
    ${remark && html`<tr class="remark"><td class="whole" colspan=${HEADS.length + MORE_HEADS.length}><span aria-hidden="true">⚠ </span>${id}: ${remark}</td></tr>`}
  `;
}

function ViewBadge({ view }: { view: View }): VNode {
  return html`<span class=${`badge ${view.tone}`}>${view.word}</span>`;
}

function roleText({ role, lag }: Standing): string {
  const lagText =
    lag === undefined || lag === 0 ? '' : `${lag.toLocaleString('en')} entries behind`;
  return [role === 'none' ? '' : role, lagText].filter((part) => part !== '').join(', ');
}

function clockText(member: MemberStatus | undefined): string {
  if (member?.state === 'self') return 'its own';
  if (!member?.clock) return '–';
  return offsetText(member.clock.offsetMs);
}

function clockTitle(member: MemberStatus | undefined): string | undefined {
  if (!member?.clock) return undefined;
  return `ahead of the clock of the node asked, give or take ${Math.ceil(member.clock.errorMs)} ms`;
}
