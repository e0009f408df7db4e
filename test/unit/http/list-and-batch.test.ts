import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode({ valueBytesMax: 2_000_000 });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

async function list(target: string): Promise<Record<string, string>[]> {
  const answer = await send(node, 'GET', target);
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('application/x-ndjson');
  const lines = answer.body.toString('utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line));
}

async function batch(operations: unknown): Promise<Record<string, never>[]> {
  const answer = await send(node, 'POST', '/batch', { body: JSON.stringify({ operations }) });
  expect(answer.status).toBe(200);
  return jsonOf(answer).results;
}

describe('GET /kv/{bucket}', () => {
  const names = Array.from({ length: 250 }, (_, i) => `k${String(i).padStart(4, '0')}`);

  beforeAll(async () => {
    await batch(names.map((key) => ({ op: 'put', bucket: 'listed', key, value: key })));
    await send(node, 'PUT', '/kv/listed/%ff%00', { body: 'v' });
  });

  it('streams one key a line, rising, and base64 for those that are not text', async () => {
    const lines = await list('/kv/listed');
    expect(lines.slice(0, -1)).toEqual(names.map((key) => ({ key })));
    expect(lines.at(-1)).toEqual({ keyBase64: '/wA=' });
  });

  it('pages by limit and cursor until there is no cursor', async () => {
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const lines = await list(`/kv/listed?limit=100&prefix=k${cursor && `&cursor=${cursor}`}`);
      cursor = lines.at(-1)?.cursor ?? '';
      seen.push(...lines.filter((line) => 'key' in line).map(({ key }) => key));
    } while (cursor !== '');
    expect(seen).toEqual(names);
  });

  it('takes a prefix of bytes, and of an unknown bucket says that there is none', async () => {
    expect(await list('/kv/listed?prefix=k000')).toHaveLength(10);
    expect(await list('/kv/listed?prefix=%ff')).toEqual([{ keyBase64: '/wA=' }]);
    expect(jsonOf(await send(node, 'GET', '/kv/unheard-of'))).toMatchObject({
      status: 404,
      code: 'no_such_bucket',
    });
  });

  it('leaves deleted keys out', async () => {
    await send(node, 'PUT', '/kv/brief/gone', { body: 'v' });
    await send(node, 'PUT', '/kv/brief/here', { body: 'v' });
    await send(node, 'DELETE', '/kv/brief/gone');
    expect(await list('/kv/brief')).toEqual([{ key: 'here' }]);
  });
});

describe('POST /batch', () => {
  it('answers every operation in its place', async () => {
    const put = { op: 'put', bucket: 'b', key: 'k', value: 'v', meta: { Colour: 'red' } };
    const [stored] = await batch([put]);
    expect(stored).toMatchObject({ status: 204 });
    const results = await batch([
      { op: 'get', bucket: 'b', key: 'k' },
      { op: 'get', bucket: 'b', key: 'none' },
      { op: 'put', bucket: 'b', keyBase64: '/w==', valueBase64: 'AAE=', context: 'garbage' },
      { op: 'delete', bucket: 'b', key: 'k', context: stored?.context },
      { op: 'get', bucket: 'b', key: 'k', w: 1 },
      { op: 'steal' },
      'nonsense',
    ]);
    expect(results.map(({ status }) => status)).toEqual([200, 404, 400, 204, 400, 400, 400]);
    expect(results[0]).toMatchObject({ siblings: [{ value: 'v', meta: { colour: 'red' } }] });
    expect(results[2]).toMatchObject({ problem: { code: 'bad_context' } });
    expect(results[4]).toMatchObject({ problem: { parameter: 'w' } });
  });

  it('keeps siblings, as single requests do', async () => {
    const put = (value: string) => ({ op: 'put', bucket: 'b', key: 'two', value });
    await batch([put('a'), put('b')]);
    const [get] = await batch([{ op: 'get', bucket: 'b', key: 'two' }]);
    expect(get).toMatchObject({ status: 300 });
    expect((get as unknown as { siblings: unknown[] }).siblings).toHaveLength(2);
  });

  it.each([
    ['not JSON', '{', 'JSON'],
    ['no operations', '{}', 'operations'],
    ['null', 'null', 'operations'],
    ['operations that are no list', '{"operations":{}}', 'operations'],
    ['too many', JSON.stringify({ operations: new Array(1_001).fill({}) }), '1000'],
  ])('refuses %s', async (_, body, hint) => {
    const answer = await send(node, 'POST', '/batch', { body });
    expect(answer.status).toBe(400);
    expect(jsonOf(answer).detail).toContain(hint);
  });

  it('never answers with more than it can hold', async () => {
    const value = 'x'.repeat(1_900_000);
    await batch([{ op: 'put', bucket: 'b', key: 'large', value }]);
    const gets = new Array(40).fill({ op: 'get', bucket: 'b', key: 'large' });
    const statuses = (await batch(gets)).map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses).toContain(413);
  });
});
