import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../cluster/wait-for.ts';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode();
  await send(node, 'PUT', '/buckets/locks', { body: '{"mode": "raft"}' });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

const grant = async (ttlMs: number) => jsonOf(await send(node, 'POST', `/leases?ttl=${ttlMs}`));

describe('a lease', () => {
  it('is granted, seen, renewed and revoked, and its keys go with it', async () => {
    const granted = await send(node, 'POST', '/leases?ttl=60000');
    expect(granted.status).toBe(201);
    const { id } = jsonOf(granted);
    const path = `/leases/${id}`;
    expect(granted.headers.location).toBe(path);
    expect(jsonOf(granted)).toEqual({ id, ttlMs: 60_000, keys: 0 });
    expect((await send(node, 'PUT', `/kv/locks/a?lease=${id}`, { body: 'v' })).status).toBe(204);
    const get = await send(node, 'GET', '/kv/locks/a');
    expect(get.headers['x-quorate-lease']).toBe(String(id));
    expect(jsonOf(await send(node, 'GET', path))).toEqual({ id, ttlMs: 60_000, keys: 1 });
    const renewed = await send(node, 'PUT', path);
    expect(renewed.status).toBe(200);
    expect(jsonOf(renewed)).toEqual({ id, ttlMs: 60_000, keys: 1 });
    expect((await send(node, 'DELETE', path)).status).toBe(204);
    expect((await send(node, 'GET', '/kv/locks/a')).status).toBe(404);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const gone = await send(node, method, path);
      expect(jsonOf(gone)).toMatchObject({ status: 404, code: 'no_such_lease' });
    }
  });

  it('ends by itself when nobody renews it', async () => {
    const { id } = await grant(1_000);
    await send(node, 'PUT', `/kv/locks/brief?lease=${id}`, { body: 'v' });
    await waitFor('the lease to end', 20_000, async () => {
      return (await send(node, 'GET', '/kv/locks/brief')).status === 404;
    });
    expect((await send(node, 'GET', `/leases/${id}`)).status).toBe(404);
  });

  it('lets go of a key that is written without it', async () => {
    const { id } = await grant(60_000);
    await send(node, 'PUT', `/kv/locks/kept?lease=${id}`, { body: 'v' });
    await send(node, 'PUT', '/kv/locks/kept', { body: 'w' });
    await send(node, 'DELETE', `/leases/${id}`);
    expect((await send(node, 'GET', '/kv/locks/kept')).body.toString()).toBe('w');
  });

  it('that has ended can have no keys', async () => {
    const answer = await send(node, 'PUT', '/kv/locks/b?lease=999999', { body: 'v' });
    expect(jsonOf(answer)).toMatchObject({ status: 404, code: 'no_such_lease' });
    expect((await send(node, 'GET', '/kv/locks/b')).status).toBe(404);
  });
});

describe('what is wrong is named', () => {
  it.each([
    ['/leases', 'ttl', 'is missing'],
    ['/leases?ttl=999', 'ttl', '1000 to 86400000'],
    ['/leases?ttl=86400001', 'ttl', '1000 to 86400000'],
    ['/leases?ttl=1e4', 'ttl', 'whole number of milliseconds'],
    ['/leases?ttl=', 'ttl', 'whole number'],
    ['/leases?ttl=%zz', 'ttl', 'percent escape'],
    ['/leases?ttl=5000&id=4', 'id', 'use ttl, timeout'],
  ])('POST %s', async (target, parameter, hint) => {
    const answer = jsonOf(await send(node, 'POST', target));
    expect(answer).toMatchObject({ status: 400, code: 'bad_parameter', parameter });
    expect(answer.detail).toContain(hint);
  });

  it.each(['', 'x', '-1', '1.5', '0x10', '1e3', '9'.repeat(16), '%00', '1/2'])(
    'the id %j',
    async (id) => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const answer = await send(node, method, `/leases/${id}`);
        expect(jsonOf(answer)).toMatchObject({ status: 400, code: 'bad_request' });
      }
    },
  );

  it.each(['x', '-1', '1.5', ''])('a put with lease=%s', async (lease) => {
    const answer = await send(node, 'PUT', `/kv/locks/c?lease=${lease}`, { body: 'v' });
    expect(jsonOf(answer)).toMatchObject({ status: 400, parameter: 'lease' });
  });

  it('methods', async () => {
    expect((await send(node, 'GET', '/leases')).headers.allow).toBe('POST');
    expect((await send(node, 'POST', '/leases/1')).status).toBe(405);
  });
});
