import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpNode, jsonOf, type RawAnswer, send, startHttpNode } from './http-node.ts';

let node: HttpNode;
let keys = 0;

beforeAll(async () => {
  node = await startHttpNode();
  await send(node, 'PUT', '/buckets/last', { body: '{"conflict": "lww"}' });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

const freshPath = (bucket = 'last') => `/kv/${bucket}/key-${keys++}`;
const contextOf = (answer: RawAnswer) => String(answer.headers['x-quorate-context']);
const put = (target: string, body: string, headers = {}) =>
  send(node, 'PUT', target, { body, headers });
const get = (target: string) => send(node, 'GET', target);

describe('a bucket in which the last write wins', () => {
  it('answers with one value, though its writers saw nothing of each other', async () => {
    const path = freshPath();
    for (const value of ['a', 'b', 'c']) await put(path, value);
    expect(await get(path)).toMatchObject({ status: 200, body: Buffer.from('c') });
    const returned = await put(`${path}?return=body`, 'd');
    expect(returned).toMatchObject({ status: 200, body: Buffer.from('d') });
    expect(returned.headers.etag).toBe((await get(path)).headers.etag);
  });

  it('takes more puts without context than any key may have siblings', async () => {
    const path = freshPath();
    for (let i = 0; i < 120; i++) expect((await put(path, String(i))).status).toBe(204);
    expect((await get(path)).body.toString()).toBe('119');
  });

  it('deletes with the context of a put, of an answer, or with none', async () => {
    for (const source of ['put', 'get', 'none']) {
      const path = freshPath();
      await put(path, 'a');
      const stored = await put(path, 'b');
      const read = await get(path);
      const context = { put: contextOf(stored), get: contextOf(read) }[source];
      const headers: Record<string, string> = context ? { 'x-quorate-context': context } : {};
      expect((await send(node, 'DELETE', path, { headers })).status).toBe(204);
      expect((await get(path)).status).toBe(404);
    }
  });

  it('keeps what a delete did not see', async () => {
    const path = freshPath();
    const seen = contextOf(await put(path, 'seen'));
    await put(path, 'unseen');
    await send(node, 'DELETE', path, { headers: { 'x-quorate-context': seen } });
    expect((await get(path)).body.toString()).toBe('unseen');
  });

  it('answers a batch alike', async () => {
    const operation = { bucket: 'last', key: `key-${keys++}` };
    const batch = async (operations: unknown[]) => {
      const body = JSON.stringify({ operations });
      return jsonOf(await send(node, 'POST', '/batch', { body })).results;
    };
    await batch([{ ...operation, op: 'put', value: 'a' }]);
    await batch([{ ...operation, op: 'put', value: 'b' }]);
    const [answer] = await batch([{ ...operation, op: 'get' }]);
    expect(answer).toMatchObject({ status: 200, siblings: [{ value: 'b' }] });
    expect(answer.etag).toBe((await get(`/kv/last/${operation.key}`)).headers.etag);
  });
});

describe('the policy of a bucket', () => {
  it('may change, and decides what is shown of siblings that are there', async () => {
    const path = freshPath('changing');
    await put(path, 'first');
    await put(path, 'second');
    const both = await get(path);
    expect(both.status).toBe(300);
    await send(node, 'PUT', '/buckets/changing', { body: '{"conflict": "lww"}' });
    const last = await get(path);
    expect(last).toMatchObject({ status: 200, body: Buffer.from('second') });
    expect(last.headers.etag).not.toBe(both.headers.etag);
    await send(node, 'PUT', '/buckets/changing', { body: '{"conflict": "siblings"}' });
    expect((await get(path)).status).toBe(300);
    await put(path, 'resolved', { 'x-quorate-context': contextOf(last) });
    expect((await get(path)).body.toString()).toBe('resolved');
  });
});
