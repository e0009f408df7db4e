/** What the forms of the admin panel send. */

import { describe, expect, it } from 'vitest';
import { draftOf, EMPTY_BUCKET, settingsOf } from '../../../../src/dashboard/admin/bucket-draft.ts';
import {
  CHANGES,
  changeOf,
  EMPTY_DRAFT,
} from '../../../../src/dashboard/admin/ring-change-draft.ts';

describe('a bucket', () => {
  it('is sent without what was left empty', () => {
    expect(settingsOf({ ...EMPTY_BUCKET, name: 'carts' })).toEqual({ mode: 'dynamo' });
  });

  it('has numbers as numbers and names as names', () => {
    const draft = { ...EMPTY_BUCKET, n: '3', r: ' 2 ', w: 'all', ttl: '7d' };
    expect(settingsOf(draft)).toEqual({ mode: 'dynamo', n: 3, r: 2, w: 'all', ttl: '7d' });
  });

  it('has no settings that mean nothing in its mode', () => {
    const draft = { ...EMPTY_BUCKET, mode: 'raft', n: '3', r: '2', ttl: '7d' } as const;
    expect(settingsOf(draft)).toEqual({ mode: 'raft' });
  });

  it('that is there is sent without what cannot change', () => {
    const document = { name: 'carts', mode: 'dynamo', n: 3, r: 'quorum', w: 2 } as const;
    const draft = draftOf({ ...document, conflict: 'siblings', ttl: 'none' });
    expect(settingsOf(draft)).toEqual({ r: 'quorum', w: 2, conflict: 'siblings', ttl: 'none' });
  });
});

describe('a change of the ring', () => {
  it('has the fields of its kind and no others', () => {
    const draft = {
      ...EMPTY_DRAFT,
      node: 'n2',
      by: 'n4',
      acceptLoss: true,
      zone: ' b ',
      weight: '2',
    };
    const sent = Object.keys(CHANGES).map((change) =>
      changeOf({ ...draft, change: change as keyof typeof CHANGES }),
    );
    expect(sent).toEqual([
      { change: 'join', node: 'n2' },
      { change: 'leave', node: 'n2' },
      { change: 'replace', node: 'n2', by: 'n4', acceptLoss: true },
      { change: 'remove', node: 'n2', acceptLoss: true },
      { change: 'zone', node: 'n2', zone: 'b' },
      { change: 'weight', node: 'n2', weight: 2 },
      { change: 'replication_factor', replicationFactor: 3 },
    ]);
  });

  it('takes a node out of its zone where none is named', () => {
    expect(changeOf({ ...EMPTY_DRAFT, change: 'zone', node: 'n1', zone: ' ' })).toEqual({
      change: 'zone',
      node: 'n1',
      zone: null,
    });
  });
});
