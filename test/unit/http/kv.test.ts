import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpNode, jsonOf, type RawAnswer, send, startHttpNode } from './http-node.ts';

let node: HttpNode;
let keys = 0;

beforeAll(async () => {
  node = await startHttpNode({ valueBytesMax: 100_000 });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

const freshPath = () => `/kv/test/key-${keys++}`;
const contextOf = (answer: RawAnswer) => String(answer.headers['x-quorate-context']);

async function putTwice(path: string): Promise<RawAnswer> {
  await send(node, 'PUT', path, { body: 'one', headers: { 'content-type': 'text/plain' } });
  await send(node, 'PUT', path, { body: Buffer.from([0xff, 0x00]) });
  return send(node, 'GET', path);
}

describe('one value', () => {
  it('comes back with its bytes, content type, annotations, version and context', async () => {
    const path = freshPath();
    const body = randomBytes(5_000);
    const put = await send(node, 'PUT', path, {
      body,
      headers: { 'content-type': 'image/png', 'x-quorate-meta-colour': 'blue' },
    });
    expect(put.status).toBe(204);
    expect(contextOf(put)).toMatch(/^[\w-]+$/);
    expect(put.headers['x-quorate-quorum']).toBe('needed=1; reached=n1; coordinator=n1');
    const get = await send(node, 'GET', path);
    expect(get.status).toBe(200);
    expect(get.body.equals(body)).toBe(true);
    expect(get.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': '5000',
      'x-quorate-meta-colour': 'blue',
    });
    expect(get.headers.etag).toMatch(/^"[0-9a-f]{16}"$/);
  });

  it('is stored, read and deleted with sloppy quorums and without', async () => {
    for (const sloppy of [true, false]) {
      const target = `${freshPath()}?sloppy=${sloppy}`;
      expect((await send(node, 'PUT', target, { body: 'v' })).status).toBe(204);
      expect((await send(node, 'GET', target)).status).toBe(200);
      expect((await send(node, 'DELETE', target)).status).toBe(204);
    }
  });

  it('may be empty, and has a content type even where none was given', async () => {
    const path = freshPath();
    await send(node, 'PUT', path, { body: '' });
    const get = await send(node, 'GET', path);
    expect(get).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(get.headers['content-type']).toBe('application/octet-stream');
  });

  it('is described by HEAD without its bytes', async () => {
    const path = freshPath();
    await send(node, 'PUT', path, { body: 'four' });
    const head = await send(node, 'HEAD', path);
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(head.headers['content-length']).toBe('4');
    expect(contextOf(head)).not.toBe('undefined');
  });

  it('is 304 for who has it already', async () => {
    const path = freshPath();
    await send(node, 'PUT', path, { body: 'v' });
    const etag = String((await send(node, 'GET', path)).headers.etag);
    for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await send(node, 'GET', path, { headers: { 'if-none-match': condition } });
      expect(again).toMatchObject({ status: 304, body: Buffer.alloc(0) });
      expect(again.headers.etag).toBe(etag);
    }
    const other = await send(node, 'GET', path, { headers: { 'if-none-match': '"other"' } });
    expect(other.status).toBe(200);
  });

  it('comes back at once with return=body', async () => {
    const path = freshPath();
    const put = await send(node, 'PUT', `${path}?return=body`, { body: 'v' });
    expect(put).toMatchObject({ status: 200, body: Buffer.from('v') });
  });

  it('can be stored under a key that the server chooses', async () => {
    const post = await send(node, 'POST', '/kv/test', { body: 'v' });
    expect(post.status).toBe(201);
    const get = await send(node, 'GET', String(post.headers.location));
    expect(get.body.toString()).toBe('v');
    const withBody = await send(node, 'POST', '/kv/test?return=body', { body: 'w' });
    expect(withBody).toMatchObject({ status: 201, body: Buffer.from('w') });
    expect(withBody.headers.location).toMatch(/^\/kv\/test\/[0-9a-f-]{36}$/);
  });
});

describe('siblings', () => {
  it('are 300 with all values as JSON, text as text and bytes as base64', async () => {
    const get = await putTwice(freshPath());
    expect(get.status).toBe(300);
    expect(get.headers['content-type']).toBe('application/json');
    const { siblings } = jsonOf(get);
    expect(siblings).toHaveLength(2);
    expect(siblings).toContainEqual(
      expect.objectContaining({ value: 'one', contentType: 'text/plain' }),
    );
    expect(siblings).toContainEqual(expect.objectContaining({ valueBase64: '/wA=' }));
  });

  it('come as multipart/mixed to who asks for it', async () => {
    const path = freshPath();
    await putTwice(path);
    const get = await send(node, 'GET', path, { headers: { accept: 'multipart/mixed' } });
    expect(get.status).toBe(300);
    const boundary = /boundary=(.+)$/.exec(String(get.headers['content-type']))?.[1] ?? '';
    const parts = get.body.toString('latin1').split(`--${boundary}`);
    expect(parts).toHaveLength(4);
    expect(parts[3]).toBe('--\r\n');
    expect(parts.some((part) => part.endsWith('\r\n\r\none\r\n'))).toBe(true);
    expect(parts.some((part) => part.endsWith('\r\n\r\n\xff\x00\r\n'))).toBe(true);
  });

  it('become one value by a put with the context of the answer', async () => {
    const path = freshPath();
    const context = contextOf(await putTwice(path));
    await send(node, 'PUT', path, { body: 'both', headers: { 'x-quorate-context': context } });
    expect(await send(node, 'GET', path)).toMatchObject({ status: 200, body: Buffer.from('both') });
  });

  it('become one value by a put with the contexts of all their puts', async () => {
    const path = freshPath();
    const a = await send(node, 'PUT', path, { body: 'a' });
    const b = await send(node, 'PUT', path, { body: 'b' });
    const context = `${contextOf(a)}, ${contextOf(b)}`;
    await send(node, 'PUT', path, { body: 'both', headers: { 'x-quorate-context': context } });
    expect((await send(node, 'GET', path)).body.toString()).toBe('both');
  });
});

describe('nothing', () => {
  it('is 404 without a context where nothing was ever known', async () => {
    const get = await send(node, 'GET', freshPath());
    expect(get.status).toBe(404);
    expect(get.headers['content-type']).toBe('application/problem+json');
    expect(get.headers['x-quorate-context']).toBeUndefined();
    expect(jsonOf(get)).toMatchObject({ code: 'not_found', status: 404, definite: true });
  });

  it('is 404 with a context after a delete', async () => {
    const path = freshPath();
    await send(node, 'PUT', path, { body: 'v' });
    const deleted = await send(node, 'DELETE', path);
    expect(deleted.status).toBe(204);
    const get = await send(node, 'GET', path);
    expect(get.status).toBe(404);
    const headers = { 'x-quorate-context': contextOf(get) };
    await send(node, 'PUT', path, { body: 'new', headers });
    expect((await send(node, 'GET', path)).body.toString()).toBe('new');
  });

  it('can be deleted only as far as anything is known', async () => {
    expect((await send(node, 'DELETE', freshPath())).status).toBe(404);
  });
});

describe('keys are bytes', () => {
  it.each([
    ['a slash as it stands', '/kv/test/a/b/c', '/kv/test/a%2Fb%2fc'],
    ['dots and doubled slashes', '/kv/test/../a//b/.', '/kv/test/%2E%2E/a%2F/b/%2e'],
    ['bytes that are not text', '/kv/test/%ff%FE%00', '/kv/test/%FF%fe%00'],
    ['text beyond ASCII', '/kv/test/%C3%A4', '/kv/test/%c3%a4'],
    ['a percent sign', '/kv/test/100%25', '/kv/test/100%25'],
    ['a plus, which is no space here', '/kv/test/a+b', '/kv/test/a%2Bb'],
  ])('%s', async (_, one, other) => {
    const value = randomBytes(8).toString('hex');
    expect((await send(node, 'PUT', one, { body: value })).status).toBe(204);
    expect((await send(node, 'GET', other)).body.toString()).toContain(value);
  });

  it('of 1,024 bytes are taken, longer and empty ones refused', async () => {
    const longest = `/kv/test/${'%41'.repeat(1_024)}`;
    expect((await send(node, 'PUT', longest, { body: 'v' })).status).toBe(204);
    const longer = await send(node, 'PUT', `${longest}B`, { body: 'v' });
    expect(longer.status).toBe(400);
    expect(jsonOf(longer)).toMatchObject({ code: 'bad_key' });
    expect(jsonOf(await send(node, 'GET', '/kv/test/'))).toMatchObject({ code: 'bad_key' });
  });
});

describe('what is wrong is named, with what would be right', () => {
  it.each([
    ['PUT', '/kv/test/k?w=4', 'w', '1 that this key has'],
    ['PUT', '/kv/test/k?w=0', 'w', 'whole number from 1'],
    ['PUT', '/kv/test/k?w=-1', 'w', 'one, quorum, all'],
    ['PUT', '/kv/test/k?w=two', 'w', 'one, quorum, all'],
    ['PUT', '/kv/test/k?w=1e9', 'w', 'whole number'],
    ['PUT', '/kv/test/k?pw=some', 'pw', 'whole number from 0'],
    ['PUT', '/kv/test/k?return=yes', 'return', 'return=body'],
    ['PUT', '/kv/test/k?r=1', 'r', 'use w, pw, sloppy, return, timeout'],
    ['GET', '/kv/test/k?quorum=2', 'quorum', 'use r, pr, sloppy, read_repair, timeout'],
    ['GET', '/kv/test/k?r=1&r=2', 'r', 'twice'],
    ['GET', '/kv/test/k?r=%zz', 'r', 'percent escape'],
    ['GET', '/kv/test/k?read_repair=maybe', 'read_repair', 'async, blocking or off'],
    ['GET', '/kv/test/k?sloppy=maybe', 'sloppy', 'true or false'],
    ['PUT', '/kv/test/k?sloppy=', 'sloppy', 'true or false'],
    ['GET', '/kv/test/k?timeout=0', 'timeout', '1 to 60000'],
    ['GET', '/kv/test/k?timeout=60001', 'timeout', '1 to 60000'],
    ['GET', '/kv/test?limit=10001', 'limit', '1 to 10000'],
    ['GET', '/kv/test?cursor=%00', 'cursor', 'page before'],
    ['GET', '/kv/test/%zz', 'key', '%25'],
    ['GET', '/kv/test/%4', 'key', 'two hexadecimal digits'],
    ['GET', '/kv/%zz/k', 'bucket', 'percent escapes'],
  ])('%s %s', async (method, target, parameter, hint) => {
    const answer = await send(node, method, target, method === 'PUT' ? { body: 'v' } : {});
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    const problem = jsonOf(answer);
    expect(problem).toMatchObject({ parameter, definite: true, retry: false });
    expect(problem.detail).toContain(hint);
  });

  it.each(['-x', 'a b', 'ä', 'x'.repeat(65), '..'])('bucket %j', async (bucket) => {
    const answer = await send(node, 'GET', `/kv/${encodeURIComponent(bucket)}/k`);
    expect(answer.status).toBe(400);
    expect(jsonOf(answer)).toMatchObject({ code: 'bad_bucket' });
  });

  it.each(['garbage', '%%%', 'AAAA', 'x'.repeat(10_000)])('context %s', async (context) => {
    const headers = { 'x-quorate-context': context };
    const answer = await send(node, 'PUT', freshPath(), { body: 'v', headers });
    expect(answer.status).toBe(400);
    expect(jsonOf(answer)).toMatchObject({
      code: 'bad_context',
      parameter: 'X-Quorate-Context',
      definite: true,
    });
  });

  it('a context of another key', async () => {
    const put = await send(node, 'PUT', freshPath(), { body: 'v' });
    const headers = { 'x-quorate-context': contextOf(put) };
    const answer = await send(node, 'PUT', freshPath(), { body: 'v', headers });
    expect(jsonOf(answer).detail).toContain('another key');
  });

  it.each(['if-match', 'if-none-match', 'if-unmodified-since'])(
    'a write under %s, which could not be checked atomically',
    async (condition) => {
      for (const method of ['PUT', 'DELETE']) {
        const headers = { [condition]: '"0000000000000000"' };
        const answer = await send(node, method, freshPath(), { headers });
        expect(answer.status).toBe(400);
        expect(jsonOf(answer)).toMatchObject({ code: 'condition_unsupported' });
        expect(jsonOf(answer).detail).toContain('use a bucket of mode paxos or raft');
      }
    },
  );

  it('values that are too large, announced or not', async () => {
    const body = Buffer.alloc(100_001);
    const announced = await send(node, 'PUT', freshPath(), { body });
    expect(announced.status).toBe(413);
    expect(jsonOf(announced)).toMatchObject({ code: 'value_too_large' });
    const chunked = await send(node, 'PUT', freshPath(), {
      body,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(chunked.status).toBe(413);
    const largest = await send(node, 'PUT', freshPath(), {
      body: body.subarray(1),
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(largest.status).toBe(204);
  });

  it('annotations and content types that would not fit into headers again', async () => {
    const headers = { 'x-quorate-meta-long': 'x'.repeat(5_000) };
    const meta = await send(node, 'PUT', freshPath(), { body: 'v', headers });
    expect(meta.status).toBe(400);
    const type = await send(node, 'PUT', freshPath(), {
      body: 'v',
      headers: { 'content-type': 'x'.repeat(300) },
    });
    expect(jsonOf(type)).toMatchObject({ parameter: 'Content-Type' });
  });

  it('paths and methods that do not exist', async () => {
    expect(jsonOf(await send(node, 'GET', '/nothing'))).toMatchObject({ code: 'no_such_route' });
    const patch = await send(node, 'PATCH', '/kv/test/k', { body: 'v' });
    expect(patch.status).toBe(405);
    expect(patch.headers.allow).toBe('GET, HEAD, PUT, DELETE, POST');
    expect((await send(node, 'PUT', '/kv/test', { body: 'v' })).status).toBe(405);
    expect((await send(node, 'GET', '/batch')).status).toBe(405);
    expect((await send(node, 'POST', '/cluster')).status).toBe(405);
  });
});

describe('the operator’s view', () => {
  it('of the cluster, of health and of metrics', async () => {
    expect(jsonOf(await send(node, 'GET', '/cluster'))).toMatchObject({
      node: 'n1',
      ready: true,
      partitionCount: 8,
      members: [{ id: 'n1', reachable: true, partitions: 8 }],
    });
    expect((await send(node, 'GET', '/healthz')).status).toBe(200);
    expect((await send(node, 'GET', '/readyz')).status).toBe(200);
    const metrics = (await send(node, 'GET', '/metrics')).body.toString();
    expect(metrics).toMatch(
      /quorate_request_seconds_count\{operation="put",outcome="succeeded"\} \d+/,
    );
  });
});
