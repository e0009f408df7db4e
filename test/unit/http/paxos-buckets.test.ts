import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../../../src/client/http-client.ts';
import { CHANGES_MAX } from '../../../src/paxos/register.ts';
import {
  type HttpNode,
  jsonOf,
  type RawAnswer,
  send,
  sendAnything,
  startHttpNode,
} from './http-node.ts';
import { idempotencyKey } from './idempotency-keys.ts';

const VALUE_BYTES_MAX = 100_000;

let node: HttpNode;
let keys = 0;

beforeAll(async () => {
  node = await startHttpNode({ valueBytesMax: VALUE_BYTES_MAX });
  await send(node, 'PUT', '/buckets/paxos', { body: '{"mode": "paxos"}' });
  await send(node, 'PUT', '/buckets/other', { body: '{"mode": "paxos"}' });
  await send(node, 'PUT', '/buckets/dynamo');
  await send(node, 'PUT', '/buckets/raft', { body: '{"mode": "raft"}' });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

const freshPath = () => `/kv/paxos/key-${keys++}`;
const put = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  send(node, 'PUT', path, { body, headers });
const post = (path: string, headers: Record<string, string> = {}, body = '') =>
  send(node, 'POST', path, { body, headers });
const etagOf = (answer: RawAnswer) => String(answer.headers.etag);
const textAt = async (path: string) => (await send(node, 'GET', path)).body.toString();

describe('a value', () => {
  it('comes back with its bytes, content type, annotations, version and quorum', async () => {
    const path = freshPath();
    const body = randomBytes(5_000);
    const headers = { 'content-type': 'image/png', 'x-quorate-meta-colour': 'blue' };
    const stored = await send(node, 'PUT', path, { body, headers });
    expect(stored.status).toBe(204);
    expect(etagOf(stored)).toMatch(/^"([0-9]+\.){3}[0-9]+"$/);
    expect(stored.headers['x-quorate-quorum']).toBe('needed=1; reached=n1; coordinator=n1');
    const get = await send(node, 'GET', path);
    expect(get.status).toBe(200);
    expect(get.body.equals(body)).toBe(true);
    expect(get.headers).toMatchObject({ ...headers, 'content-length': '5000' });
    expect(etagOf(get)).toBe(etagOf(stored));
    expect(etagOf(get)).toBe(`"${get.headers['x-quorate-version']}"`);
    expect(get.headers['x-quorate-quorum']).toBe('needed=1; reached=n1; coordinator=n1');
    const head = await send(node, 'HEAD', path);
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(etagOf(head)).toBe(etagOf(get));
  });

  it('has another version with every write, and 304 for who has the last', async () => {
    const path = freshPath();
    const first = etagOf(await put(path, 'one'));
    const second = etagOf(await put(path, 'one'));
    expect(second).not.toBe(first);
    for (const has of [second, `W/${second}`, `"x", ${second}`, '*']) {
      const get = await send(node, 'GET', path, { headers: { 'if-none-match': has } });
      expect(get).toMatchObject({ status: 304, body: Buffer.alloc(0) });
    }
    const get = await send(node, 'GET', path, { headers: { 'if-none-match': first } });
    expect(get.body.toString()).toBe('one');
  });

  it('comes back at once with return=body, and under a key of the server’s choice', async () => {
    const stored = await put(`${freshPath()}?return=body`, 'v');
    expect(stored).toMatchObject({ status: 200, body: Buffer.from('v') });
    const made = await post('/kv/paxos?return=body', {}, 'w');
    expect(made).toMatchObject({ status: 201, body: Buffer.from('w') });
    const get = await send(node, 'GET', String(made.headers.location));
    expect(etagOf(get)).toBe(etagOf(made));
  });

  it('is gone when it was deleted, which is told once', async () => {
    const path = freshPath();
    const before = await send(node, 'GET', path);
    expect(jsonOf(before)).toMatchObject({ status: 404, code: 'not_found' });
    expect(before.headers['x-quorate-quorum']).toContain('reached=n1');
    await put(path, 'v');
    const gone = await send(node, 'DELETE', path);
    expect(gone.status).toBe(204);
    expect(gone.headers.etag).toBeUndefined();
    expect(gone.headers['x-quorate-version']).toMatch(/^[0-9.]+$/);
    expect((await send(node, 'GET', path)).status).toBe(404);
    expect(jsonOf(await send(node, 'DELETE', path))).toMatchObject({ code: 'not_found' });
  });

  it('has a key of bytes, slashes among them', async () => {
    await put('/kv/paxos/%ff%00/a', 'bytes');
    expect(await textAt('/kv/paxos/%FF%00%2fa')).toBe('bytes');
  });

  it('has a time to live, of its own or of its bucket, and says when it ends', async () => {
    const path = freshPath();
    await put(`${path}?ttl=1h`, 'v');
    const { headers } = await send(node, 'GET', path);
    const leftMs = Date.parse(String(headers['x-quorate-expires-at'])) - Date.now();
    expect(leftMs).toBeGreaterThan(3_500_000);
    expect(leftMs).toBeLessThanOrEqual(3_600_000);
    await send(node, 'PUT', '/buckets/brief', { body: '{"mode": "paxos", "ttl": "1d"}' });
    await put('/kv/brief/k', 'v');
    expect((await send(node, 'GET', '/kv/brief/k')).headers['x-quorate-expires-at']).toBeDefined();
    await put('/kv/brief/k?ttl=none', 'v');
    expect(
      (await send(node, 'GET', '/kv/brief/k')).headers['x-quorate-expires-at'],
    ).toBeUndefined();
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
      for (const [method, target] of [
        ['PUT', path],
        ['DELETE', path],
        ['POST', `${path}?op=append`],
      ] as const) {
        const answer = await send(node, method, target, { headers: { ...headers } });
        expect(etagOf(answer)).toBe(etag);
        const version = etag.slice(1, -1);
        const definite = { definite: true, retry: false };
        const failed = { status: 412, code: 'condition_failed', version, ...definite };
        expect(jsonOf(answer)).toMatchObject(failed);
      }
    }
    expect(await textAt(path)).toBe('two');
  });

  it('that does not hold is 412 with the value that is there, for a put with return=body', async () => {
    const path = freshPath();
    await put(path, 'one', { 'content-type': 'text/csv', 'x-quorate-meta-by': 'me' });
    const headers = { 'if-none-match': '*' };
    const refused = await put(`${path}?return=body`, 'x', headers);
    const present = { value: 'one', contentType: 'text/csv', meta: { by: 'me' } };
    expect(jsonOf(refused)).toMatchObject({ status: 412, code: 'condition_failed', present });
    const next = await put(`${path}?return=body`, Buffer.of(255), { 'if-match': etagOf(refused) });
    expect(next.status).toBe(200);
    const client = new NodeClient(node.url);
    const options = { ifNoneMatch: '*', returnBody: true };
    const facts = {
      present: { value: Buffer.of(255), meta: [] },
      version: etagOf(next).slice(1, -1),
    };
    const again = client.put('paxos', path.slice('/kv/paxos/'.length), 'x', options);
    await expect(again).rejects.toMatchObject({ code: 'condition_failed', facts });
    for (const target of [path, `${path}?return=body&session=causal`]) {
      expect(jsonOf(await put(target, 'x', headers))).not.toHaveProperty('present');
    }
    const once = { ...headers, 'idempotency-key': idempotencyKey() };
    expect(jsonOf(await put(`${path}?return=body`, 'x', once))).toHaveProperty('present');
    await put(path, 'three');
    // The answer of before, whose version has another value than the key has now.
    expect(jsonOf(await put(`${path}?return=body`, 'x', once))).not.toHaveProperty('present');
    const none = await put(`${freshPath()}?return=body`, 'x', { 'if-match': etagOf(next) });
    expect(jsonOf(none)).not.toHaveProperty('present');
  });

  it('on a value where there is none is 412 without a version', async () => {
    for (const condition of ['*', '"1.1.1.1"']) {
      const answer = await put(freshPath(), 'v', { 'if-match': condition });
      expect(answer.status).toBe(412);
      expect(answer.headers.etag).toBeUndefined();
      expect(jsonOf(answer).version).toBeUndefined();
    }
  });

  it('may name several versions, of which others’ and weak ones match nothing', async () => {
    const path = freshPath();
    const etag = etagOf(await put(path, 'one'));
    expect((await put(path, 'x', { 'if-match': `W/${etag}, "abc", "17"` })).status).toBe(412);
    expect((await put(path, 'x', { 'if-none-match': `"1", W/${etag}` })).status).toBe(412);
    const next = await put(path, 'two', { 'if-match': `"abc", ${etag}, "1"` });
    expect(next.status).toBe(204);
    const gone = await send(node, 'DELETE', path, { headers: { 'if-match': etagOf(next) } });
    expect(gone.status).toBe(204);
  });

  it('is met by one only of those who read the same version', async () => {
    const path = freshPath();
    const etag = etagOf(await put(path, '0'));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => put(path, `${i}`, { 'if-match': etag })),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  });
});

describe('an update', () => {
  it('counts from nothing, up and down, and answers with the number', async () => {
    const path = freshPath();
    const first = await post(`${path}?op=increment&by=5`);
    expect(first).toMatchObject({ status: 200, body: Buffer.from('5') });
    expect(first.headers['content-type']).toBe('text/plain');
    expect((await post(`${path}?op=increment&by=-7`)).body.toString()).toBe('-2');
    const last = await post(`${path}?op=increment`);
    expect(last.body.toString()).toBe('-1');
    const get = await send(node, 'GET', path);
    expect(get.body.toString()).toBe('-1');
    expect(etagOf(get)).toBe(etagOf(last));
  });

  it('of many at once adds up', async () => {
    const path = freshPath();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => post(`${path}?op=increment&by=2`)),
    );
    const numbers = answers.map(({ body }) => Number(body.toString()));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => 2 * (i + 1)),
    );
  });

  it('appends to what is there, whose content type stays', async () => {
    const path = freshPath();
    const made = await post(`${path}?op=append`, { 'content-type': 'text/csv' }, 'a,');
    expect(made.status).toBe(204);
    const appended = await post(`${path}?op=append`, { 'content-type': 'text/html' }, 'b,');
    const get = await send(node, 'GET', path);
    expect(get.body.toString()).toBe('a,b,');
    expect(get.headers['content-type']).toBe('text/csv');
    expect(etagOf(get)).toBe(etagOf(appended));
  });

  it('that cannot be is refused, and changes nothing', async () => {
    const path = freshPath();
    await put(path, 'no number');
    const refused = await post(`${path}?op=increment`);
    expect(jsonOf(refused)).toMatchObject({ status: 409, code: 'not_a_number', definite: true });
    expect(await textAt(path)).toBe('no number');
    await put(path, '9007199254740991');
    expect(jsonOf(await post(`${path}?op=increment`))).toMatchObject({
      status: 409,
      code: 'out_of_range',
    });
    await put(path, 'x'.repeat(VALUE_BYTES_MAX));
    expect(jsonOf(await post(`${path}?op=append`, {}, 'y'))).toMatchObject({
      status: 413,
      code: 'value_too_large',
    });
  });

  it.each([
    ['', 'op', 'is missing'],
    ['?op=multiply', 'op', 'use increment or append'],
    ['?op=increment&by=1.5', 'by', 'whole number'],
    ['?op=increment&by=9007199254740992', 'by', 'whole number'],
    ['?op=increment&by=', 'by', 'whole number'],
    ['?op=append&by=1', 'by', 'op=increment'],
    ['?op=increment&return=body', 'return', 'use op, by, ttl, timeout, session'],
  ])('that is none is refused: %s', async (query, parameter, hint) => {
    const answer = jsonOf(await post(`${freshPath()}${query}`));
    expect(answer).toMatchObject({ status: 400, code: 'bad_parameter', parameter });
    expect(answer.detail).toContain(hint);
  });

  it('is for a key, of a bucket that can', async () => {
    expect((await post('/kv/paxos?op=increment')).status).toBe(400);
    const dynamo = jsonOf(await post('/kv/dynamo/k?op=increment'));
    expect(dynamo).toMatchObject({ code: 'bucket_mode', parameter: 'op' });
    expect(dynamo.detail).toContain('buckets of mode paxos or raft');
    const nowhere = jsonOf(await post('/kv/nowhere/k?op=increment'));
    expect(nowhere).toMatchObject({ status: 404, code: 'no_such_bucket' });
    expect((await send(node, 'GET', '/buckets/nowhere')).status).toBe(404);
  });
});

describe('an Idempotency-Key', () => {
  it('has a change run once, and the first answer come again', async () => {
    const path = freshPath();
    const headers = { 'idempotency-key': idempotencyKey() };
    const first = await post(`${path}?op=increment`, headers);
    await post(`${path}?op=increment&by=10`);
    const again = await post(`${path}?op=increment`, {
      'idempotency-key': `"${headers['idempotency-key'].toUpperCase()}"`,
    });
    expect(again.body.toString()).toBe('1');
    expect(etagOf(again)).toBe(etagOf(first));
    expect(await textAt(path)).toBe('11');
  });

  it('has a refusal come again, whatever is there by now', async () => {
    const path = freshPath();
    const headers = { 'idempotency-key': idempotencyKey(), 'if-none-match': '*' };
    const etag = etagOf(await put(path, 'one'));
    expect((await put(path, 'two', headers)).status).toBe(412);
    await send(node, 'DELETE', path);
    const again = await put(path, 'two', headers);
    expect(again.status).toBe(412);
    expect(etagOf(again)).toBe(etag);
    const removal = { 'idempotency-key': idempotencyKey() };
    for (let i = 0; i < 2; i++) {
      expect((await send(node, 'DELETE', path, { headers: removal })).status).toBe(404);
    }
  });

  it('that the key has forgotten is unknown, and does not run', async () => {
    const path = freshPath();
    const headers = { 'idempotency-key': idempotencyKey() };
    await post(`${path}?op=increment`, headers);
    for (let i = 0; i < CHANGES_MAX; i++) {
      await post(`${path}?op=increment`, { 'idempotency-key': idempotencyKey() });
    }
    const answer = await post(`${path}?op=increment`, headers);
    expect(jsonOf(answer)).toMatchObject({
      status: 503,
      code: 'outcome_unknown',
      definite: false,
      forgotten: true,
      retry: false,
    });
    expect(answer.headers['retry-after']).toBeUndefined();
    expect(await textAt(path)).toBe(String(CHANGES_MAX + 1));
  });

  it.each([
    ['', 'UUID of version 7'],
    ['7', 'UUID of version 7'],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', 'UUID of version 7'],
    [idempotencyKey(Date.now() + 3_600_000), 'is your clock right'],
  ])('that is none, or from the future, is refused: %s', async (key, hint) => {
    for (const method of ['PUT', 'DELETE']) {
      const headers = { 'idempotency-key': key };
      const answer = jsonOf(await send(node, method, freshPath(), { headers }));
      const refused = { status: 400, code: 'bad_parameter', parameter: 'Idempotency-Key' };
      expect(answer).toMatchObject(refused);
      expect(answer.detail).toContain(hint);
    }
  });

  it('means nothing where the server chooses the key', async () => {
    const headers = { 'idempotency-key': idempotencyKey() };
    const answer = jsonOf(await post('/kv/paxos', headers, 'v'));
    expect(answer).toMatchObject({ status: 400, parameter: 'Idempotency-Key' });
    expect(answer.detail).toContain('a key of your own choice');
  });

  it('is refused by a dynamo bucket, which names those that can', async () => {
    const headers = { 'idempotency-key': idempotencyKey() };
    for (const [method, path] of [
      ['PUT', '/kv/dynamo/k'],
      ['DELETE', '/kv/dynamo/k'],
      ['POST', '/kv/dynamo'],
      ['PUT', '/kv/unmade/k'],
    ] as const) {
      const answer = jsonOf(await send(node, method, path, { headers }));
      expect(answer).toMatchObject({ code: 'bucket_mode', parameter: 'Idempotency-Key' });
      expect(answer.detail).toContain('mode paxos or raft');
    }
  });
});

describe('what is for other buckets is refused', () => {
  it.each([
    ['PUT', 'w'],
    ['PUT', 'pw'],
    ['DELETE', 'r'],
    ['GET', 'r'],
    ['GET', 'pr'],
    ['GET', 'read_repair'],
    ['GET', 'sloppy'],
    ['POST', 'w'],
  ])('%s with %s', async (method, parameter) => {
    const answer = jsonOf(await send(node, method, `/kv/paxos/k?${parameter}=one`));
    expect(answer).toMatchObject({ status: 400, code: 'bucket_mode', parameter });
    expect(answer.detail).toContain('means nothing in a paxos bucket');
  });

  it('a context, a lease, a listing by quorum, a watch', async () => {
    const headers = { 'x-quorate-context': 'AAAA' };
    for (const method of ['PUT', 'DELETE']) {
      const answer = jsonOf(await send(node, method, freshPath(), { headers }));
      expect(answer).toMatchObject({ code: 'bucket_mode', parameter: 'X-Quorate-Context' });
    }
    for (const target of ['/kv/paxos/k?lease=1', '/kv/paxos?r=1', '/watch/paxos']) {
      const method = target.includes('lease') ? 'PUT' : 'GET';
      expect(jsonOf(await send(node, method, target))).toMatchObject({ code: 'bucket_mode' });
    }
  });

  it('and so are unknown parameters, long keys and large values', async () => {
    const unknown = jsonOf(await send(node, 'PUT', '/kv/paxos/k?quorum=2', { body: 'v' }));
    expect(unknown).toMatchObject({ code: 'bad_parameter', parameter: 'quorum' });
    expect(unknown.detail).toContain('use return, timeout, ttl, session');
    const long = await put(`/kv/paxos/${'x'.repeat(1_025)}`, 'v');
    expect(jsonOf(long)).toMatchObject({ status: 400, code: 'bad_key' });
    const large = await put(freshPath(), 'x'.repeat(VALUE_BYTES_MAX + 1));
    expect(jsonOf(large)).toMatchObject({ status: 413, code: 'value_too_large' });
  });
});

describe('the keys of a paxos bucket', () => {
  it('are listed in pages, by prefix, each bucket for itself, those with a value', async () => {
    const names = Array.from({ length: 25 }, (_, i) => `k${String(i).padStart(2, '0')}`);
    await Promise.all(names.map((name) => put(`/kv/other/${name}`, 'v')));
    await put('/kv/other/%ff', 'v');
    await put('/kv/other/k00a', 'deleted');
    await send(node, 'DELETE', '/kv/other/k00a');
    await send(node, 'DELETE', '/kv/other/never');
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
  const of = (op: string, key: string, rest: object = {}) => ({
    op,
    bucket: 'paxos',
    key,
    ...rest,
  });

  it('reads and writes paxos buckets beside others, with conditions', async () => {
    const [made, other] = await batch(
      of('put', 'b', { value: 'v', ifNoneMatch: '*', contentType: 'text/plain' }),
      { op: 'put', bucket: 'dynamo', key: 'b', value: 'w' },
    );
    expect(other).toMatchObject({ status: 204, context: expect.any(String) });
    const { version } = made;
    expect(made).toEqual({ status: 204, version, etag: `"${version}"` });
    expect(await batch(of('get', 'b'))).toEqual([
      { ...made, status: 200, siblings: [{ value: 'v', contentType: 'text/plain' }] },
    ]);
    expect(await batch(of('put', 'b', { value: 'x', ifNoneMatch: [version] }))).toMatchObject([
      { status: 412, problem: { code: 'condition_failed', version } },
    ]);
    const gone = await batch(of('delete', 'b', { ifMatch: version }));
    expect(gone).toEqual([{ status: 204, version: expect.any(String) }]);
    expect(await batch(of('get', 'b'), of('delete', 'b'))).toMatchObject([
      { status: 404 },
      { status: 404, problem: { code: 'not_found' } },
    ]);
  });

  it('adds to values, once under a key', async () => {
    const idempotencyKeyGiven = { idempotencyKey: idempotencyKey() };
    const add = of('increment', 'n', { by: 3, ...idempotencyKeyGiven });
    const [first] = await batch(add);
    expect(first).toMatchObject({ status: 200, number: 3, version: expect.any(String) });
    expect(await batch(add)).toEqual([first]);
    expect(await batch(of('increment', 'n'))).toMatchObject([{ number: 4 }]);
    await batch(of('append', 'a', { value: 'x', ttl: '1h' }));
    await batch(of('append', 'a', { valueBase64: 'eQ==' }));
    expect(await batch(of('get', 'a'))).toMatchObject([
      { status: 200, siblings: [{ value: 'xy', expiresAt: expect.any(String) }] },
    ]);
  });

  it.each([
    ['put', { ifMatch: 7 }, 'ifMatch', 'bad_parameter'],
    ['put', { ifMatch: ['1.1.1.1', null] }, 'ifMatch', 'bad_parameter'],
    ['put', { ifMatch: '1.1.1.1', ifNoneMatch: '*' }, 'ifMatch', 'bad_parameter'],
    ['put', { lease: 7 }, 'lease', 'bucket_mode'],
    ['put', { w: 1 }, 'w', 'bucket_mode'],
    ['put', { context: 'AAAA' }, 'context', 'bucket_mode'],
    ['put', { idempotencyKey: 'x' }, 'Idempotency-Key', 'bad_parameter'],
    ['put', { by: 1 }, 'by', 'bad_parameter'],
    ['increment', { by: '1' }, 'by', 'bad_parameter'],
    ['increment', { by: 1.5 }, 'by', 'bad_parameter'],
    ['append', { meta: {} }, 'meta', 'bad_parameter'],
    ['multiply', {}, 'op', 'bad_parameter'],
  ])('refuses %s with %j', async (op, fields, parameter, code) => {
    const value = op === 'increment' ? {} : { value: 'v' };
    const [result] = await batch(of(op, 'refused', { ...value, ...fields }));
    expect(result).toMatchObject({ status: 400, problem: { code, parameter } });
  });

  it('refuses updates and keys in dynamo buckets', async () => {
    const at = { bucket: 'dynamo', key: 'k' };
    const idempotent = { op: 'put', ...at, value: 'v', idempotencyKey: idempotencyKey() };
    expect(await batch({ op: 'increment', ...at }, idempotent)).toMatchObject([
      { problem: { code: 'bucket_mode', parameter: 'op' } },
      { problem: { code: 'bucket_mode', parameter: 'idempotencyKey' } },
    ]);
  });
});

describe('whatever a client sends', () => {
  it('to a paxos bucket gets an answer that is not a failure of ours', async () => {
    const character = fc.constantFrom(...'abk/%?&=.+~-_,"*W0123456789fF');
    const noise = fc.string({ unit: character, maxLength: 30 });
    const request = fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE'),
      target: fc.oneof(
        noise.map((text) => `/kv/paxos/${text}`),
        noise.map((text) => `/kv/paxos?${text}`),
        noise.map((text) => `/kv/paxos/k?ttl=${text}`),
        noise.map((text) => `/kv/paxos/k?op=increment&by=${text}`),
        noise.map((text) => `/kv/paxos/k?op=append&session=${text}`),
      ),
      headers: fc.dictionary(
        fc.constantFrom('if-match', 'if-none-match', 'x-quorate-context', 'idempotency-key'),
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
