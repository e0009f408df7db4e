/** Sessions as clients speak of them. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSession } from '../../../src/causality/session-token-codec.ts';
import { type HttpNode, jsonOf, type RawAnswer, send, startHttpNode } from './http-node.ts';
import { idempotencyKey } from './idempotency-keys.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode();
  await send(node, 'PUT', '/buckets/raft', { body: '{"mode":"raft"}' });
  await send(node, 'PUT', '/buckets/paxos', { body: '{"mode":"paxos"}' });
  await send(node, 'PUT', '/buckets/test', { body: '{}' });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

const tokenOf = ({ headers }: RawAnswer) => String(headers['x-quorate-session']);
const bearing = (session: string) => ({ headers: { 'x-quorate-session': session } });

describe('a session', () => {
  it('comes with every answer, whatever the request did', async () => {
    const path = '/kv/test/all?session=session';
    const absent = await send(node, 'GET', path);
    expect(absent.status).toBe(404);
    let session = tokenOf(absent);
    expect(session).toMatch(/^[\w-]+$/);
    const steps = [
      ['PUT', '', 204],
      ['GET', '', 200],
      ['HEAD', '', 200],
      ['PUT', '&return=body', 200],
      ['DELETE', '', 204],
      ['GET', '', 404],
    ] as const;
    for (const [method, more, status] of steps) {
      const body = method === 'PUT' ? { body: 'v' } : {};
      const answer = await send(node, method, path + more, { ...bearing(session), ...body });
      expect(answer.status).toBe(status);
      expect(tokenOf(answer)).toMatch(/^[\w-]+$/);
      expect(answer.headers).not.toHaveProperty('x-quorate-session-dropped');
      session = tokenOf(answer);
    }
    const posted = await send(node, 'POST', '/kv/test?session=ryw', { body: 'v' });
    expect(posted.status).toBe(201);
    expect(tokenOf(posted)).toMatch(/^[\w-]+$/);
    const unasked = await send(node, 'GET', '/kv/test/all');
    expect(unasked.headers).not.toHaveProperty('x-quorate-session');
  });

  it('replaces what it wrote, with one token or several', async () => {
    const path = '/kv/test/mine?session=mw,wfr';
    const first = await send(node, 'PUT', path, { body: 'one' });
    const second = await send(node, 'PUT', path, { body: 'two' });
    const both = bearing(`${tokenOf(first)}, ${tokenOf(second)}`);
    await send(node, 'PUT', path, { ...both, body: 'three' });
    const read = await send(node, 'GET', path);
    expect(read.status).toBe(200);
    expect(read.body.toString()).toBe('three');
  });

  it('says how much it has forgotten', async () => {
    let session = tokenOf(await send(node, 'GET', '/kv/test/none?session=causal'));
    let last: RawAnswer | undefined;
    for (let i = 0; i < 250; i++) {
      const put = { ...bearing(session), body: 'v' };
      last = await send(node, 'PUT', `/kv/test/many-${i}?session=causal`, put);
      session = tokenOf(last);
    }
    expect(Number(last?.headers['x-quorate-session-dropped'])).toBeGreaterThan(0);
    const other = await send(node, 'GET', '/kv/test/many-249?session=causal');
    expect(other.headers['x-quorate-session-truncated']).toBe('true');
  });
});

describe('refused are', () => {
  const cases: readonly (readonly [string, string, string, string, string])[] = [
    ['GET', '/kv/test/k?session=strong', '', 'bad_parameter', 'use one or more of ryw, mr, mw'],
    ['GET', '/kv/test/k?session=', '', 'bad_parameter', 'use one or more of ryw, mr, mw'],
    ['PUT', '/kv/test/k?session=ryw,', '', 'bad_parameter', 'use one or more of ryw, mr, mw'],
    ['GET', '/kv/test/k?session=ryw', 'nonsense', 'bad_session', 'send the X-Quorate-Session of'],
    ['PUT', '/kv/test/k?session=ryw', 'nonsense', 'bad_session', 'send the X-Quorate-Session of'],
    ['DELETE', '/kv/test/k?session=ryw', '!', 'bad_session', 'send the X-Quorate-Session of'],
    ['GET', '/kv/test/k', 'AAAA', 'bad_session', 'add session= and one or more of ryw'],
    ['GET', '/kv/raft/k', 'AAAA', 'bad_session', 'add session= and one or more of ryw'],
    ['GET', '/kv/raft/k?session=x', '', 'bad_parameter', 'use one or more of ryw, mr, mw'],
    ['GET', '/kv/test?session=ryw', '', 'bad_parameter', 'is for requests of one key'],
    ['GET', '/kv/raft?session=ryw', '', 'bad_parameter', 'is for requests of one key'],
    ['GET', '/kv/paxos?session=causal', '', 'bad_parameter', 'is for requests of one key'],
    ['GET', '/kv/paxos/k', 'AAAA', 'bad_session', 'add session= and one or more of ryw'],
    ['PUT', '/kv/paxos/k?session=x', '', 'bad_parameter', 'use one or more of ryw, mr, mw'],
    ['GET', '/kv/paxos/k?session=causal', 'no', 'bad_session', 'send the X-Quorate-Session of'],
    ['PUT', '/kv/paxos/k?session=causal', 'no', 'bad_session', 'send the X-Quorate-Session of'],
    ['GET', '/kv/raft/k?session=causal', '', 'bad_parameter', 'of mode dynamo and paxos only'],
    ['PUT', '/kv/raft/k?session=ryw,causal', '', 'bad_parameter', 'of mode dynamo and paxos'],
    ['GET', '/kv/test', 'AAAA', 'bad_parameter', 'is for requests of one key'],
    ['POST', '/batch?session=ryw', '', 'bad_parameter', 'is for requests of one key'],
    ['POST', '/batch', 'AAAA', 'bad_parameter', 'is for requests of one key'],
  ];

  it.each(cases)('%s %s with token "%s": %s', async (method, target, session, code, hint) => {
    const headers: Record<string, string> = session === '' ? {} : bearing(session).headers;
    const answer = await send(node, method, target, { headers, body: '' });
    expect(answer.status).toBe(400);
    const problem = jsonOf(answer);
    expect(problem).toMatchObject({ code, definite: true, retry: false });
    expect(problem.detail).toContain(hint);
  });

  it('sessions of operations in a batch, by themselves', async () => {
    const operations = [
      { op: 'get', bucket: 'test', key: 'k', session: 'ryw' },
      { op: 'get', bucket: 'raft', key: 'k' },
    ];
    const answer = await send(node, 'POST', '/batch', { body: JSON.stringify({ operations }) });
    const { results } = jsonOf(answer);
    expect(results[0].problem.detail).toContain('is for requests of one key');
    expect(results[1].status).toBe(404);
  });
});

describe('a bucket whose reads are linearizable', () => {
  it.each([
    ['raft', 'session'],
    ['paxos', 'session'],
    ['paxos', 'ryw,mr,mw,wfr'],
  ])('(%s) keeps %s by itself, and hands the token back as it came', async (bucket, kept) => {
    const path = `/kv/${bucket}/k?session=${kept}`;
    const session = tokenOf(await send(node, 'GET', '/kv/test/k?session=causal'));
    for (const [method, more, status] of [
      ['GET', '', 404],
      ['PUT', '', 204],
      ['GET', '', 200],
      ['PUT', '&return=body', 200],
      ['DELETE', '', 204],
      ['POST', '&op=increment', 200],
      ['POST', '&op=append', 204],
      ['DELETE', '', 204],
    ] as const) {
      const body = method === 'PUT' ? { body: 'v' } : {};
      const answer = await send(node, method, path + more, { ...bearing(session), ...body });
      expect(answer.status).toBe(status);
      expect(tokenOf(answer)).toBe(session);
    }
    const begun = await send(node, 'GET', path);
    expect(begun.headers).not.toHaveProperty('x-quorate-session');
  });
});

describe('a causal session, by way of a paxos bucket,', () => {
  const causal = (path: string) => `${path}${path.includes('?') ? '&' : '?'}session=causal`;
  const ask = (method: string, path: string, session?: string, body?: string) =>
    send(node, method, causal(path), {
      ...(session !== undefined && bearing(session)),
      ...(body !== undefined && { body }),
    });
  /** The token of a session that has written these keys of the dynamo bucket. */
  const having = async (...keys: string[]) => {
    let session: string | undefined;
    for (const key of keys) {
      session = tokenOf(await ask('PUT', `/kv/test/${key}`, session, 'v'));
    }
    return String(session);
  };
  /** What a session knows that begins with this request. */
  const knownAfter = async (method: string, path: string) => {
    const answer = await ask(method, path);
    return { status: answer.status, entries: remembered(tokenOf(answer)) };
  };
  const entriesOf = (session: string) =>
    remembered(session).map((entry) => ({ ...entry, readsOnly: true }));

  it.each([
    ['put', 'PUT', '/kv/paxos/by-put'],
    ['put with its body', 'PUT', '/kv/paxos/by-put-body?return=body'],
    ['increment', 'POST', '/kv/paxos/by-increment?op=increment'],
    ['append', 'POST', '/kv/paxos/by-append?op=append'],
  ])(
    'tells by %s what it has seen, and who reads it takes that over',
    async (_, method, target) => {
      const [path = ''] = target.split('?');
      const writer = await having(`x-of-${method}`, `y-of-${method}`);
      const written = await ask(method, target, writer, method === 'PUT' ? 'v' : '');
      expect(remembered(tokenOf(written))).toEqual(remembered(writer));
      const { status, entries } = await knownAfter('GET', path);
      expect(status).toBe(200);
      expect(entries).toEqual(entriesOf(writer));
      // Once more, to who never spoke with the first.
      const reader = tokenOf(await ask('GET', path));
      await ask('PUT', `${path}-next`, reader, 'w');
      expect((await knownAfter('GET', `${path}-next`)).entries).toEqual(entriesOf(writer));
    },
  );

  it('adds what it has seen to what the value carries that it adds to', async () => {
    const path = '/kv/paxos/counter';
    const [first, second] = [await having('first'), await having('second')];
    await ask('POST', `${path}?op=increment`, first);
    await send(node, 'POST', `${path}?op=increment`);
    const added = await ask('POST', `${path}?op=increment`, second);
    expect(added.body.toString()).toBe('3');
    expect(remembered(tokenOf(added))).toHaveLength(2);
    const both = [...entriesOf(first), ...entriesOf(second)];
    expect((await knownAfter('GET', path)).entries).toEqual(both);
  });

  it('has seen what its increment shows, and says where that is no longer there', async () => {
    const path = '/kv/paxos/shown';
    await ask('PUT', path, await having('behind'), '7');
    const { status, entries } = await knownAfter('POST', `${path}?op=increment`);
    expect([status, entries.length]).toEqual([200, 1]);
    const headers = { 'idempotency-key': idempotencyKey() };
    const once = () => send(node, 'POST', causal(`${path}?op=increment`), { headers });
    const told = await once();
    expect(remembered(tokenOf(told))).toHaveLength(1);
    expect(remembered(tokenOf(await once()))).toEqual(remembered(tokenOf(told)));
    await send(node, 'PUT', path, { body: '0' });
    const late = await once();
    expect(late.body.toString()).toBe('9');
    expect(late.headers['x-quorate-session-truncated']).toBe('true');
  });

  it('tells nothing with what it does not write, and nothing of others', async () => {
    const path = '/kv/paxos/none';
    const session = await having('z');
    for (const method of ['GET', 'DELETE']) await ask(method, path, session);
    expect(await knownAfter('GET', path)).toEqual({ status: 404, entries: [] });
    await ask('PUT', path, session, 'v');
    await send(node, 'PUT', path, { body: 'w' });
    expect(await knownAfter('GET', path)).toEqual({ status: 200, entries: [] });
    const other = await send(node, 'GET', path);
    expect(other.headers).not.toHaveProperty('x-quorate-session');
  });
});

/** What the token says, whatever it is sealed with. */
function remembered(token: string) {
  const bytes = Buffer.from(token, 'base64url');
  const cluster = bytes.readBigUInt64BE(1);
  const seal = () => bytes.readBigUInt64BE(bytes.length - 8);
  return decodeSession(token, { cluster, seal }).entries;
}
