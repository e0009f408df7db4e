/** The metadata group: who leads it, who votes, and how far its log is. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { GroupStatus } from '../../client/cluster-documents.ts';
import type { Live } from '../live.ts';
import { listText } from './amounts.ts';
import { addressOf } from './selection.ts';
import { byName } from './zones.ts';

const NAMES_SHOWN = 9;

export function GroupCard({ group }: { group: Live<GroupStatus> }): VNode {
  const { document, error } = group;
  return html`
    <section class="card ring-group" aria-labelledby="ring-group-title">
      <h2 id="ring-group-title">Metadata group <span class="quiet small">Raft</span></h2>
      ${document === undefined && html`<p class="quiet">${error === undefined ? 'Asking the node …' : `Not told: ${error.message}.`}</p>`}
      ${document && html`<${GroupFacts} status=${document} />`}
    </section>
  `;
}

function GroupFacts({ status }: { status: GroupStatus }): VNode {
  const { node, role, leader, term, commitIndex, appliedIndex, voters, learners, outgoing } =
    status;
  const behind = commitIndex - appliedIndex;
  return html`
    <p>${leader === null ? html`<span class="sign warn" aria-hidden="true">?</span> No leader that ${node} knows of` : html`<span class="sign leader" aria-hidden="true">★</span> <a href=${addressOf({ type: 'node', node: leader })}>${leader}</a> leads`} in term ${term}.</p>
    <dl class="facts-list">
      <dt>Log</dt>
      <dd>committed up to ${commitIndex.toLocaleString('en')}; ${node}, ${roleText(role)}, has applied ${behind > 0 ? html`${appliedIndex.toLocaleString('en')}, ${behind.toLocaleString('en')} behind` : 'all of it'}</dd>
      <dt>Voters</dt>
      <dd>${namesText(voters)}${outgoing.length > 0 ? `; they take over from ${namesText(outgoing)}` : ''}</dd>
      ${learners.length > 0 && html`<dt>Learners</dt><dd>${namesText(learners)}</dd>`}
    </dl>
  `;
}

function namesText(names: readonly string[]): string {
  return listText(names.toSorted(byName), NAMES_SHOWN);
}

function roleText(role: GroupStatus['role']): string {
  return {
    follower: 'a follower',
    pre_candidate: 'who asks whether it could lead',
    candidate: 'a candidate',
    leader: 'the leader',
  }[role];
}
