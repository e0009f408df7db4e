import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routeNameOf } from '../../../src/http/request-names.ts';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode({});
  await send(node, 'PUT', '/buckets/tills', { body: '{"mode":"paxos"}' });
  await send(node, 'PUT', '/buckets/locks', { body: '{"mode":"raft"}' });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

async function inspected(target: string) {
  const answer = await send(node, 'GET', `/cluster/keys/${target}`);
  expect(answer.status).toBe(200);
  return jsonOf(answer);
}

async function codeOf(target: string): Promise<readonly [number, string]> {
  const answer = await send(node, 'GET', `/cluster/keys/${target}`);
  return [answer.status, jsonOf(answer).code];
}

const ACTOR = /^[0-9a-f]+\.1$/;

describe('GET /cluster/keys/{bucket}/{key}', () => {
  it('tells where the key lives, and of its siblings', async () => {
    await send(node, 'PUT', '/kv/carts/a', {
      body: 'milk',
      headers: { 'content-type': 'text/plain', 'x-quorate-meta-by': 'Zoe' },
    });
    await send(node, 'PUT', '/kv/carts/a?ttl=60000', { body: Buffer.of(255, 0) });
    const found = await inspected('carts/a');
    expect(found).toMatchObject({
      node: 'n1',
      bucket: { name: 'carts', mode: 'dynamo', n: 3, conflict: 'siblings' },
      key: 'a',
      hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      replicas: ['n1'],
      fallbacks: [],
      move: null,
    });
    const [actor] = Object.keys(found.actors);
    expect(actor).toMatch(ACTOR);
    expect(found.actors).toEqual({ [actor as string]: 'n1' });
    const clock = { [actor as string]: 2 };
    const dots = [`${actor}:1`, `${actor}:2`];
    expect(found.known).toEqual({ digest: expect.any(String), clock, siblings: dots });
    const [replica] = found.nodes;
    expect(replica).toMatchObject({
      node: 'n1',
      role: 'replica',
      outcome: 'ok',
      reachable: true,
      counted: true,
      behind: false,
      epoch: found.epoch,
      hints: [],
      compared: { behind: false, lacks: {}, alone: {}, replaced: [] },
    });
    expect(replica.version).toEqual({
      digest: found.known.digest,
      clock,
      tombstone: false,
      siblings: [
        {
          dot: dots[0],
          wallTime: expect.any(String),
          contentType: 'text/plain',
          meta: { by: 'Zoe' },
          bytes: 4,
          value: 'milk',
        },
        {
          dot: dots[1],
          wallTime: expect.any(String),
          contentType: 'application/octet-stream',
          expiresAt: expect.any(String),
          bytes: 2,
          valueBase64: '/wA=',
        },
      ],
    });
  });

  it('leaves out values that are long, and all with values=false', async () => {
    await send(node, 'PUT', '/kv/carts/long', { body: 'x'.repeat(5_000) });
    const siblingOf = async (query: string) =>
      (await inspected(`carts/long${query}`)).nodes[0].version.siblings[0];
    const long = await siblingOf('');
    expect(long).toMatchObject({ bytes: 5_000, omitted: true });
    expect(Buffer.from(long.headBase64, 'base64').toString()).toBe('x'.repeat(64));
    expect(long).not.toHaveProperty('value');
    const left = await siblingOf('?values=false');
    expect(left).toMatchObject({ bytes: 5_000, omitted: true });
    expect(left).not.toHaveProperty('headBase64');
    expect(await codeOf('carts/long?values=1')).toEqual([400, 'bad_parameter']);
  });

  it('takes any bytes as a key', async () => {
    await send(node, 'PUT', '/kv/carts/%00%FF/x', { body: 'v' });
    const found = await inspected('carts/%00%FF/x');
    expect(found).toMatchObject({ keyBase64: 'AP8veA==', nodes: [{ outcome: 'ok' }] });
    expect(await inspected('carts/%3Cimg%20onerror=x%3E')).toMatchObject({
      key: '<img onerror=x>',
      known: null,
      nodes: [{ outcome: 'absent', version: null, behind: false }],
    });
  });

  it('tells that a key was deleted', async () => {
    await send(node, 'PUT', '/kv/carts/gone', { body: 'v' });
    await send(node, 'DELETE', '/kv/carts/gone');
    const [replica] = (await inspected('carts/gone')).nodes;
    expect(replica).toMatchObject({ outcome: 'ok', version: { tombstone: true, siblings: [] } });
  });

  it('tells of ballots in a paxos bucket', async () => {
    await send(node, 'PUT', '/kv/tills/a', { body: '5' });
    const found = await inspected('tills/a');
    expect(found.bucket).toEqual({ name: 'tills', mode: 'paxos', n: 3 });
    const [{ register }] = found.nodes;
    expect(register).toMatchObject({ copied: false, content: { bytes: 1, value: '5' } });
    expect(register.accepted).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(register).toMatchObject({ promised: expect.any(String), version: register.accepted });
    expect(found.chosen).toBe(register.accepted);
    expect(await inspected('tills/none')).toMatchObject({
      chosen: null,
      nodes: [{ outcome: 'absent', register: null }],
    });
  });

  it('tells of revisions in a raft bucket, which has no replicas', async () => {
    await send(node, 'PUT', '/kv/locks/a', { body: 'held' });
    const found = await inspected('locks/a');
    expect(found).toMatchObject({
      bucket: { name: 'locks', mode: 'raft' },
      partition: null,
      epoch: null,
      replicas: [],
      nodes: [{ node: 'n1', role: 'voter', outcome: 'ok', behind: false }],
    });
    const [{ value, appliedIndex }] = found.nodes;
    expect(value).toMatchObject({ lease: null, value: 'held', bytes: 4 });
    expect(value.revision).toBeLessThanOrEqual(appliedIndex);
  });

  it('makes no bucket, and refuses what names no key', async () => {
    expect(await codeOf('none/a')).toEqual([404, 'no_such_bucket']);
    expect((await send(node, 'GET', '/buckets/none')).status).toBe(404);
    expect(await codeOf('carts')).toEqual([404, 'no_such_route']);
    expect(await codeOf('carts/')).toEqual([400, 'bad_key']);
    expect(await codeOf('carts/%zz')).toEqual([400, 'bad_key']);
    expect(await codeOf('%00/a')).toEqual([400, 'bad_bucket']);
  });
});

it('is named in logs without its key', () => {
  expect(routeNameOf('/cluster/keys/carts/a%20b/c?values=false')).toEqual({
    route: '/cluster/keys/{bucket}/{key}',
    bucket: 'carts',
    encodedKey: 'a%20b/c',
  });
  expect(routeNameOf('/kv/carts/a/b')).toMatchObject({ bucket: 'carts', encodedKey: 'a/b' });
  expect(routeNameOf('/kv/carts')).toEqual({ route: '/kv/{bucket}', bucket: 'carts' });
});
