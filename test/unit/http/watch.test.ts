import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../cluster/wait-for.ts';
import { declaredAnswers } from '../../declared-answers.ts';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

let node: HttpNode;
let buckets = 0;
const open: ClientRequest[] = [];

beforeAll(async () => {
  node = await startHttpNode();
});

afterEach(() => {
  for (const outgoing of open.splice(0)) outgoing.destroy();
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

interface StreamEvent {
  readonly event: string | undefined;
  readonly id: number | undefined;
  readonly data: Record<string, unknown>;
}

class Watcher {
  readonly incoming: IncomingMessage;
  readonly outgoing: ClientRequest;
  readonly target: string;
  text = '';
  ended = false;

  constructor(incoming: IncomingMessage, outgoing: ClientRequest, target: string) {
    this.target = target;
    this.incoming = incoming;
    this.outgoing = outgoing;
    incoming.setEncoding('utf8');
    incoming.on('data', (text: string) => {
      this.text += text;
    });
    incoming.on('error', () => {});
    incoming.on('close', () => {
      this.ended = true;
    });
  }

  /** Throws where something is not as declared. */
  get events(): StreamEvent[] {
    const { statusCode: status = 0, headers } = this.incoming;
    declaredAnswers.expectAnswer({
      method: 'GET',
      target: `/watch/${this.target}`,
      sent: {},
      answer: { status, headers, body: Buffer.from(this.text) },
    });
    const blocks = this.text.split('\n\n').slice(0, -1);
    return blocks.filter((block) => block.includes('data: ')).map(eventOf);
  }

  async take(count: number): Promise<StreamEvent[]> {
    await waitFor(`${count} events`, 10_000, () => this.events.length >= count);
    expect(this.events).toHaveLength(count);
    return this.events;
  }

  /** The id that a browser would send when it comes back. */
  get lastId(): number {
    return Number([...this.text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1]);
  }
}

function eventOf(block: string): StreamEvent {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  const id = field('id');
  return {
    event: field('event'),
    id: id === undefined ? undefined : Number(id),
    data: JSON.parse(field('data') ?? ''),
  };
}

function watch(target: string, headers: Record<string, string> = {}): Promise<Watcher> {
  return new Promise((resolve, reject) => {
    const { port } = node;
    const outgoing = request({ host: '127.0.0.1', port, path: `/watch/${target}`, headers });
    open.push(outgoing);
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      if (incoming.statusCode === 200) resolve(new Watcher(incoming, outgoing, target));
      else reject(new Error(`status ${incoming.statusCode}`));
    });
    outgoing.end();
  });
}

async function freshBucket(mode = 'raft'): Promise<string> {
  const name = `watched-${buckets++}`;
  await send(node, 'PUT', `/buckets/${name}`, { body: JSON.stringify({ mode }) });
  return name;
}

async function put(
  bucket: string,
  key: string,
  body: string | Buffer,
  query = '',
): Promise<number> {
  const answer = await send(node, 'PUT', `/kv/${bucket}/${key}${query}`, { body });
  expect(answer.status).toBe(204);
  return Number(answer.headers['x-quorate-revision']);
}

describe('a watcher', () => {
  it('is told of puts and deletes from now on, in order, with their revisions', async () => {
    const bucket = await freshBucket();
    await put(bucket, 'before', 'v');
    const watcher = await watch(bucket);
    expect(watcher.incoming.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    const first = await put(bucket, 'a', 'text');
    const second = await put(bucket, '%ff', Buffer.from([0xfe]));
    await send(node, 'DELETE', `/kv/${bucket}/a`);
    const [a, b, c] = await watcher.take(3);
    expect(a).toMatchObject({ event: 'put', id: first });
    expect(a?.data).toMatchObject({ key: 'a', value: 'text', revision: first });
    expect(b?.data).toMatchObject({ keyBase64: '/w==', valueBase64: '/g==', revision: second });
    expect(c).toMatchObject({ event: 'delete', data: { key: 'a' } });
    expect(c?.id).toBeGreaterThan(second);
  });

  it('may begin after a revision, and go on where it was', async () => {
    const bucket = await freshBucket();
    const first = await put(bucket, 'a', '1');
    const second = await put(bucket, 'b', '2');
    const fromFirst = await watch(`${bucket}?after=${first}`);
    expect((await fromFirst.take(1))[0]?.data).toMatchObject({ key: 'b' });
    await put(bucket, 'c', '3');
    await fromFirst.take(2);
    fromFirst.outgoing.destroy();
    await put(bucket, 'd', '4');
    const again = await watch(`${bucket}?after=${first}`, {
      'last-event-id': String(fromFirst.lastId),
    });
    expect((await again.take(1))[0]?.data).toMatchObject({ key: 'd' });
    const fromSecond = await watch(bucket, { 'last-event-id': String(second) });
    expect(await fromSecond.take(2)).toMatchObject([
      { data: { key: 'c' } },
      { data: { key: 'd' } },
    ]);
  });

  it('is told at once where it is, and so misses nothing that comes after', async () => {
    const bucket = await freshBucket();
    const revision = await put(bucket, 'a', '1');
    const watcher = await watch(bucket);
    await waitFor('the first line', 5_000, () => watcher.text.includes('id: '));
    expect(watcher.lastId).toBeGreaterThanOrEqual(revision);
    expect(watcher.events).toEqual([]);
  });

  it('sees keys of its prefix and bucket only', async () => {
    const bucket = await freshBucket();
    const other = await freshBucket();
    const watcher = await watch(`${bucket}?prefix=a%2F`);
    await put(bucket, 'b/1', 'v');
    await put(other, 'a/1', 'v');
    await put(bucket, 'a/2', 'v');
    expect((await watcher.take(1))[0]?.data).toMatchObject({ key: 'a/2' });
  });

  it('goes on only after all changes of one revision', async () => {
    const bucket = await freshBucket();
    const lease = jsonOf(await send(node, 'POST', '/leases?ttl=60000')).id;
    for (const key of ['a', 'b', 'c']) await put(bucket, key, 'v', `?lease=${lease}`);
    const watcher = await watch(bucket);
    await send(node, 'DELETE', `/leases/${lease}`);
    const events = await watcher.take(3);
    const revision = events[0]?.data.revision;
    expect(events.map(({ data }) => data)).toEqual(
      ['a', 'b', 'c'].map((key) => ({ key, revision })),
    );
    expect(events.map(({ id }) => id)).toEqual([undefined, undefined, revision]);
  });

  it('hears last of all that the bucket is gone', async () => {
    const bucket = await freshBucket();
    const watcher = await watch(bucket);
    await put(bucket, 'a', 'v');
    await send(node, 'DELETE', `/buckets/${bucket}`);
    await waitFor('the end', 5_000, () => watcher.ended);
    expect(watcher.events.map(({ event }) => event)).toEqual(['put', 'bucket_deleted']);
  });
});

describe('a watcher that is too far behind', () => {
  const body = Buffer.alloc(64 * 1024, 'x');
  /** 20 MiB are more than is kept; what sockets hold for a slow reader comes on top. */
  const writeMiB = async (bucket: string, mebibytes: number) => {
    for (let i = 0; i < mebibytes; i++) {
      await Promise.all(Array.from({ length: 16 }, (_, key) => put(bucket, `k${key}`, body)));
    }
  };

  it('is refused with 410 when it comes back', async () => {
    const bucket = await freshBucket();
    const first = await put(bucket, 'a', 'v');
    const quiet = await watch(await freshBucket());
    await writeMiB(bucket, 20);
    const answer = await send(node, 'GET', `/watch/${bucket}?after=${first}`);
    expect(jsonOf(answer)).toMatchObject({ status: 410, code: 'watch_compacted' });
    expect(quiet.ended).toBe(false);
  });

  it('is told so when it reads too slowly, and nothing piles up for it', async () => {
    const bucket = await freshBucket();
    const watcher = await watch(bucket);
    watcher.incoming.pause();
    await writeMiB(bucket, 64);
    watcher.incoming.resume();
    await waitFor('the end', 10_000, () => watcher.ended);
    expect(watcher.events.at(-1)).toMatchObject({
      event: 'compacted',
      data: { code: 'watch_compacted' },
    });
  });
});

describe('open watches', () => {
  const counted = async () => {
    const metrics = (await send(node, 'GET', '/metrics')).body.toString();
    return Number(/^quorate_raft_watchers (\d+)$/m.exec(metrics)?.[1]);
  };

  it('are counted until they end, by whatever side', async () => {
    await waitFor('those of other tests to be forgotten', 5_000, async () => {
      return (await counted()) === 0;
    });
    const [bucket, other] = [await freshBucket(), await freshBucket()];
    const watcher = await watch(bucket);
    await watch(other);
    expect(await counted()).toBe(2);
    await send(node, 'GET', '/watch/nowhere');
    expect(await counted()).toBe(2);
    await send(node, 'DELETE', `/buckets/${other}`);
    await waitFor('one to be left', 5_000, async () => (await counted()) === 1);
    watcher.outgoing.destroy();
    await waitFor('none to be left', 5_000, async () => (await counted()) === 0);
  });
});

describe('the end', () => {
  it('of the connection ends the watch', async () => {
    const bucket = await freshBucket();
    for (let round = 0; round < 5; round++) {
      const watchers = await Promise.all(Array.from({ length: 250 }, () => watch(bucket)));
      for (const { outgoing } of watchers) outgoing.destroy();
    }
    // 1,250 in all: more than may be connected at a time.
    await waitFor('all to be forgotten', 5_000, async () => {
      const watcher = await watch(bucket).catch(() => undefined);
      watcher?.outgoing.destroy();
      return watcher !== undefined;
    });
  });

  it('of the node ends all watches', async () => {
    const bucket = await freshBucket();
    const usual = node;
    node = await startHttpNode();
    try {
      await send(node, 'PUT', `/buckets/${bucket}`, { body: '{"mode": "raft"}' });
      const watchers = await Promise.all([watch(bucket), watch(bucket)]);
      await node.stop();
      expect(node.unexpected).toEqual([]);
      await waitFor('the end', 5_000, () => watchers.every(({ ended }) => ended));
    } finally {
      node = usual;
    }
  });
});

describe('what is wrong is named', () => {
  it.each([
    ['after=x', 'after', 'whole number'],
    ['after=-1', 'after', 'whole number'],
    ['after=', 'after', 'whole number'],
    ['after=99999999', 'after', 'leave after out'],
    ['from=1', 'from', 'use prefix, after, timeout'],
    ['prefix=%zz', 'prefix', 'percent escape'],
    [`prefix=${'x'.repeat(1_025)}`, 'prefix', '1024'],
    ['timeout=0', 'timeout', '1 to 60000'],
  ])('?%s', async (query, parameter, hint) => {
    const answer = jsonOf(await send(node, 'GET', `/watch/${await freshBucket()}?${query}`));
    expect(answer).toMatchObject({ status: 400, code: 'bad_parameter', parameter });
    expect(answer.detail).toContain(hint);
  });

  it('a Last-Event-ID that is none of ours', async () => {
    const bucket = await freshBucket();
    for (const id of ['x', '', '1.5', '9'.repeat(30)]) {
      const answer = await send(node, 'GET', `/watch/${bucket}`, {
        headers: { 'last-event-id': id },
      });
      expect(jsonOf(answer)).toMatchObject({ status: 400, parameter: 'Last-Event-ID' });
    }
  });

  it('buckets that cannot be watched', async () => {
    const dynamo = await freshBucket('dynamo');
    const answer = jsonOf(await send(node, 'GET', `/watch/${dynamo}`));
    expect(answer).toMatchObject({ status: 400, code: 'bucket_mode' });
    const none = jsonOf(await send(node, 'GET', '/watch/nowhere'));
    expect(none).toMatchObject({ status: 404, code: 'no_such_bucket' });
    expect(jsonOf(await send(node, 'GET', '/watch/a/b'))).toMatchObject({ code: 'bad_bucket' });
    expect((await send(node, 'POST', `/watch/${dynamo}`)).headers.allow).toBe('GET');
  });
});
