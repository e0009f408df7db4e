/** Codecs, schemas and resolvers that throw: who is told, and what goes on. */

import { expect, it } from 'vitest';
import { type Codec, CodecError, text } from '../../../src/client/index.ts';
import { clientOf, type FakeCluster, fakeCluster } from './fake-cluster.ts';

const broken = new RangeError('odd');

/** Takes numbers that are even. */
const even: Codec<number> = {
  contentType: 'text/plain',
  encode: (value) => {
    if (value % 2 === 1) throw broken;
    return String(value);
  },
  decode: async (bytes) => {
    const value = Number(Buffer.from(bytes).toString());
    if (value % 2 === 1) throw broken;
    return value;
  },
};

const sent = (cluster: FakeCluster) => cluster.nodes.flatMap((node) => node.asked);

const failed = (key: string) => ({
  name: 'CodecError',
  message: `b/${key}: odd`,
  cause: broken,
  bucket: 'b',
  key,
  outcome: 'not_applied',
});

function answering(cluster: FakeCluster, status: number, body: string): void {
  for (const node of cluster.nodes) {
    node.answer = (_, response) => response.writeHead(status, { 'content-type': 'x' }).end(body);
  }
}

it('tells which key it was, and why, and sends nothing', async () => {
  const cluster = await fakeCluster(1);
  const bucket = clientOf(cluster).bucket('b', { codec: even });
  const putting = await bucket.put('k', 1).catch((error) => error);
  expect(putting).toMatchObject(failed('k'));
  expect(putting).toBeInstanceOf(CodecError);
  expect(sent(cluster)).toEqual([]);
  answering(cluster, 200, '3');
  await expect(bucket.get('k')).rejects.toMatchObject(failed('k'));
  const resolving = clientOf(cluster).bucket('b', {
    codec: text(),
    resolve: () => {
      throw broken;
    },
  });
  const siblings = [1, 2].map((value) => ({ value: String(value), contentType: 'x' }));
  answering(cluster, 300, JSON.stringify({ siblings }));
  await expect(resolving.get('k')).rejects.toMatchObject(failed('k'));
});

it('is a failure too where a codec makes something that is no bytes', async () => {
  const cluster = await fakeCluster(1);
  const bucket = clientOf(cluster).bucket('b', { codec: text() });
  await expect(bucket.put('k', 7 as never)).rejects.toMatchObject({
    name: 'CodecError',
    key: 'k',
    cause: { name: 'TypeError' },
  });
  expect(sent(cluster)).toEqual([]);
});

it('fails the one operation of a batch, and runs the others', async () => {
  const cluster = await fakeCluster(1);
  const bucket = clientOf(cluster).bucket('b', { codec: even });
  const value = (number: number) => ({ value: String(number), contentType: 'x' });
  const results = [
    { status: 200, siblings: [value(1)] },
    { status: 200, siblings: [value(2)] },
    { status: 204, context: 'c' },
  ];
  answering(cluster, 200, JSON.stringify({ results }));
  const [odd, fine, refused, put] = await bucket.batch([
    { op: 'get', key: 'odd' },
    { op: 'get', key: 'fine' },
    { op: 'put', key: 'refused', value: 1 },
    { op: 'put', key: 'put', value: 2 },
  ]);
  expect(odd).toMatchObject({ ok: false, error: failed('odd') });
  expect(fine).toMatchObject({ ok: true, result: { value: 2 } });
  expect(refused).toMatchObject({ ok: false, error: failed('refused') });
  expect(put).toMatchObject({ ok: true, result: { context: 'c' } });
});

it('tells a watch of a value that cannot be read, which goes on', async () => {
  const cluster = await fakeCluster(1);
  cluster.buckets.b = { name: 'b', mode: 'raft' };
  const put = (key: string, value: string, revision: number) =>
    `event: put\nid: ${revision}\ndata: ${JSON.stringify({ key, value, contentType: 'x', revision })}\n\n`;
  for (const node of cluster.nodes) {
    node.answer = (_, response) => {
      response.writeHead(200).write(put('odd', '1', 2) + put('fine', '2', 3));
    };
  }
  const ending = new AbortController();
  const told: object[] = [];
  const bucket = clientOf(cluster).bucket('b', { codec: even });
  for await (const news of bucket.watch({ signal: ending.signal })) {
    told.push(news);
    if (news.type === 'put') ending.abort();
  }
  expect(told).toMatchObject([
    { type: 'connected' },
    { type: 'unreadable', version: 2, error: { cause: broken } },
    { type: 'put', value: 2, version: 3 },
  ]);
});

it('ends a list at a key that is no text, and names it', async () => {
  const cluster = await fakeCluster(1);
  const keys = [{ key: 'a' }, { keyBase64: '/w==' }].map((key) => JSON.stringify(key));
  answering(cluster, 200, keys.join('\n'));
  const list = clientOf(cluster).bucket('b').list();
  expect(await list.next()).toMatchObject({ value: 'a' });
  await expect(list.next()).rejects.toMatchObject({
    name: 'CodecError',
    message: expect.stringContaining('b/base64 /w=='),
  });
});
