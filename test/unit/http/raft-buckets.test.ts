import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type HttpNode,
  jsonOf,
  type RawAnswer,
  send,
  sendAnything,
  startHttpNode,
} from './http-node.ts';
import { idempotencyKey } from './idempotency-keys.ts';

let node: HttpNode;
let keys = 0;

beforeAll(async () => {
  node = await startHttpNode();
  await send(node, 'PUT', '/buckets/raft', { body: '{"mode": "raft"}' });
  await send(node, 'PUT', '/buckets/other', { body: '{"mode": "raft"}' });
  await send(node, 'PUT', '/buckets/dynamo');
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

const freshPath = () => `/kv/raft/key-${keys++}`;
const put = (path: string, body: string, headers: Record<string, string> = {}) =>
  send(node, 'PUT', path, { body, headers });
const etagOf = (answer: RawAnswer) => String(answer.headers.etag);

describe('a value', () => {
  it('comes back with its bytes, content type, annotations and revision', async () => {
    const path = freshPath();
    const body = randomBytes(5_000);
    const headers = { 'content-type': 'image/png', 'x-quorate-meta-colour': 'blue' };
    const stored = await send(node, 'PUT', path, { body, headers });
    expect(stored.status).toBe(204);
    expect(etagOf(stored)).toMatch(/^"[0-9]+"$/);
    const get = await send(node, 'GET', path);
    expect(get.status).toBe(200);
    expect(get.body.equals(body)).toBe(true);
    expect(get.headers).toMatchObject({ ...headers, 'content-length': '5000' });
    expect(etagOf(get)).toBe(etagOf(stored));
    expect(etagOf(get)).toBe(`"${get.headers['x-quorate-revision']}"`);
    expect(get.headers['x-quorate-lease']).toBeUndefined();
    const head = await send(node, 'HEAD', path);
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(etagOf(head)).toBe(etagOf(get));
  });

  it('has a higher revision with every write, and 304 for who has the last', async () => {
    const path = freshPath();
    const first = etagOf(await put(path, 'one'));
    const second = etagOf(await put(path, 'two'));
    expect(Number(second.slice(1, -1))).toBeGreaterThan(Number(first.slice(1, -1)));
    for (const has of [second, `W/${second}`, `"x", ${second}`, '*']) {
      const get = await send(node, 'GET', path, { headers: { 'if-none-match': has } });
      expect(get).toMatchObject({ status: 304, body: Buffer.alloc(0) });
    }
    const get = await send(node, 'GET', path, { headers: { 'if-none-match': first } });
    expect(get.body.toString()).toBe('two');
  });

  it('comes back at once with return=body, and under a key of the server’s choice', async () => {
    const stored = await put(`${freshPath()}?return=body`, 'v');
    expect(stored).toMatchObject({ status: 200, body: Buffer.from('v') });
    const post = await send(node, 'POST', '/kv/raft?return=body', { body: 'w' });
    expect(post).toMatchObject({ status: 201, body: Buffer.from('w') });
    const get = await send(node, 'GET', String(post.headers.location));
    expect(etagOf(get)).toBe(etagOf(post));
  });

  it('is gone when it was deleted, which is told once', async () => {
    const path = freshPath();
    expect(jsonOf(await send(node, 'GET', path))).toMatchObject({ status: 404, code: 'not_found' });
    await put(path, 'v');
    const gone = await send(node, 'DELETE', path);
    expect(gone.status).toBe(204);
    expect(gone.headers['x-quorate-revision']).toMatch(/^[0-9]+$/);
    expect((await send(node, 'GET', path)).status).toBe(404);
    expect(jsonOf(await send(node, 'DELETE', path))).toMatchObject({ code: 'not_found' });
  });

  it('has a key of bytes, slashes among them', async () => {
    await put('/kv/raft/%ff%00/a', 'bytes');
    expect((await send(node, 'GET', '/kv/raft/%FF%00%2fa')).body.toString()).toBe('bytes');
  });
});

describe('a condition', () => {
  it('lets exactly one of many make a key', async () => {
    const path = freshPath();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => put(path, `${i}`, { 'if-none-match': '*' })),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
  });

  it('that does not hold is 412 with the version that is there', async () => {
    const path = freshPath();
    const old = etagOf(await put(path, 'one'));
    const etag = etagOf(await put(path, 'two'));
    for (const headers of [{ 'if-match': old }, { 'if-none-match': etag }] as const) {
      for (const method of ['PUT', 'DELETE']) {
        const answer = await send(node, method, path, { headers: { ...headers } });
        expect(etagOf(answer)).toBe(etag);
        const revision = Number(etag.slice(1, -1));
        expect(jsonOf(answer)).toMatchObject({ status: 412, code: 'condition_failed', revision });
      }
    }
    expect((await send(node, 'GET', path)).body.toString()).toBe('two');
  });

  it('on a value where there is none is 412 without a version', async () => {
    for (const condition of ['*', '"1"']) {
      const answer = await put(freshPath(), 'v', { 'if-match': condition });
      expect(answer.status).toBe(412);
      expect(answer.headers.etag).toBeUndefined();
      expect(jsonOf(answer).revision).toBeUndefined();
    }
  });

  it('may name several versions, of which others’ and weak ones match nothing', async () => {
    const path = freshPath();
    const etag = etagOf(await put(path, 'one'));
    expect((await put(path, 'x', { 'if-match': `W/${etag}, "abc"` })).status).toBe(412);
    expect((await put(path, 'x', { 'if-none-match': `"1", W/${etag}` })).status).toBe(412);
    const next = await put(path, 'two', { 'if-match': `"abc", ${etag}, "1"` });
    expect(next.status).toBe(204);
    const gone = await send(node, 'DELETE', path, { headers: { 'if-match': etagOf(next) } });
    expect(gone.status).toBe(204);
  });

  it.each([
    [{ 'if-match': '17' }, 'If-Match', 'with their quotes'],
    [{ 'if-match': '' }, 'If-Match', 'with their quotes'],
    [{ 'if-match': '"1",' }, 'If-Match', 'with their quotes'],
    [{ 'if-none-match': '*, "1"' }, 'If-None-Match', 'with their quotes'],
    [{ 'if-match': '"1"', 'if-none-match': '"2"' }, 'If-Match', 'give one of them'],
    [{ 'if-match': Array(101).fill('"1"').join(',') }, 'If-Match', 'at most 100'],
    [{ 'if-unmodified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' }, 'if-unmodified-since', 'ETag'],
  ] as [Record<string, string>, string, string][])(
    'that is none is refused: %j',
    async (headers, parameter, hint) => {
      for (const method of ['PUT', 'DELETE']) {
        const answer = jsonOf(await send(node, method, freshPath(), { headers }));
        expect(answer).toMatchObject({ status: 400, parameter });
        expect(answer.detail).toContain(hint);
      }
    },
  );
});

const post = (path: string, headers: Record<string, string> = {}, body = '') =>
  send(node, 'POST', path, { body, headers });
const textAt = async (path: string) => (await send(node, 'GET', path)).body.toString();

describe('an update', () => {
  it('counts from nothing, and answers with the number and its version', async () => {
    const path = freshPath();
    const first = await post(`${path}?op=increment&by=5`);
    expect(first).toMatchObject({ status: 200, body: Buffer.from('5') });
    expect(first.headers['content-type']).toBe('text/plain');
    const last = await post(`${path}?op=increment&by=-7`);
    expect(last.body.toString()).toBe('-2');
    expect(etagOf(last)).toBe(`"${last.headers['x-quorate-revision']}"`);
    const get = await send(node, 'GET', path);
    expect([get.body.toString(), etagOf(get)]).toEqual(['-2', etagOf(last)]);
  });

  it('of many at once adds up', async () => {
    const path = freshPath();
    await Promise.all(Array.from({ length: 50 }, () => post(`${path}?op=increment&by=2`)));
    expect(await textAt(path)).toBe('100');
  });

  it('appends to what is there, if the condition holds', async () => {
    const path = freshPath();
    const made = await post(`${path}?op=append`, { 'content-type': 'text/csv' }, 'a,');
    expect(made.status).toBe(204);
    const appended = await post(`${path}?op=append`, { 'if-match': etagOf(made) }, 'b,');
    expect((await post(`${path}?op=append`, { 'if-match': etagOf(made) }, 'c,')).status).toBe(412);
    const get = await send(node, 'GET', path);
    expect(get.body.toString()).toBe('a,b,');
    expect(get.headers['content-type']).toBe('text/csv');
    expect(etagOf(get)).toBe(etagOf(appended));
  });

  it('that cannot be is refused with the version that is there, and changes nothing', async () => {
    const path = freshPath();
    const etag = etagOf(await put(path, 'no number'));
    const refused = await post(`${path}?op=increment`);
    expect(jsonOf(refused)).toMatchObject({ status: 409, code: 'not_a_number', definite: true });
    expect(etagOf(refused)).toBe(etag);
    await put(path, '9007199254740991');
    const beyond = jsonOf(await post(`${path}?op=increment`));
    expect(beyond).toMatchObject({ status: 409, code: 'out_of_range' });
    await put(path, 'x'.repeat(64 * 1024));
    const large = jsonOf(await post(`${path}?op=append`, {}, 'y'));
    expect(large).toMatchObject({ status: 413, code: 'value_too_large' });
  });

  it('leaves the lease that the key goes with', async () => {
    const path = freshPath();
    const { id } = jsonOf(await post('/leases?ttl=60000'));
    await send(node, 'PUT', `${path}?lease=${id}`, { body: '1' });
    await post(`${path}?op=increment`);
    const get = await send(node, 'GET', path);
    expect(get.headers['x-quorate-lease']).toBe(String(id));
    const ttl = jsonOf(await post(`${path}?op=increment&ttl=5s`));
    expect(ttl).toMatchObject({ code: 'bucket_mode', parameter: 'ttl' });
  });
});

describe('an Idempotency-Key', () => {
  const named = () => ({ 'idempotency-key': idempotencyKey() });

  it('has a change run once, and the first answer come again', async () => {
    const path = freshPath();
    const headers = named();
    const first = await post(`${path}?op=increment`, headers);
    await post(`${path}?op=increment&by=10`);
    const again = await post(`${path}?op=increment`, headers);
    expect([again.body.toString(), etagOf(again)]).toEqual(['1', etagOf(first)]);
    expect(await textAt(path)).toBe('11');
    const removal = named();
    const gone = await send(node, 'DELETE', path, { headers: removal });
    expect(await textAt(path)).not.toBe('11');
    await put(path, 'new');
    const repeated = await send(node, 'DELETE', path, { headers: removal });
    expect(repeated.status).toBe(204);
    expect(repeated.headers['x-quorate-revision']).toBe(gone.headers['x-quorate-revision']);
    expect(await textAt(path)).toBe('new');
  });

  it('has a refusal come again, whatever is there by now', async () => {
    const path = freshPath();
    const headers = { ...named(), 'if-none-match': '*' };
    const etag = etagOf(await put(path, 'one'));
    expect((await put(path, 'two', headers)).status).toBe(412);
    await send(node, 'DELETE', path);
    const again = await put(path, 'two', headers);
    expect([again.status, etagOf(again)]).toEqual([412, etag]);
    const removal = named();
    for (let i = 0; i < 2; i++) {
      expect((await send(node, 'DELETE', path, { headers: removal })).status).toBe(404);
    }
  });

  it('of a change of another kind is refused, since that one would be taken for this', async () => {
    const path = freshPath();
    const headers = named();
    await put(path, '1', headers);
    const update = await post(`${path}?op=increment`, headers);
    const removal = await send(node, 'DELETE', path, { headers });
    for (const answer of [update, removal]) {
      const refused = { status: 400, code: 'bad_parameter', parameter: 'Idempotency-Key' };
      expect(jsonOf(answer)).toMatchObject(refused);
    }
    expect(await textAt(path)).toBe('1');
  });

  it('that is none, or from the future, is refused', async () => {
    for (const key of ['7', idempotencyKey(Date.now() + 3_600_000)]) {
      const headers = { 'idempotency-key': key };
      for (const method of ['PUT', 'DELETE', 'POST']) {
        const answer = await send(node, method, freshPath(), { headers });
        expect(jsonOf(answer)).toMatchObject({ status: 400, code: 'bad_parameter' });
      }
    }
  });
});

describe('what is for other buckets is refused', () => {
  it.each([
    ['PUT', 'w'],
    ['PUT', 'pw'],
    ['PUT', 'r'],
    ['DELETE', 'r'],
    ['GET', 'r'],
    ['GET', 'pr'],
    ['GET', 'read_repair'],
    ['GET', 'sloppy'],
    ['PUT', 'sloppy'],
    ['HEAD', 'r'],
  ])('%s with %s', async (method, parameter) => {
    const answer = await send(node, method, `/kv/raft/k?${parameter}=one`);
    expect(answer.status).toBe(400);
    if (method === 'HEAD') return;
    expect(jsonOf(answer)).toMatchObject({ code: 'bucket_mode', parameter });
    expect(jsonOf(answer).detail).toContain('means nothing in a raft bucket');
  });

  it('a context, a listing by quorum, a lease in a dynamo bucket', async () => {
    for (const method of ['PUT', 'DELETE']) {
      const headers = { 'x-quorate-context': 'AAAA' };
      const answer = jsonOf(await send(node, method, freshPath(), { headers }));
      expect(answer).toMatchObject({ code: 'bucket_mode', parameter: 'X-Quorate-Context' });
    }
    expect(jsonOf(await send(node, 'GET', '/kv/raft?r=1'))).toMatchObject({ code: 'bucket_mode' });
    const answer = await send(node, 'PUT', '/kv/dynamo/k?lease=1', { body: 'v' });
    expect(jsonOf(answer)).toMatchObject({ code: 'bucket_mode', parameter: 'lease' });
  });

  it('and so are unknown parameters, long keys and large values', async () => {
    const unknown = jsonOf(await send(node, 'PUT', '/kv/raft/k?quorum=2', { body: 'v' }));
    expect(unknown).toMatchObject({ code: 'bad_parameter', parameter: 'quorum' });
    expect(unknown.detail).toContain('use return, timeout, lease');
    const long = await put(`/kv/raft/${'x'.repeat(1_025)}`, 'v');
    expect(jsonOf(long)).toMatchObject({ status: 400, code: 'bad_key' });
    const body = 'x'.repeat(64 * 1024);
    expect((await put(freshPath(), body)).status).toBe(204);
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const large = await put(freshPath(), `${body}x`, headers);
      expect(jsonOf(large)).toMatchObject({ status: 413, code: 'value_too_large' });
      expect(jsonOf(large).detail).toContain('65536');
    }
  });
});

describe('the keys of a raft bucket', () => {
  it('are listed in pages, by prefix, each bucket for itself', async () => {
    const names = Array.from({ length: 25 }, (_, i) => `k${String(i).padStart(2, '0')}`);
    await Promise.all(names.map((name) => put(`/kv/other/${name}`, 'v')));
    await put('/kv/other/%ff', 'v');
    const lines = async (query: string) =>
      (await send(node, 'GET', `/kv/other?${query}`)).body
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    expect(await lines('')).toEqual([...names.map((key) => ({ key })), { keyBase64: '/w==' }]);
    expect(await lines('prefix=k1')).toHaveLength(10);
    const first = await lines('limit=13');
    expect(first).toHaveLength(14);
    const rest = await lines(`limit=13&cursor=${first[13].cursor}`);
    expect(rest).toHaveLength(13);
    expect(rest.at(-1)).toEqual({ keyBase64: '/w==' });
  });
});

describe('a batch', () => {
  const batch = async (...operations: unknown[]) =>
    jsonOf(await send(node, 'POST', '/batch', { body: JSON.stringify({ operations }) })).results;
  const of = (op: string, key: string, rest: object = {}) => ({ op, bucket: 'raft', key, ...rest });

  it('reads and writes raft buckets beside others, with conditions', async () => {
    const [made, other] = await batch(
      of('put', 'b', { value: 'v', ifNoneMatch: '*', contentType: 'text/plain' }),
      { op: 'put', bucket: 'dynamo', key: 'b', value: 'w' },
    );
    expect(other).toMatchObject({ status: 204, context: expect.any(String) });
    const { revision } = made;
    expect(made).toEqual({ status: 204, revision, etag: `"${revision}"` });
    expect(await batch(of('get', 'b'))).toEqual([
      { ...made, status: 200, siblings: [{ value: 'v', contentType: 'text/plain' }] },
    ]);
    expect(await batch(of('put', 'b', { value: 'x', ifNoneMatch: [revision] }))).toMatchObject([
      { status: 412, problem: { code: 'condition_failed', revision } },
    ]);
    const gone = await batch(of('delete', 'b', { ifMatch: revision }));
    expect(gone).toEqual([{ status: 204, revision: expect.any(Number) }]);
    expect(await batch(of('get', 'b'), of('delete', 'b'))).toMatchObject([
      { status: 404 },
      { status: 404, problem: { code: 'not_found' } },
    ]);
  });

  it('adds and appends, once under an id', async () => {
    const add = of('increment', 'n', { by: 3, idempotencyKey: idempotencyKey() });
    const [first] = await batch(add);
    expect(first).toMatchObject({ status: 200, number: 3, revision: expect.any(Number) });
    expect(await batch(add)).toEqual([first]);
    expect(await batch(of('append', 'n', { value: '1' }))).toMatchObject([{ status: 204 }]);
    expect(await batch(of('increment', 'n'))).toMatchObject([{ number: 32 }]);
  });

  it.each([
    [{ ifMatch: 'x' }, 'ifMatch', 'bad_parameter'],
    [{ ifMatch: -1 }, 'ifMatch', 'bad_parameter'],
    [{ ifMatch: [1, 1.5] }, 'ifMatch', 'bad_parameter'],
    [{ ifMatch: null }, 'ifMatch', 'bad_parameter'],
    [{ ifMatch: 1, ifNoneMatch: 2 }, 'ifMatch', 'bad_parameter'],
    [{ lease: '7' }, 'lease', 'bad_parameter'],
    [{ lease: 1e300 }, 'lease', 'bad_parameter'],
    [{ w: 1 }, 'w', 'bucket_mode'],
    [{ context: 'AAAA' }, 'context', 'bucket_mode'],
  ])('refuses %j', async (fields, parameter, code) => {
    const [result] = await batch(of('put', 'refused', { value: 'v', ...fields }));
    expect(result).toMatchObject({ status: 400, problem: { code, parameter } });
  });

  it('refuses conditions and leases in dynamo buckets', async () => {
    const put = { op: 'put', bucket: 'dynamo', key: 'k', value: 'v' };
    expect(await batch({ ...put, ifMatch: 1 }, { ...put, lease: 1 })).toMatchObject([
      { problem: { code: 'condition_unsupported', parameter: 'ifMatch' } },
      { problem: { code: 'bucket_mode', parameter: 'lease' } },
    ]);
  });
});

describe('whatever a client sends', () => {
  it('to a raft bucket gets an answer that is not a failure of ours', async () => {
    const character = fc.constantFrom(...'abk/%?&=.+~-_,"*W0123456789fF');
    const noise = fc.string({ unit: character, maxLength: 30 });
    const request = fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE'),
      target: fc.oneof(
        noise.map((text) => `/kv/raft/${text}`),
        noise.map((text) => `/kv/raft?${text}`),
        noise.map((text) => `/kv/raft/k?lease=${text}`),
        noise.map((text) => `/kv/raft/k?op=increment&by=${text}`),
        noise.map((text) => `/buckets/${text}`),
        noise.map((text) => `/leases/${text}`),
        noise.map((text) => `/leases?ttl=${text}`),
        noise.map((text) => `/watch/dynamo?after=${text}`),
      ),
      headers: fc.dictionary(
        fc.constantFrom(
          'if-match',
          'if-none-match',
          'idempotency-key',
          'x-quorate-context',
          'last-event-id',
        ),
        noise,
      ),
      body: fc.oneof(fc.json(), noise),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ method, target, headers, body }) => {
        const hasBody = method === 'PUT' || method === 'POST';
        const answer = await sendAnything(
          node,
          method,
          target,
          hasBody ? { headers, body } : { headers },
        );
        expect(answer.status).toBeLessThan(500);
        expect(node.unexpected).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
