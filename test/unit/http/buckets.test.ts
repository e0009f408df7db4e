import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode();
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

const put = (name: string, settings?: unknown) =>
  send(node, 'PUT', `/buckets/${name}`, settings === undefined ? {} : { body: text(settings) });
const text = (settings: unknown) =>
  typeof settings === 'string' ? settings : JSON.stringify(settings);

describe('a bucket', () => {
  it('is made with the defaults, and again is the same', async () => {
    const made = await put('plain');
    expect(made.status).toBe(201);
    expect(made.headers.location).toBe('/buckets/plain');
    const levels = { n: 3, r: 'quorum', w: 'quorum' };
    const plain = { name: 'plain', mode: 'dynamo', ...levels, conflict: 'siblings', ttl: 'none' };
    expect(jsonOf(made)).toEqual(plain);
    const again = await put('plain', {});
    expect(again.status).toBe(200);
    expect(jsonOf(await send(node, 'GET', '/buckets/plain'))).toEqual(plain);
  });

  it('is made with what the body says, and its levels change', async () => {
    expect((await put('tuned', { n: 2, r: 1, w: 'all', mode: 'dynamo' })).status).toBe(201);
    const changed = await put('tuned', { r: 2 });
    expect(changed.status).toBe(200);
    expect(jsonOf(changed)).toMatchObject({ n: 2, r: 2, w: 'all' });
  });

  it('is made with a conflict policy and a ttl, which change and are listed', async () => {
    const made = await put('cache', { conflict: 'lww', ttl: '90s' });
    expect(jsonOf(made)).toMatchObject({ conflict: 'lww', ttl: '90s' });
    expect(jsonOf(await put('cache', { ttl: 120 }))).toMatchObject({ conflict: 'lww', ttl: '2m' });
    expect(jsonOf(await put('cache', { conflict: 'siblings', ttl: 'none' }))).toMatchObject({
      conflict: 'siblings',
      ttl: 'none',
    });
    const { buckets } = jsonOf(await send(node, 'GET', '/buckets'));
    expect(buckets).toContainEqual(
      expect.objectContaining({ name: 'cache', conflict: 'siblings', ttl: 'none' }),
    );
  });

  it('of mode raft has no levels', async () => {
    expect(jsonOf(await put('locks', { mode: 'raft' }))).toEqual({ name: 'locks', mode: 'raft' });
  });

  it('of mode paxos has replicas and a ttl', async () => {
    const made = { name: 'registers', mode: 'paxos', n: 3, ttl: 'none' };
    expect(jsonOf(await put('registers', { mode: 'paxos' }))).toEqual(made);
    expect(jsonOf(await put('registers', { ttl: '1h' }))).toEqual({ ...made, ttl: '1h' });
    expect(jsonOf(await put('registers', { w: 2 }))).toMatchObject({ parameter: 'w' });
  });

  it('is made by the first write into it, and not by a read', async () => {
    expect(jsonOf(await send(node, 'GET', '/kv/written/k'))).toMatchObject({
      status: 404,
      code: 'no_such_bucket',
    });
    expect((await send(node, 'GET', '/buckets/written')).status).toBe(404);
    expect((await send(node, 'PUT', '/kv/written/k', { body: 'v' })).status).toBe(204);
    expect(jsonOf(await send(node, 'GET', '/buckets/written'))).toMatchObject({ mode: 'dynamo' });
  });

  it.each(['dynamo', 'paxos', 'raft'])(
    'of mode %s is empty when it was deleted and made again',
    async (mode) => {
      const name = `again-${mode}`;
      await put(name, { mode });
      await send(node, 'PUT', `/kv/${name}/k`, { body: 'old' });
      expect((await send(node, 'DELETE', `/buckets/${name}`)).status).toBe(204);
      expect(jsonOf(await send(node, 'GET', `/kv/${name}/k`))).toMatchObject({
        code: 'no_such_bucket',
      });
      expect((await put(name, { mode })).status).toBe(201);
      expect((await send(node, 'GET', `/kv/${name}/k`)).status).toBe(404);
    },
  );

  it('is listed with the others, by name', async () => {
    await put('zz');
    await put('aa');
    const names = jsonOf(await send(node, 'GET', '/buckets')).buckets.map(
      ({ name }: { name: string }) => name,
    );
    expect(names).toEqual(names.toSorted());
    expect(names).toContain('aa');
    expect((await send(node, 'HEAD', '/buckets')).status).toBe(200);
  });
});

describe('what is wrong is named', () => {
  it.each([
    [{ conflict: 'merge' }, 'conflict', '"siblings" or "lww"'],
    [{ conflict: null }, 'conflict', '"siblings" or "lww"'],
    [{ ttl: '5 minutes' }, 'ttl', '30s, 5m, 12h or 7d'],
    [{ ttl: 0 }, 'ttl', 'from 1s'],
    [{ ttl: '999ms' }, 'ttl', 'from 1s'],
    [{ ttl: '3651d' }, 'ttl', 'to 3650d'],
    [{ ttl: null }, 'ttl', 'or none'],
    [{ colour: 'red' }, 'colour', 'use mode, n, r, w, conflict, ttl'],
    [{ __proto__x: 1 }, '__proto__x', 'use mode, n, r, w'],
    [{ n: '3' }, 'n', 'whole number from 1'],
    [{ n: 1.5 }, 'n', 'whole number from 1'],
    [{ n: 0 }, 'n', 'whole number from 1'],
    [{ n: null }, 'n', 'whole number from 1'],
    [{ n: 4 }, 'n', 'replication factor 3'],
    [{ r: 'most' }, 'r', '"one", "quorum" or "all"'],
    [{ r: 4 }, 'r', 'n=3'],
    [{ w: true }, 'w', 'whole number from 1'],
    [{ w: ['all'] }, 'w', 'whole number from 1'],
    [{ mode: 'chain' }, 'mode', '"dynamo", "paxos" or "raft"'],
    [{ mode: 'paxos', r: 'one' }, 'r', 'always asks a majority'],
    [{ mode: 'paxos', w: 2 }, 'w', 'always asks a majority'],
    [{ mode: 'paxos', conflict: 'lww' }, 'conflict', 'no concurrent values'],
    [{ mode: 'paxos', n: 4 }, 'n', 'replication factor 3'],
    [{ mode: 'raft', n: 3 }, 'n', 'means nothing in a raft bucket'],
    [{ mode: 'raft', r: 'one' }, 'r', 'means nothing in a raft bucket'],
    [{ mode: 'raft', conflict: 'lww' }, 'conflict', 'no concurrent values'],
    [{ mode: 'raft', ttl: '1m' }, 'ttl', 'goes with its lease'],
  ])('settings %j', async (settings, parameter, hint) => {
    const answer = await put('never-made', settings);
    expect(jsonOf(answer)).toMatchObject({ status: 400, code: 'bad_bucket_settings', parameter });
    expect(jsonOf(answer).detail).toContain(hint);
    expect((await send(node, 'GET', '/buckets/never-made')).status).toBe(404);
  });

  it.each(['{', '[]', '"raft"', 'null', '7'])('the body %s', async (body) => {
    const answer = jsonOf(await put('never-made', body));
    expect(answer).toMatchObject({ status: 400, code: 'bad_request' });
    expect(answer.detail).toContain('JSON object');
  });

  it('bodies beyond all measure', async () => {
    expect((await put('never-made', ' '.repeat(20_000))).status).toBe(413);
  });

  it('mode and n, which a bucket has for good', async () => {
    await put('fixed', { n: 2 });
    for (const settings of [{ n: 3 }, { mode: 'paxos' }, { mode: 'raft' }]) {
      expect(jsonOf(await put('fixed', settings))).toMatchObject({
        status: 409,
        code: 'bucket_immutable',
      });
    }
  });

  it.each(['-x', 'a%20b', 'a/b', '', '%zz', 'x'.repeat(65)])('the name %j', async (name) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await send(node, method, `/buckets/${name}`);
      expect(jsonOf(answer)).toMatchObject({ status: 400, code: 'bad_bucket' });
    }
  });

  it('buckets that are not there', async () => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await send(node, method, '/buckets/nowhere');
      expect(jsonOf(answer)).toMatchObject({ status: 404, code: 'no_such_bucket' });
    }
  });

  it('parameters and methods', async () => {
    const answer = await send(node, 'PUT', '/buckets/b?n=3', {});
    expect(jsonOf(answer)).toMatchObject({ code: 'bad_parameter', parameter: 'n' });
    expect((await send(node, 'GET', '/buckets?timeout=0')).status).toBe(400);
    const post = await send(node, 'POST', '/buckets');
    expect(post.status).toBe(405);
    expect(post.headers.allow).toBe('GET, HEAD');
  });
});

describe('the operator’s view', () => {
  it('of members, ring and metadata group', async () => {
    expect(jsonOf(await send(node, 'GET', '/cluster/members'))).toMatchObject({
      members: [{ id: 'n1', nodeNo: 1, partitions: 8 }],
    });
    const ring = jsonOf(await send(node, 'GET', '/cluster/ring'));
    expect(ring.partitions).toHaveLength(8);
    expect(ring.partitions[7]).toEqual({ partition: 7, epoch: ring.epoch, replicas: ['n1'] });
    expect(jsonOf(await send(node, 'GET', '/cluster/raft'))).toMatchObject({
      node: 'n1',
      role: 'leader',
      leader: 'n1',
      voters: ['n1'],
      members: [{ id: 'n1', role: 'voter', lag: 0 }],
    });
  });

  it('and the lead is handed to nobody who cannot take it', async () => {
    const transfer = (body: string) => send(node, 'POST', '/cluster/raft/transfer', { body });
    for (const body of ['', '{}', '{"to": 7}', '{"to": "n1", "now": true}', '{"to": "n9"}', '[]']) {
      expect((await transfer(body)).status).toBe(400);
    }
    expect((await send(node, 'GET', '/cluster/raft/transfer')).status).toBe(405);
  });
});
