import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../cluster/wait-for.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { addressAt, registersRest } from '../../../src/replica/store-keys.ts';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';
import { idempotencyKey } from './idempotency-keys.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode();
  await send(node, 'PUT', '/kv/carts/alice', { body: 'milk' });
  await send(node, 'PUT', '/buckets/precious', { body: '{"mode": "raft"}' });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

const post = (body: string) => send(node, 'POST', '/cluster/repair', { body });
const status = async () => jsonOf(await send(node, 'GET', '/cluster/repair'));

/** Flips a bit of what the node keeps of the key. */
async function damageRegister(key: string): Promise<void> {
  for (let partition = 0; partition < 8; partition++) {
    for (const { key: storedKey, value } of node.store.range(registersRest(partition, 0))) {
      if (!Buffer.from(addressAt(storedKey).key).equals(utf8(key))) continue;
      const damaged = Buffer.from(value);
      damaged[0] = (damaged[0] as number) ^ 1;
      await node.store.write([{ type: 'put', key: storedKey, value: damaged }]);
    }
  }
}

async function ended(): Promise<unknown> {
  await waitFor('the run to end', 10_000, async () => (await status()).run.state === 'done');
  return (await status()).run;
}

describe('POST /cluster/repair', () => {
  it('begins a comparison, and GET tells how far it is', async () => {
    const before = await status();
    expect(before).toMatchObject({ node: 'n1', run: null, damagedRecords: 0 });
    expect(before.partitions).toHaveLength(8);
    const begun = await post('');
    expect(begun.status).toBe(202);
    expect(jsonOf(begun)).toMatchObject({ node: 'n1', run: 1, kind: 'exchange', bucket: null });
    expect(await ended()).toMatchObject({ run: 1, done: 0, total: 0, peersFailed: [] });
    expect(jsonOf(await post('{"bucket": "carts"}'))).toMatchObject({ run: 2, bucket: 'carts' });
    await ended();
  });

  it('begins a scrub that reads every record', async () => {
    expect(jsonOf(await post('{"scrub": true}'))).toMatchObject({ kind: 'scrub', total: 8 });
    expect(await ended()).toMatchObject({ done: 8, keys: 1 });
  });

  it('says that there is no loss to accept of what is whole', async () => {
    const accept = (body: string) => send(node, 'POST', '/cluster/repair/accept-loss', { body });
    const answer = await accept('{"bucket": "carts", "key": "alice"}');
    expect(jsonOf(answer)).toEqual({ node: 'n1', record: 'whole' });
    const refusals = [
      ['{"bucket": "carts"}', 'bad_parameter'],
      ['{"key": "alice"}', 'bad_parameter'],
      ['{"bucket": "carts", "key": "%z"}', 'bad_key'],
      ['{"bucket": "carts", "key": "alice", "fast": true}', 'bad_parameter'],
      ['{"bucket": "nowhere", "key": "alice"}', 'no_such_bucket'],
      ['{"bucket": "precious", "key": "alice"}', 'bucket_mode'],
    ] as const;
    for (const [body, code] of refusals) expect(jsonOf(await accept(body))).toMatchObject({ code });
  });

  it.each([1, 3])('gives up a damaged register of a bucket with n=%i', async (n) => {
    const bucket = `register-${n}`;
    await send(node, 'PUT', `/buckets/${bucket}`, { body: `{"mode": "paxos", "n": ${n}}` });
    const path = `/kv/${bucket}/counter?op=increment`;
    const headers = { 'idempotency-key': idempotencyKey() };
    const increment = () => send(node, 'POST', path, { headers });
    expect((await increment()).status).toBe(200);
    await damageRegister('counter');
    const damaged = await send(node, 'GET', `/kv/${bucket}/counter?timeout=500`);
    expect(damaged.status).toBe(503);
    expect((await status()).damagedRecords).toBe(1);
    const body = JSON.stringify({ bucket, key: 'counter' });
    const accept = () => send(node, 'POST', '/cluster/repair/accept-loss', { body });
    expect(jsonOf(await accept())).toEqual({ node: 'n1', record: 'gone' });
    expect(jsonOf(await accept())).toEqual({ node: 'n1', record: 'whole' });
    expect((await status()).damagedRecords).toBe(0);
    expect((await send(node, 'GET', `/kv/${bucket}/counter`)).status).toBe(404);
    expect(jsonOf(await increment())).toMatchObject({ code: 'outcome_unknown', forgotten: true });
    expect((await send(node, 'POST', path)).body.toString()).toBe('1');
    expect((await send(node, 'DELETE', `/kv/${bucket}/counter`)).status).toBe(204);
  });

  it.each([
    ['{"bucket": "nowhere"}', 404, 'no_such_bucket'],
    ['{"bucket": "precious"}', 400, 'bucket_mode'],
    ['{"bucket": 7}', 400, 'bad_parameter'],
    ['{"scrub": "yes"}', 400, 'bad_parameter'],
    ['{"scrub": true, "bucket": "carts"}', 400, 'bad_parameter'],
    ['{"fast": true}', 400, 'bad_parameter'],
    ['[]', 400, 'bad_request'],
  ])('refuses %s', async (body, code, problem) => {
    const answer = await post(body);
    expect(answer.status).toBe(code);
    expect(jsonOf(answer)).toMatchObject({ code: problem });
  });
});
