/** The ring: who keeps what, and how the nodes are. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { ClusterStatus, MemberStatus } from '../../client/cluster-documents.ts';
import { useLive } from '../live.ts';
import { nodeColour } from '../node-colours.ts';

const EVERY_MS = 2_000;

export function RingPanel(): VNode {
  const { document } = useLive<ClusterStatus>('/cluster', EVERY_MS);
  if (document === undefined) return html`<p class="quiet">Asking the node …</p>`;
  const names = document.members.map(({ id }) => id).sort();
  return html`
    <section class="card">
      <h1>Nodes</h1>
      <div class="scroll">
        <table>
          <thead>
            <tr><th>Node</th><th>Zone</th><th>Gossip</th><th class="number">Partitions</th></tr>
          </thead>
          <tbody>${document.members.map((member) => html`<${NodeRow} member=${member} names=${names} />`)}</tbody>
        </table>
      </div>
    </section>
  `;
}

function NodeRow({ member, names }: { member: MemberStatus; names: readonly string[] }): VNode {
  const { id, zone, state, partitions } = member;
  return html`
    <tr>
      <th scope="row"><span class="swatch" style=${{ background: nodeColour(id, names) }}></span> ${id}</th>
      <td>${zone ?? '–'}</td>
      <td>${state}</td>
      <td class="number">${partitions}</td>
    </tr>
  `;
}
