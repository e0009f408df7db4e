/** What single requests of sessions do; many at once: sessions-random.test.ts. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/kernel/names.ts';
import type { Guarantee, SessionAnswer } from '../../src/node/index.ts';
import { valuesOf } from './harness.ts';
import {
  cluster,
  f1,
  f2,
  get as getIn,
  KEY,
  p1,
  p2,
  p3,
  put as putIn,
  refusal,
  startFive,
} from './key-with-fallbacks.ts';
import { bringBack, kill } from './places.ts';
import { holdUp } from './reaping-cluster.ts';

beforeEach(() => startFive());
afterEach(() => expect(cluster.fatalErrors).toEqual([]));

/** A client that keeps the token of its session. */
class Client {
  token: string | undefined;
  answer: SessionAnswer | undefined;
  readonly #guarantees: readonly Guarantee[];

  constructor(...guarantees: readonly Guarantee[]) {
    this.#guarantees = guarantees;
  }

  get session() {
    return { guarantees: this.#guarantees, tokens: this.token === undefined ? [] : [this.token] };
  }

  async put(at: NodeId, key: string, value: string, options: object = {}) {
    const result = await putIn(at, key, value, { w: 1, ...options, session: this.session });
    return this.#keep(result);
  }

  async get(at: NodeId, key: string, options: object = {}) {
    const alone = { r: 1, readRepair: 'off' } as const;
    const result = await getIn(at, key, { ...alone, ...options, session: this.session });
    return this.#keep(result);
  }

  async delete(at: NodeId, key: string, options: object = {}) {
    const promise = cluster.delete(at, key, { w: 1, ...options, session: this.session });
    return this.#keep(await cluster.complete(promise));
  }

  #keep<Result extends { readonly session: SessionAnswer | undefined }>(result: Result): Result {
    this.answer = result.session;
    this.token = result.session?.token;
    return result;
  }
}

const alone = (node: NodeId) => cluster.nodeIds.filter((id) => id !== node);

/** The others do not hear of what is written there, until the links are mended. */
async function apart(node: NodeId): Promise<void> {
  cluster.network.cutOneWay([node], alone(node));
  await cluster.simulation.advance(1);
}

/** Links mended; what was sent meanwhile is lost. */
async function together(): Promise<void> {
  await cluster.simulation.advance(10_000);
  cluster.network.heal();
  await cluster.simulation.advance(1_000);
}

/** The client's write is nowhere but in hints, which are not delivered yet. */
async function hintedAlone(client: Client): Promise<void> {
  await kill(cluster, p1, p2, p3);
  const put = await client.put(f1, KEY, 'hinted');
  expect(put.quorum.coordinator).toBe(f1);
  for (const p of [p1, p2, p3]) {
    for (const f of [f1, f2]) holdUp(cluster, 'replica.store_many', f, p, 100_000);
  }
  await bringBack(cluster, p1, p2, p3);
}

describe('a read in a session', () => {
  it('that the first replicas satisfy costs no message more', async () => {
    const client = new Client('session');
    await client.put(p1, KEY, 'v', { w: 3 });
    await cluster.simulation.advance(100);
    const messages = async (read: () => Promise<unknown>) => {
      const lines: string[] = [];
      cluster.simulation.onTrace = (line) => lines.push(line);
      await read();
      cluster.simulation.onTrace = undefined;
      return lines.filter((line) => / (replica|coordinate)\./.test(line)).length;
    };
    for (const r of [1, 2, 3]) {
      for (const at of [p1, p3, f1]) {
        const plain = await messages(() => getIn(at, KEY, { r }));
        expect(await messages(() => client.get(at, KEY, { r }))).toBe(plain);
      }
    }
    expect(await messages(() => client.get(p1, KEY, { r: 1 }))).toBe(0);
    expect(await messages(() => client.get(p1, KEY, { r: 2 }))).toBe(2);
  });

  it('asks the other replicas where the first are behind what it wrote', async () => {
    const client = new Client('ryw');
    await apart(p1);
    await client.put(p1, KEY, 'mine');
    cluster.network.heal();
    expect(valuesOf(await getIn(p2, KEY, { r: 1, readRepair: 'off' }))).toEqual([]);
    expect(valuesOf(await client.get(p2, KEY))).toEqual(['mine']);
    expect(cluster.metrics.get(p2)?.value('session_escalations_total')).toBe(1);
  });

  it('finds what only a fallback keeps', async () => {
    const client = new Client('ryw');
    await hintedAlone(client);
    expect(valuesOf(await getIn(p2, KEY, { r: 3, sloppy: false }))).toEqual([]);
    expect(valuesOf(await client.get(p2, KEY))).toEqual(['hinted']);
    expect(valuesOf(await client.get(p2, KEY, { sloppy: false }))).toEqual(['hinted']);
  });

  it('waits for what is on its way', async () => {
    const client = new Client('ryw');
    cluster.network.setLink(p1, p2, { delayMsMin: 700, delayMsMax: 700 });
    cluster.network.cutOneWay([p1], [p3, f1, f2]);
    await client.put(p1, KEY, 'slow');
    cluster.network.cutOneWay([p2], [p1]);
    const before = cluster.simulation.nowMs;
    expect(valuesOf(await client.get(p2, KEY, { timeoutMs: 1_500 }))).toEqual(['slow']);
    expect(cluster.simulation.nowMs - before).toBeLessThan(1_100);
  });

  it('is 503, definitely and at its deadline, where nobody can tell what it has seen', async () => {
    const client = new Client('mr');
    await apart(p1);
    await putIn(p1, KEY, 'newer', { w: 1 });
    expect(valuesOf(await client.get(p1, KEY))).toEqual(['newer']);
    cluster.network.cutBothWays([p1], alone(p1));
    const before = cluster.simulation.nowMs;
    const refused = refusal(
      cluster.get(p2, KEY, { r: 1, timeoutMs: 600, session: client.session }),
    );
    expect(await refused).toMatchObject({
      code: 'session_unavailable',
      definite: true,
      retry: true,
      status: 503,
    });
    expect(cluster.simulation.nowMs - before).toBeLessThanOrEqual(600);
    await together();
    expect(valuesOf(await client.get(p2, KEY, { timeoutMs: 5_000 }))).toEqual(['newer']);
  });

  it('is coordinated by a replica for a node that keeps no copy', async () => {
    const client = new Client('session');
    await apart(p1);
    await client.put(p1, KEY, 'mine');
    cluster.network.heal();
    expect(valuesOf(await client.get(f2, KEY))).toEqual(['mine']);
  });

  it('keeps its levels where it asks others', async () => {
    const client = new Client('ryw');
    await hintedAlone(client);
    await apart(p3);
    await putIn(p3, KEY, 'on the slowest', { w: 1 });
    cluster.network.heal();
    cluster.network.setLink(p3, p2, { delayMsMin: 50, delayMsMax: 50 });
    const read = await client.get(p2, KEY, { r: 3 });
    expect(valuesOf(read)).toEqual(['hinted', 'on the slowest']);
  });

  it('goes on in another process that is handed the token', async () => {
    const reader = new Client('mr');
    await apart(p1);
    await putIn(p1, KEY, 'newer', { w: 1 });
    await reader.get(p1, KEY);
    cluster.network.heal();
    const other = new Client('mr');
    other.token = reader.token;
    expect(valuesOf(await other.get(p3, KEY))).toEqual(['newer']);
  });

  it('is refused with a token that is not one', async () => {
    const client = new Client('mr');
    for (const token of ['nonsense', 'A'.repeat(10_000), '!']) {
      client.token = token;
      expect(await refusal(cluster.get(p1, KEY, { session: client.session }))).toMatchObject({
        code: 'bad_session',
        status: 400,
      });
    }
    const { context } = await putIn(p1, KEY, 'v');
    client.token = context;
    const refused = refusal(cluster.get(p1, KEY, { session: client.session }));
    expect(await refused).toMatchObject({ code: 'bad_session' });
    await client.put(p1, KEY, 'w').catch(() => {});
    client.token = undefined;
    await client.get(p1, KEY);
    const contexts = [client.token ?? ''];
    expect(await refusal(cluster.put(p1, KEY, 'v', { contexts }))).toMatchObject({
      code: 'bad_context',
    });
  });
});

describe('a write in a session', () => {
  it('replaces what the session wrote before, at whatever node', async () => {
    const client = new Client('mw');
    for (const [i, at] of [p1, f1, p2, p3, f2].entries()) await client.put(at, KEY, `v${i}`);
    expect(valuesOf(await getIn(p1, KEY, { r: 3 }))).toEqual(['v4']);
  });

  it('replaces what the session read, and nothing that it did not', async () => {
    const client = new Client('wfr');
    await putIn(p1, KEY, 'seen', { w: 3 });
    await client.get(p2, KEY);
    await putIn(p3, KEY, 'unseen', { w: 3 });
    await client.put(p1, KEY, 'mine');
    expect(valuesOf(await getIn(p1, KEY, { r: 3 }))).toEqual(['mine', 'unseen']);
  });

  it('replaces nothing for the sake of reading it alone', async () => {
    const client = new Client('ryw', 'mr');
    for (let i = 0; i < 20; i++) await client.put([p1, p2, p3][i % 3] as NodeId, KEY, `v${i}`);
    expect((await client.get(p1, KEY)).object.siblings).toHaveLength(20);
    expect(client.answer?.dropped).toBe(0);
  });

  it('is refused, definitely, where what it follows is out of reach', async () => {
    const client = new Client('mw');
    await apart(p1);
    await client.put(p1, KEY, 'first');
    cluster.network.cutBothWays([p1], alone(p1));
    const options = { w: 1, timeoutMs: 400, session: client.session };
    expect(await refusal(cluster.put(p2, KEY, 'second', options))).toMatchObject({
      code: 'context_unreachable',
      definite: true,
    });
  });

  it('that deletes takes away what the session wrote, and it is read as absent', async () => {
    const client = new Client('session');
    await apart(p1);
    await client.put(p1, KEY, 'mine');
    cluster.network.heal();
    await client.delete(p2, KEY);
    for (const at of [p1, p2, p3, f1]) {
      expect(valuesOf(await client.get(at, KEY, { timeoutMs: 5_000 }))).toEqual([]);
    }
    await client.put(p3, KEY, 'again');
    expect(valuesOf(await client.get(p1, KEY))).toEqual(['again']);
  });

  it('that deletes reads first what read-your-writes demands', async () => {
    const client = new Client('ryw');
    await putIn(p2, KEY, 'old', { w: 3 });
    await apart(p1);
    await client.put(p1, KEY, 'mine');
    cluster.network.heal();
    await client.delete(p2, KEY, { r: 1 });
    expect(valuesOf(await getIn(p1, KEY, { r: 3 }))).toEqual([]);
  });

  it('with return=body is a read as well', async () => {
    const client = new Client('session');
    await putIn(p1, KEY, 'other', { w: 3 });
    await client.put(p2, KEY, 'mine', { returnBody: true });
    await client.put(p3, KEY, 'both');
    expect(valuesOf(await getIn(p1, KEY, { r: 3 }))).toEqual(['both']);
  });
});

describe('an entry that says there was nothing', () => {
  it('is satisfied where nothing is known of the key', async () => {
    const client = new Client('session');
    await apart(p1);
    await client.put(p1, KEY, 'brief');
    await client.delete(p1, KEY);
    cluster.network.cutBothWays([p2], alone(p2));
    expect(valuesOf(await client.get(p2, KEY))).toEqual([]);
    expect(cluster.metrics.get(p2)?.value('session_escalations_total') ?? 0).toBe(0);
  });

  it('is not satisfied by what was there before', async () => {
    const client = new Client('session');
    await client.put(p1, KEY, 'brief', { w: 3 });
    await apart(p1);
    await client.delete(p1, KEY);
    cluster.network.cutBothWays([p2], alone(p2));
    const options = { r: 1, timeoutMs: 300, session: client.session };
    expect(await refusal(cluster.get(p2, KEY, options))).toMatchObject({
      code: 'session_unavailable',
    });
  });
});

describe('a causal session', () => {
  it('takes over what the writer of a value had written and read', async () => {
    const writer = new Client('causal');
    await apart(p1);
    await writer.put(p1, KEY, 'photo');
    cluster.network.heal();
    await writer.put(p2, 'album', 'has the photo', { w: 3 });
    const reader = new Client('causal');
    expect(valuesOf(await reader.get(p3, 'album', { r: 3 }))).toEqual(['has the photo']);
    expect(valuesOf(await reader.get(p3, KEY))).toEqual(['photo']);
    const plain = new Client('session');
    await plain.get(p3, 'album', { r: 3 });
    expect(valuesOf(await plain.get(p3, KEY))).toEqual([]);
  });

  it('does so through a third process', async () => {
    const first = new Client('causal');
    await apart(p1);
    await first.put(p1, KEY, 'x');
    cluster.network.heal();
    await first.put(p2, 'one', '1', { w: 3 });
    const second = new Client('causal');
    await second.get(p2, 'one', { r: 3 });
    await second.put(p2, 'two', '2', { w: 3 });
    const third = new Client('causal');
    await third.get(p3, 'two', { r: 3 });
    expect(valuesOf(await third.get(p3, KEY))).toEqual(['x']);
  });

  it('replaces nothing that it took over and has not read itself', async () => {
    const writer = new Client('causal');
    await writer.put(p1, KEY, 'unread', { w: 3 });
    await writer.put(p1, 'other', 'v', { w: 3 });
    const reader = new Client('causal');
    await reader.put(p2, KEY, 'own', { w: 3 });
    await reader.get(p3, 'other', { r: 3 });
    await reader.put(p3, KEY, 'own again', { w: 3 });
    expect(valuesOf(await getIn(p1, KEY, { r: 3 }))).toEqual(['own again', 'unread']);
    expect(valuesOf(await reader.get(p1, KEY))).toEqual(['own again', 'unread']);
  });

  it('says what it had to forget, and readers of its values learn of that', async () => {
    const writer = new Client('causal');
    for (let i = 0; i < 200; i++) await writer.put(p1, `many-${i}`, 'v');
    const dropped = writer.answer?.dropped ?? 0;
    expect(dropped).toBeGreaterThan(5);
    expect(writer.answer?.truncated).toBe(false);
    expect(Buffer.from(writer.token ?? '', 'base64url').length).toBeLessThanOrEqual(4_096);
    await writer.put(p1, KEY, 'v', { w: 3 });
    const reader = new Client('causal');
    await reader.get(p2, KEY);
    expect(reader.answer?.truncated).toBe(true);
    await reader.put(p2, 'next', 'v', { w: 3 });
    const last = new Client('causal');
    await last.get(p3, 'next', { r: 3 });
    expect(last.answer?.truncated).toBe(true);
  });
});

describe('the least recently used', () => {
  it('is forgotten first', async () => {
    const client = new Client('ryw');
    await apart(p1);
    await client.put(p1, KEY, 'mine');
    cluster.network.heal();
    for (let i = 0; i < 200; i++) {
      await client.put(f1, `many-${i}`, 'v');
      await client.get(p1, KEY);
    }
    expect(client.answer?.dropped).toBeGreaterThan(5);
    expect(valuesOf(await client.get(p2, KEY))).toEqual(['mine']);
  });
});

describe('a bucket that was deleted', () => {
  it('is forgotten, and one of the same name is another one', async () => {
    const client = new Client('session');
    const bucket = 'brief';
    await client.put(p1, KEY, 'v', { bucket });
    const long = client.token?.length ?? 0;
    const asked = (node: NodeId, work: Parameters<typeof cluster.request>[1]) =>
      cluster.complete(cluster.request(node, work));
    await asked(p1, (node) => node.buckets.delete(bucket, 2_000));
    await cluster.simulation.advance(1_000);
    await client.get(p1, 'unknown');
    expect(client.token?.length).toBeLessThan(long);
    const again = await putIn(p2, KEY, 'new', { bucket, w: 3 });
    expect(again.quorum.reached).toHaveLength(3);
    expect(valuesOf(await client.get(p3, KEY, { bucket, r: 3 }))).toEqual(['new']);
  });
});
