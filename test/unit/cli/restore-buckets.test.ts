/** A restore makes its buckets, and goes by their numbers when it is run again. */

import { beforeEach, describe, expect, it } from 'vitest';
import { makeBuckets } from '../../../src/cli/restore-buckets.ts';
import type { RestoreProgress } from '../../../src/cli/restore-progress.ts';
import type { PutBucketAnswer } from '../../../src/client/http-client.ts';
import type { BucketSettings } from '../../../src/client/request-options.ts';
import type { CopiedBucket } from '../../../src/kernel/backup-copy.ts';

let present: Map<string, number>;
let next: number;
let made: (readonly [name: string, settings: BucketSettings | undefined])[];
let saved: RestoreProgress | undefined;
let onPut: (name: string) => void;

beforeEach(() => {
  present = new Map([['theirs', 1]]);
  next = 2;
  made = [];
  saved = undefined;
  onPut = () => {};
});

function bucket(name: string, mode: CopiedBucket['mode'] = 'dynamo'): CopiedBucket {
  const levels = { n: 2, r: 'quorum', w: 1 } as const;
  return { name, number: 900, mode, ...levels, conflict: 'lww', ttlMs: 5_000 };
}

const client = {
  async putBucket(name: string, settings?: BucketSettings): Promise<PutBucketAnswer> {
    onPut(name);
    const created = !present.has(name);
    if (created) present.set(name, next++);
    made.push([name, settings]);
    return { bucket: { name, mode: 'dynamo' }, created };
  },
};

const file = {
  path: 'restore-c.json',
  read: () => saved,
  write: (progress: RestoreProgress) => {
    saved = progress;
  },
  begin: (backupId: string, clusterId: string, names: readonly string[]): RestoreProgress => {
    const counts = { keys: 0, restored: 0, present: 0, deleted: 0, expired: 0, doubtful: [] };
    const place = { done: null, sent: null, finishedAt: null };
    const buckets = names.map((name) => ({ name, number: null }));
    saved = { format: 2, backupId, clusterId, buckets, ...place, tally: counts };
    return saved;
  },
};

function make(...buckets: readonly CopiedBucket[]): Promise<RestoreProgress> {
  const node = { bucketNumbers: async () => new Map(present) };
  return makeBuckets({ client, node, file, backupId: 'b', clusterId: 'c' }, buckets);
}

describe('the buckets of a restore', () => {
  it('are made with what means something in their mode, and known by their numbers', async () => {
    const { buckets } = await make(bucket('a'), bucket('b', 'paxos'), bucket('c', 'raft'));
    expect(buckets).toEqual([
      { name: 'a', number: 2 },
      { name: 'b', number: 3 },
      { name: 'c', number: 4 },
    ]);
    expect(saved?.buckets).toEqual(buckets);
    expect(made).toEqual([
      ['a', { mode: 'dynamo', n: 2, r: 'quorum', w: 1, conflict: 'lww', ttl: '5000ms' }],
      ['b', { mode: 'paxos', n: 2, ttl: '5000ms' }],
      ['c', { mode: 'raft' }],
    ]);
  });

  it('are not those that are there, of which nothing is changed', async () => {
    await expect(make(bucket('a'), bucket('theirs'))).rejects.toThrow('the cluster has theirs');
    expect([made, saved]).toEqual([[], undefined]);
  });

  it('stay as they are when it is run again, and the others are made', async () => {
    onPut = (name) => {
      if (name === 'b') throw new Error('cut short');
    };
    await expect(make(bucket('a'), bucket('b'))).rejects.toThrow('cut short');
    onPut = () => {};
    expect((await make(bucket('a'), bucket('b'))).buckets).toEqual([
      { name: 'a', number: 2 },
      { name: 'b', number: 3 },
    ]);
    expect(made.map(([name]) => name)).toEqual(['a', 'b']);
    await expect(make(bucket('a'))).rejects.toThrow('finish it with the same --bucket');
  });

  it.each([
    ['deleted', () => present.delete('a')],
    ['deleted and made anew', () => present.set('a', next++)],
  ])('are refused when they were %s since', async (_, change) => {
    await make(bucket('a'), bucket('b'));
    change();
    await expect(make(bucket('a'), bucket('b'))).rejects.toThrow(
      'bucket a was deleted since this restore made it',
    );
  });

  it('are not taken for its own where somebody else may have made them', async () => {
    onPut = (name) => present.set(name, next++);
    const unknown = 'there is a bucket a, and whether this restore made it, or somebody else';
    await expect(make(bucket('a'))).rejects.toThrow(unknown);
    await expect(make(bucket('a'))).rejects.toThrow(unknown);
    expect(made.length).toBe(1);
  });
});
