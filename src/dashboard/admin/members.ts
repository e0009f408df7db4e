/** Members, and what can be done with each: it fills in the form of changes, or hands over the lead. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { ClusterStatus, GroupStatus, MemberStatus } from '../../client/cluster-documents.ts';
import { useAction } from '../action.ts';
import { ActionNote } from '../action-note.ts';
import { sendJson } from '../api.ts';
import { refreshLive, useLive } from '../live.ts';
import { type ChangeKind, type Draft, EMPTY_DRAFT } from './ring-change-draft.ts';

const GROUP = '/cluster/raft';
const EVERY_MS = 2_000;

interface Props {
  readonly cluster: ClusterStatus;
  readonly onDraft: (draft: Draft) => void;
}

export function Members({ cluster, onDraft }: Props): VNode {
  const { document: group } = useLive<GroupStatus>(GROUP, EVERY_MS);
  const action = useAction();
  const lead = (to: string) =>
    action.run(async () => {
      await sendTransfer(to);
      refreshLive(GROUP);
      return `asked ${to} to lead the metadata group`;
    });
  const draft = (change: ChangeKind, node: string) => {
    onDraft({ ...EMPTY_DRAFT, change, node });
    document.getElementById('stage-change')?.querySelector('select')?.focus();
  };
  const members = cluster.members.toSorted((a, b) =>
    a.id.localeCompare(b.id, 'en', { numeric: true }),
  );
  return html`
    <section class="card" aria-labelledby="members">
      <h1 id="members">Members</h1>
      <div class="scroll">
        <table>
          <thead>
            <tr><th>Node</th><th class="wide-only">Address</th><th class="wide-only">Zone</th><th>Gossip</th><th class="wide-only">Metadata group</th><th class="number wide-only">Partitions</th><th>Do</th></tr>
          </thead>
          <tbody>
            ${members.map((member) => html`<${Row} key=${member.id} member=${member} role=${roleOf(member.id, cluster, group)} onDraft=${draft} onLead=${lead} />`)}
          </tbody>
        </table>
      </div>
      <${ActionNote} action=${action} />
    </section>
  `;
}

/** The answer has no body. */
async function sendTransfer(to: string): Promise<void> {
  await sendJson('/cluster/raft/transfer', 'POST', { to });
}

type Role = 'leader' | 'voter' | 'learner' | undefined;

function roleOf(id: string, cluster: ClusterStatus, group: GroupStatus | undefined): Role {
  if (cluster.leader === id) return 'leader';
  if (group?.voters.includes(id) === true) return 'voter';
  return group?.learners.includes(id) === true ? 'learner' : undefined;
}

interface RowProps {
  readonly member: MemberStatus;
  readonly role: Role;
  readonly onDraft: (change: ChangeKind, node: string) => void;
  readonly onLead: (node: string) => void;
}

function Row({ member, role, onDraft, onLead }: RowProps): VNode {
  const { id, address, zone, state, partitions } = member;
  const isDead = state === 'dead' || state === 'left';
  const changes: readonly ChangeKind[] = isDead
    ? ['replace', 'remove']
    : ['leave', 'weight', 'zone'];
  const offered: readonly ChangeKind[] =
    partitions === 0 && !isDead ? ['join', ...changes] : changes;
  return html`
    <tr>
      <th scope="row">${id}</th>
      <td class="mono wide-only">${address.host}:${address.clientPort}</td>
      <td class="wide-only">${zone ?? '–'}</td>
      <td><span class=${`badge ${TONES[state]}`}>${state === 'self' ? 'alive (asked)' : state}</span></td>
      <td class="wide-only">${role ?? '–'}</td>
      <td class="number wide-only">${partitions}</td>
      <td>
        <div class="row acts">
          ${offered.map((change) => html`<button type="button" class="plain small" onClick=${() => onDraft(change, id)}>${WORDS[change]} …</button>`)}
          ${role === 'voter' && state === 'alive' && html`<button type="button" class="plain small" onClick=${() => onLead(id)}>make leader</button>`}
        </div>
      </td>
    </tr>
  `;
}

const TONES: Readonly<Record<MemberStatus['state'], string>> = {
  self: 'good',
  alive: 'good',
  suspect: 'warn',
  unheard: 'warn',
  dead: 'bad',
  left: '',
};

const WORDS: Readonly<Record<ChangeKind, string>> = {
  join: 'join',
  leave: 'leave',
  replace: 'replace',
  remove: 'remove',
  zone: 'zone',
  weight: 'weight',
  replication_factor: 'replicas',
};
