/** A change of the ring while somebody fills in its form. */

import type { RingChange } from '../../client/ring-documents.ts';

export type ChangeKind = RingChange['change'];

/** As the fields of the form have it. */
export interface Draft {
  readonly change: ChangeKind;
  readonly node: string;
  readonly by: string;
  readonly acceptLoss: boolean;
  readonly zone: string;
  readonly weight: string;
  readonly replicationFactor: string;
}

export const EMPTY_DRAFT: Draft = {
  change: 'leave',
  node: '',
  by: '',
  acceptLoss: false,
  zone: '',
  weight: '1',
  replicationFactor: '3',
};

interface KindOfChange {
  readonly title: string;
  readonly meaning: string;
  readonly fields: readonly Exclude<keyof Draft, 'change'>[];
}

export const CHANGES: Readonly<Record<ChangeKind, KindOfChange>> = {
  join: {
    title: 'Join',
    meaning: 'A node that was started with --stage takes its share of the ring.',
    fields: ['node'],
  },
  leave: {
    title: 'Leave',
    meaning: 'A living node hands all it has to the others; afterwards it can be stopped.',
    fields: ['node'],
  },
  replace: {
    title: 'Replace a dead node',
    meaning: 'A node without places takes those of one that is dead for good.',
    fields: ['node', 'by', 'acceptLoss'],
  },
  remove: {
    title: 'Remove a dead node',
    meaning: 'The others take the places of one that is dead for good.',
    fields: ['node', 'acceptLoss'],
  },
  zone: {
    title: 'Set a zone',
    meaning: 'Replicas of a key are kept in different zones. Empty: none.',
    fields: ['node', 'zone'],
  },
  weight: {
    title: 'Set a weight',
    meaning: 'A node of weight 2 has twice the places of one of weight 1.',
    fields: ['node', 'weight'],
  },
  replication_factor: {
    title: 'Set the replication factor',
    meaning: 'How many nodes keep each key. Buckets that are there keep their own n.',
    fields: ['replicationFactor'],
  },
};

/** As it is sent. Whether it makes sense in this cluster, the node says. */
export function changeOf(draft: Draft): RingChange {
  const { change, node, by, acceptLoss, zone, weight, replicationFactor } = draft;
  switch (change) {
    case 'join':
    case 'leave':
      return { change, node };
    case 'replace':
      return { change, node, by, acceptLoss };
    case 'remove':
      return { change, node, acceptLoss };
    case 'zone':
      return { change, node, zone: zone.trim() === '' ? null : zone.trim() };
    case 'weight':
      return { change, node, weight: Number(weight) };
    case 'replication_factor':
      return { change, replicationFactor: Number(replicationFactor) };
  }
}
