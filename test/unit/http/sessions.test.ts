/** Sessions as clients speak of them. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpNode, jsonOf, type RawAnswer, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode();
  await send(node, 'PUT', '/buckets/raft', { body: '{"mode":"raft"}' });
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

describe('a raft bucket', () => {
  it('keeps every guarantee by itself, and hands the token back as it came', async () => {
    const path = '/kv/raft/k?session=causal';
    const session = tokenOf(await send(node, 'GET', '/kv/test/k?session=causal'));
    for (const [method, status] of [
      ['GET', 404],
      ['PUT', 204],
      ['GET', 200],
      ['DELETE', 204],
    ] as const) {
      const body = method === 'PUT' ? { body: 'v' } : {};
      const answer = await send(node, method, path, { ...bearing(session), ...body });
      expect(answer.status).toBe(status);
      expect(tokenOf(answer)).toBe(session);
    }
    const begun = await send(node, 'GET', path);
    expect(begun.headers).not.toHaveProperty('x-quorate-session');
  });
});
