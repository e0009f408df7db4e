import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/system-clock.ts';
import { type HttpNode, jsonOf, type RawAnswer, send, startHttpNode } from './http-node.ts';

let node: HttpNode;
let keys = 0;
/** Added to the wall clock of the node. */
let skippedMs = 0;

beforeAll(async () => {
  const wallTime = () => systemClock.wallTime() + skippedMs;
  node = await startHttpNode({ clock: { ...systemClock, wallTime } });
  await send(node, 'PUT', '/buckets/brief', { body: '{"ttl": "10s"}' });
  await send(node, 'PUT', '/buckets/locks', { body: '{"mode": "raft"}' });
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

const freshPath = (bucket = 'kept') => `/kv/${bucket}/key-${keys++}`;
const contextOf = (answer: RawAnswer) => String(answer.headers['x-quorate-context']);
const put = (target: string, body = 'v', headers = {}) =>
  send(node, 'PUT', target, { body, headers });
const get = (target: string, headers = {}) => send(node, 'GET', target, { headers });
const expiryOf = (answer: RawAnswer) => answer.headers['x-quorate-expires-at'];

async function batch(...operations: unknown[]) {
  const body = JSON.stringify({ operations });
  return jsonOf(await send(node, 'POST', '/batch', { body })).results;
}

function inAbout(ttlMs: number) {
  const ideal = systemClock.wallTime() + skippedMs + ttlMs;
  return (text: unknown) => Math.abs(Date.parse(String(text)) - ideal) < 2_000;
}

describe('a value with a ttl', () => {
  it('says when it expires, and is 404 with its context from then on', async () => {
    const path = freshPath();
    const isRight = inAbout(30_000);
    expect((await put(`${path}?ttl=30s`)).status).toBe(204);
    const before = await get(path);
    expect(before.status).toBe(200);
    expect(expiryOf(before)).toSatisfy(isRight);
    expect(expiryOf(await send(node, 'HEAD', path))).toBe(expiryOf(before));
    skippedMs += 30_000;
    const after = await get(path);
    expect(after.status).toBe(404);
    expect(jsonOf(after).detail).toContain('has expired');
    expect(after.headers.etag).toBeUndefined();
    const renewed = await put(path, 'again', { 'x-quorate-context': contextOf(after) });
    expect(renewed.status).toBe(204);
    expect((await get(path)).body.toString()).toBe('again');
    expect(expiryOf(await get(path))).toBeUndefined();
  });

  it.each([
    ['5', 5_000],
    ['1500ms', 1_500],
    ['2m', 120_000],
    ['3650d', 3_650 * 86_400_000],
  ])('ttl=%s', async (ttl, ttlMs) => {
    const isRight = inAbout(ttlMs);
    const answer = await put(`${freshPath()}?ttl=${ttl}&return=body`);
    expect(expiryOf(answer)).toSatisfy(isRight);
  });

  it('is listed until it expires', async () => {
    await put('/kv/listed/brief?ttl=5s');
    await put('/kv/listed/lasting');
    const names = async () => (await get('/kv/listed')).body.toString();
    expect(await names()).toBe('{"key":"brief"}\n{"key":"lasting"}\n');
    skippedMs += 5_000;
    expect(await names()).toBe('{"key":"lasting"}\n');
  });

  it('leaves its unexpired siblings behind, under another ETag', async () => {
    const path = freshPath();
    await put(path, 'lasting');
    await put(`${path}?ttl=5s`, 'brief');
    const both = await get(path);
    expect(both.status).toBe(300);
    const { siblings } = jsonOf(both);
    expect(
      siblings.map(({ expiresAt }: { expiresAt?: string }) => typeof expiresAt).sort(),
    ).toEqual(['string', 'undefined']);
    expect(siblings[0]).toMatchObject({ wallTime: expect.stringMatching(/^20\d\d-.*Z$/) });
    const multipart = await get(path, { accept: 'multipart/mixed' });
    expect(multipart.body.toString()).toContain('x-quorate-expires-at: 20');
    skippedMs += 5_000;
    const one = await get(path);
    expect(one).toMatchObject({ status: 200, body: Buffer.from('lasting') });
    expect(one.headers.etag).not.toBe(both.headers.etag);
    expect(expiryOf(one)).toBeUndefined();
    const returned = await put(`${path}?return=body`, 'another');
    expect(returned.status).toBe(300);
    expect(jsonOf(returned).siblings).toHaveLength(2);
  });

  it('may be deleted after it has expired, as what was deleted may', async () => {
    const path = freshPath();
    await put(`${path}?ttl=1`);
    skippedMs += 1_000;
    expect((await send(node, 'DELETE', path)).status).toBe(204);
    expect((await get(path)).status).toBe(404);
  });

  it('can be put and got in a batch', async () => {
    const key = `key-${keys++}`;
    const operation = { bucket: 'kept', key };
    const isRight = inAbout(20_000);
    const [stored] = await batch({ ...operation, op: 'put', value: 'v', ttl: '20s' });
    expect(stored.status).toBe(204);
    const [before] = await batch({ ...operation, op: 'get' });
    expect(before.siblings[0].expiresAt).toSatisfy(isRight);
    skippedMs += 20_000;
    const [after] = await batch({ ...operation, op: 'get' });
    expect(after).toEqual({ status: 404, context: expect.any(String) });
  });
});

describe('the ttl of a bucket', () => {
  it('is that of values whose puts name none', async () => {
    const [ofBucket, own, lasting] = [freshPath('brief'), freshPath('brief'), freshPath('brief')];
    await put(ofBucket);
    await put(`${own}?ttl=1h`);
    await put(`${lasting}?ttl=none`);
    await batch({ op: 'put', bucket: 'brief', key: 'of-batch', value: 'v', ttl: 'none' });
    expect(expiryOf(await get(ofBucket))).toSatisfy(inAbout(10_000));
    skippedMs += 10_000;
    expect((await get(ofBucket)).status).toBe(404);
    expect((await get(own)).status).toBe(200);
    expect(expiryOf(await get(lasting))).toBeUndefined();
    expect((await get('/kv/brief/of-batch')).status).toBe(200);
  });

  it('changes for later puts only', async () => {
    await send(node, 'PUT', '/buckets/changing', { body: '{"ttl": 5}' });
    const [early, late] = [freshPath('changing'), freshPath('changing')];
    await put(early);
    await send(node, 'PUT', '/buckets/changing', { body: '{"ttl": "none"}' });
    await put(late);
    skippedMs += 5_000;
    expect((await get(early)).status).toBe(404);
    expect((await get(late)).status).toBe(200);
  });
});

describe('what is wrong is named', () => {
  it.each(['0', '-1', '999ms', '3651d', 'soon', '1.5', '', '1e3', '30%20s'])(
    'ttl=%s',
    async (ttl) => {
      const answer = await put(`${freshPath()}?ttl=${ttl}`);
      expect(jsonOf(answer)).toMatchObject({
        status: 400,
        code: 'bad_parameter',
        parameter: 'ttl',
        detail: expect.stringContaining('30s, 5m, 12h or 7d, from 1s to 3650d'),
      });
    },
  );

  it.each([0, -1, null, {}, 'soon'])('a ttl of %j in a batch', async (ttl) => {
    const [result] = await batch({ op: 'put', bucket: 'kept', key: 'k', value: 'v', ttl });
    expect(result).toMatchObject({ status: 400, problem: { parameter: 'ttl' } });
  });

  it('a ttl where nothing is put', async () => {
    const path = freshPath();
    for (const method of ['GET', 'DELETE']) {
      const answer = await send(node, method, `${path}?ttl=5s`);
      expect(jsonOf(answer)).toMatchObject({ code: 'bad_parameter', parameter: 'ttl' });
    }
  });

  it('a ttl in a raft bucket, which has leases', async () => {
    const refusal = { code: 'bucket_mode', detail: expect.stringContaining('POST /leases') };
    expect(jsonOf(await put('/kv/locks/k?ttl=5s'))).toMatchObject({ status: 400, ...refusal });
    const [result] = await batch({ op: 'put', bucket: 'locks', key: 'k', value: 'v', ttl: 5 });
    expect(result).toMatchObject({ status: 400, problem: refusal });
  });
});
