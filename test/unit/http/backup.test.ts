/** `/cluster/backup` and `/cluster/restore` of one node. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../cluster/wait-for.ts';
import { encodeObject } from '../../../src/causality/object-codec.ts';
import { blocksOf } from '../../../src/cli/block-stream.ts';
import { BackupClient } from '../../../src/client/backup-client.ts';
import { NodeClient } from '../../../src/client/http-client.ts';
import { mintIdempotencyKey } from '../../../src/client/idempotency-key.ts';
import { type CopyBlock, decodeBlock } from '../../../src/kernel/backup-copy.ts';
import { bufferOf, utf8 } from '../../../src/kernel/bytes.ts';
import { OFFER_BATCH_BYTES } from '../../../src/kernel/offer.ts';
import { requestIdOfText } from '../../../src/kernel/request-id.ts';
import { encodeRestoreBatch, type RestoreMode } from '../../../src/kernel/restore-batch.ts';
import { objectOfCopies, registerOfCopies } from '../../../src/node/index.ts';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

let node: HttpNode;
let client: NodeClient;
let backups: BackupClient;

beforeAll(async () => {
  node = await startHttpNode({});
  client = new NodeClient(node.url);
  backups = new BackupClient(node.url);
  await client.putBucket('locks', { mode: 'paxos' });
  await client.putBucket('conf', { mode: 'raft' });
  await client.putBucket('gone');
  for (const bucket of ['carts', 'locks', 'conf', 'gone']) {
    for (const key of ['a', 'b']) await client.put(bucket, key, `${bucket} ${key}`);
  }
  await client.put('carts', 'a', 'beside');
  await client.deleteBucket('gone');
});

afterAll(async () => {
  await client.close();
  await backups.close();
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

async function copy(): Promise<readonly CopyBlock[]> {
  const blocks: CopyBlock[] = [];
  const pieces = backups.copy(2_000, new AbortController().signal);
  for await (const block of blocksOf(pieces)) blocks.push(decodeBlock(block));
  return blocks;
}

function recordsOf(blocks: readonly CopyBlock[], part: string) {
  return blocks.flatMap((block) =>
    block.kind === 'records' && block.part === part ? block.records : [],
  );
}

describe('/cluster/backup', () => {
  it('answers as it declares', async () => {
    expect(jsonOf(await send(node, 'GET', '/cluster/backup'))).toMatchObject({ node: 'n1' });
    const answer = await send(node, 'POST', '/cluster/backup?timeout=2000');
    expect(answer.headers['content-type']).toBe('application/vnd.quorate.copy');
  });

  it('streams what the node has at one moment, but for buckets that were deleted', async () => {
    const blocks = await copy();
    const [first] = blocks;
    const last = blocks.at(-1);
    expect(first).toMatchObject({
      kind: 'head',
      head: { node: 'n1', clusterId: node.node.clusterId, metadataCurrent: true, members: ['n1'] },
    });
    if (first?.kind !== 'head') throw new Error('no head');
    const names = first.head.buckets.map(({ name }) => name);
    expect(names.sort()).toEqual(['carts', 'conf', 'locks']);
    expect(last).toEqual({
      kind: 'end',
      end: { records: { objects: 2, hints: 0, registers: 2, values: 2 }, leased: 0, damaged: 0 },
    });
    expect(
      recordsOf(blocks, 'objects')
        .map(({ key }) => bufferOf(key).toString())
        .sort(),
    ).toEqual([...['a', 'b']]);
  });

  it('bears the mark of its moment, which deletes raise', async () => {
    // The deleted bucket is removed in the background.
    await waitFor('a copy before which nothing was removed', 10_000, async () => {
      const mark = await backups.removalMark();
      expect((await copy())[0]).toMatchObject({ head: { mark } });
      return true;
    });
    const before = await backups.removalMark();
    await node.store.write([{ type: 'delete', key: utf8('\u00ff no record') }]);
    const after = await backups.removalMark();
    expect(after.life).toBe(before.life);
    expect(after.deletes).toBeGreaterThan(before.deletes);
  });

  it('is made twice at a time, and there is room again when one is given up', async () => {
    const asked = [1, 2].map(() => new AbortController());
    const copies = asked.map(({ signal }) => backups.copy(2_000, signal));
    for (const one of copies) await one.next();
    // What is so small is sent whole before anybody asks for more; the node has given it back.
    for (const one of asked) one.abort();
    expect((await copy()).length).toBeGreaterThan(2);
  });

  it('tells of a damaged record, and leaves it out', async () => {
    const { partition, bucketNumber, key } = recordsOf(await copy(), 'objects')[0] as {
      partition: number;
      bucketNumber: number;
      key: Uint8Array;
    };
    const stored = Buffer.alloc(9 + key.length);
    stored[0] = 2;
    stored.writeUInt16BE(partition, 1);
    stored.writeUIntBE(bucketNumber, 3, 6);
    stored.set(key, 9);
    const whole = node.store.get(stored) as Uint8Array;
    const damaged = Uint8Array.from(whole);
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] as number) ^ 1;
    await node.store.write([{ type: 'put', key: stored, value: damaged }]);
    const blocks = await copy();
    await node.store.write([{ type: 'put', key: stored, value: whole }]);
    const keyBase64 = bufferOf(key).toString('base64');
    expect(blocks).toContainEqual({
      kind: 'damaged',
      damaged: { part: 'objects', partition, bucket: 'carts', keyBase64 },
    });
    expect(blocks.at(-1)).toMatchObject({ end: { damaged: 1, records: { objects: 1 } } });
  });
});

describe('POST /cluster/restore', () => {
  const requestId = requestIdOfText(mintIdempotencyKey()) as Uint8Array;

  function objectWith(value: Uint8Array, lineage: number): Uint8Array {
    const dot = { lineage, actorEpoch: 1, counter: 1 };
    const sibling = { dot, value, contentType: '', meta: [], hlc: 0 };
    return encodeObject({ clock: [dot], siblings: [sibling] });
  }

  async function numberOf(bucket: string): Promise<number> {
    return (await backups.bucketNumbers()).get(bucket) as number;
  }

  async function offer(bucket: string, mode: RestoreMode, content: Uint8Array, asOf?: number) {
    const keys = [{ key: utf8('a'), content }];
    const bucketNumber = await numberOf(bucket);
    return backups.restore({ bucketNumber, mode, asOf, requestId, keys }, 20_000);
  }

  it('brings back what a copy has, once, and never what was deleted since', async () => {
    const blocks = await copy();
    const contentOf = (part: string) =>
      recordsOf(blocks, part).find(({ key }) => bufferOf(key).toString() === 'a')
        ?.content as Uint8Array;
    const found = {
      carts: { mode: 'dynamo', content: objectOfCopies([contentOf('objects')]) },
      locks: { mode: 'paxos', content: registerOfCopies([contentOf('registers')]) },
      conf: { mode: 'raft', content: contentOf('values') },
    } as const;
    for (const [bucket, { mode, content }] of Object.entries(found)) {
      const before = await client.get(bucket, 'a');
      await client.deleteBucket(bucket);
      await client.putBucket(bucket, { mode });
      const { appliedIndex: asOf } = await client.groupStatus();
      const first = await offer(bucket, mode, content as Uint8Array);
      expect(first).toEqual([{ outcome: 'restored' }]);
      const restored = await client.get(bucket, 'a');
      const plain = ({ values }: typeof before) => values.map(({ value }) => value.toString());
      expect(plain(restored)).toEqual(plain(before));
      const options = restored.context === undefined ? {} : { context: restored.context };
      await client.delete(bucket, 'a', options);
      const [again] = await offer(bucket, mode, content as Uint8Array, asOf);
      expect(['present', 'restored']).toContain(again?.outcome);
      expect((await client.get(bucket, 'a')).values).toEqual([]);
    }
  });

  it.each([
    ['carts', 'dynamo', 200, { results: [{ outcome: 'refused', code: 'bad_request' }] }],
    ['locks', 'paxos', 200, { results: [{ outcome: 'refused', code: 'bad_request' }] }],
    ['locks', 'raft', 400, { code: 'bucket_mode' }],
  ] as const)('says why what is no content is not taken: %s as %s', async (...row) => {
    const [bucket, mode, status, document] = row;
    const keys = [{ key: utf8('z'), content: utf8('?') }];
    const bucketNumber = await numberOf(bucket);
    const body = encodeRestoreBatch({ bucketNumber, mode, asOf: undefined, requestId, keys });
    const answer = await send(node, 'POST', '/cluster/restore', { body });
    expect([answer.status, jsonOf(answer)]).toMatchObject([status, document]);
  });

  it('writes nothing into a bucket that was made anew since', async () => {
    const keys = [{ key: utf8('a'), content: objectWith(utf8('old'), 1) }];
    await client.putBucket('again');
    const bucketNumber = await numberOf('again');
    await client.deleteBucket('again');
    await client.putBucket('again');
    const batch = { bucketNumber, mode: 'dynamo', asOf: undefined, requestId, keys } as const;
    await expect(backups.restore(batch, 2_000)).rejects.toMatchObject({ code: 'no_such_bucket' });
    expect((await client.get('again', 'a')).values).toEqual([]);
  });

  it('brings back an object that is far above the size of a batch', async () => {
    // As three copies that were apart may have it together.
    const value = Buffer.alloc(22 * OFFER_BATCH_BYTES, 7);
    const copies = [1, 2, 3].map((lineage) => objectWith(value, lineage));
    const object = objectOfCopies(copies) as Uint8Array;
    expect(object.length).toBeGreaterThan(3 * value.length);
    await client.putBucket('large');
    expect(await offer('large', 'dynamo', object)).toEqual([{ outcome: 'restored' }]);
    const [stored] = recordsOf(await copy(), 'objects').filter(
      ({ content }) => content.length >= object.length,
    );
    expect(bufferOf(stored?.content as Uint8Array).equals(object)).toBe(true);
    await client.deleteBucket('large');
  });

  it('refuses what is no batch', async () => {
    const answer = await send(node, 'POST', '/cluster/restore', { body: '{}' });
    expect([answer.status, jsonOf(answer)]).toMatchObject([400, { code: 'bad_request' }]);
    expect((await send(node, 'DELETE', '/cluster/restore', {})).status).toBe(405);
    const unknown = await send(node, 'POST', '/cluster/backup?force=true', { body: '' });
    expect([unknown.status, jsonOf(unknown)]).toMatchObject([400, { parameter: 'force' }]);
  });
});
