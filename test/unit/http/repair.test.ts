import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../cluster/wait-for.ts';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

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
