/** Where the key lives: on the ring, and the nodes in the order in which they are tried. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { InspectedNode, InspectionDocument } from '../../client/inspection-document.ts';
import { nodeColour } from '../node-colours.ts';
import { hashOf } from '../route.ts';
import { ringPicture } from './ring-picture.ts';

interface Props {
  readonly found: InspectionDocument;
  /** Of all members, sorted. */
  readonly names: readonly string[];
  /** Of the ring; null: not known. */
  readonly partitions: number | null;
}

export function Place({ found, names, partitions }: Props): VNode {
  const { bucket, hash, partition, epoch, move, nodes } = found;
  return html`
    <section class="card key-place" aria-labelledby="key-place">
      <div>
        <h1 id="key-place">Where it lives</h1>
        <dl>
          <dt>Mode</dt><dd>${bucket.mode}${bucket.n !== undefined && `, n = ${bucket.n}`}${bucket.conflict === 'lww' && ', last write wins'}</dd>
          <dt>Hash</dt><dd class="mono">${hash}</dd>
          ${
            partition !== null &&
            html`<dt>Partition</dt><dd>${partition} at epoch ${epoch} · <a href=${hashOf('ring', { partition: String(partition) })}>show on the ring</a></dd>`
          }
          ${move !== null && html`<dt>Moving</dt><dd>${move.stage.replace('_', ' ')}: from ${move.from.join(', ')} to ${move.to.join(', ')}</dd>`}
        </dl>
        ${
          partition === null
            ? html`<p class="quiet">A raft bucket is in the log of the metadata group, which every member has.</p>`
            : html`<ol class="key-preference" aria-label="Preference list">${nodes.map((node) => html`<${Preferred} node=${node} names=${names} />`)}</ol>`
        }
      </div>
      ${partition !== null && partitions !== null && html`<${RingPicture} hash=${hash} partition=${partition} partitions=${partitions} />`}
    </section>
  `;
}

function Preferred({ node, names }: { node: InspectedNode; names: readonly string[] }): VNode {
  const { node: name, role, reachable } = node;
  return html`
    <li class=${reachable ? role : `${role} away`}>
      <span class="swatch" style=${{ background: nodeColour(name, names) }}></span>
      ${name}
      <span class="quiet small">${role}${!reachable && ', unreachable'}</span>
    </li>
  `;
}

interface PictureProps {
  readonly hash: string;
  readonly partition: number;
  readonly partitions: number;
}

function RingPicture(props: PictureProps): VNode {
  const { slice, mark } = ringPicture(props);
  const label = `The hash lies in partition ${props.partition} of ${props.partitions} on the ring`;
  return html`
    <svg class="key-ring" viewBox="-50 -50 100 100" role="img" aria-label=${label}>
      <circle r="40" class="ring"></circle>
      <path d=${slice} class="slice"></path>
      <line x1=${mark.x1} y1=${mark.y1} x2=${mark.x2} y2=${mark.y2} class="mark"></line>
    </svg>
  `;
}
