/** What is lit up over the dimmed ring: a partition with the nodes that keep it, or a node’s arcs. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Colouring } from './colouring.ts';
import { linePath, middleOf, pointAt, sectorPath } from './geometry.ts';
import { type Hub, PILL_HEIGHT } from './hubs.ts';
import type { Layout } from './layout.ts';
import { arcsOfNode } from './ring-arcs.ts';

interface PartitionFocusProps {
  readonly partition: number;
  readonly lists: readonly (readonly string[])[];
  readonly layout: Layout;
  readonly colouring: Colouring;
}

export function PartitionFocus(props: PartitionFocusProps): VNode {
  const { partition, lists, layout, colouring } = props;
  const { bands, ring, hubs } = layout;
  const list = lists[partition] ?? [];
  const [from, to] = [partition / lists.length, (partition + 1) / lists.length];
  const foot = pointAt(middleOf(partition, lists.length), ring.inner - 1);
  const colourOf = (node: string) => colouring.colourOf(colouring.keyOf(node));
  const keepers = list.flatMap((node) => hubs.get(node) ?? []);
  return html`
    <g class="focus" aria-hidden="true">
      <path class="focus-edge" d=${sectorPath(from, to, ring)} />
      ${list.map((node, place) => {
        const band = bands[place];
        return (
          band && html`<path key=${place} d=${sectorPath(from, to, band)} fill=${colourOf(node)} />`
        );
      })}
      ${keepers.map(({ id, at }) => html`<path key=${id} class="tie" d=${linePath(foot, at)} stroke=${colourOf(id)} />`)}
    </g>
  `;
}

/** The place in the replica list, at the node. */
export function PlaceSign({ hub, place }: { hub: Hub; place: number }): VNode {
  const { at, form, width } = hub;
  const corner = form === 'pill' ? { x: -width / 2 + 2, y: -PILL_HEIGHT / 2 + 1 } : { x: 0, y: 0 };
  return html`
    <g class="place-sign" transform=${`translate(${at.x + corner.x} ${at.y + corner.y})`}>
      <circle class="place-disc" r=${form === 'pill' ? 8.5 : 7.5} />
      <text class="place-number" text-anchor="middle" dy="0.36em">${place + 1}</text>
    </g>
  `;
}

interface NodeFocusProps extends Omit<PartitionFocusProps, 'partition'> {
  readonly node: string;
}

export function NodeFocus({ node, lists, layout, colouring }: NodeFocusProps): VNode {
  const fill = colouring.colourOf(colouring.keyOf(node));
  return html`<path class="focus node-focus" d=${arcsOfNode(lists, layout.bands, node)} fill=${fill} />`;
}
