/** Watching a raft bucket that was deleted and made again under its name. */

import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import type { Bucket } from '../../../src/node/index.ts';
import { startCluster, type TestCluster } from '../../sim/harness.ts';

const NAME = 'config';
const EVERYTHING = new Uint8Array(0);

let cluster: TestCluster;
let reader: AbortController;

const make = () =>
  cluster.complete(
    cluster.request('n1', (node) => node.buckets.put(NAME, { mode: 'raft' }, 5_000)),
  );
const remove = () =>
  cluster.complete(cluster.request('n1', (node) => node.buckets.delete(NAME, 5_000)));
const bucket = () => cluster.request('n1', async (node) => node.bucket(NAME) as Bucket);

async function put(key: string): Promise<number> {
  const content = { value: utf8('v'), contentType: '', meta: [], condition: 'none' as const };
  const given = await bucket();
  const { revision } = await cluster.complete(
    cluster.request('n1', (node) =>
      node.raftBuckets.put(given, utf8(key), { ...content, lease: undefined }, 5_000),
    ),
  );
  return revision as number;
}

/** The keys that a reader is told of who goes on after the revision. */
async function keysAfter(revision: number | undefined): Promise<string[]> {
  const given = await bucket();
  const { pieces } = await cluster.complete(
    cluster.request('n1', (node) =>
      node.raftBuckets.watch(given, EVERYTHING, revision, reader.signal, 5_000),
    ),
  );
  const first = pieces.next();
  if (revision === undefined) await put('later');
  const { value } = await cluster.complete(first);
  return value.events.map(({ key }: { key: Uint8Array }) => Buffer.from(key).toString());
}

beforeEach(async () => {
  cluster = await startCluster(31, { nodes: 1 });
  reader = new AbortController();
  await make();
});

it('a reader goes on where it was, in a bucket that is still the same', async () => {
  const seen = await put('a');
  await put('b');
  expect(await keysAfter(seen)).toEqual(['b']);
});

describe('after a bucket was deleted and made again under its name', () => {
  let seen: number;
  let remade: number;

  beforeEach(async () => {
    seen = await put('a');
    await put('gone');
    await remove();
    await make();
    remade = await put('b');
    await put('c');
  });

  it('a reader that goes on from before is told that changes are missing', async () => {
    const error = { code: 'watch_compacted', status: 410 };
    for (const revision of [1, seen, seen + 1]) {
      await expect(keysAfter(revision)).rejects.toMatchObject(error);
    }
  });

  it('one that goes on from the new bucket is not', async () => {
    expect(await keysAfter(remade)).toEqual(['c']);
    expect(await keysAfter(remade - 1)).toEqual(['b', 'c']);
  });

  it('one that begins with nothing has nothing to miss', async () => {
    expect(await keysAfter(undefined)).toEqual(['later']);
    expect(await keysAfter(0)).toEqual(['b', 'c', 'later']);
  });
});
