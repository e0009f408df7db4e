/** Causal sessions of which some writes and reads are in a paxos bucket. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/kernel/bytes.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type { PaxosChange, SessionAnswer } from '../../src/node/index.ts';
import { valuesOf } from './harness.ts';
import { cluster, get, KEY, p1, p2, p3, put, startFive } from './key-with-fallbacks.ts';

const TIMEOUT_MS = 2_000;
const ONCE = { condition: 'none', requestId: undefined, ttlMs: undefined } as const;
const INCREMENT: PaxosChange = { type: 'increment', by: 1, ...ONCE };
const APPEND: PaxosChange = { type: 'append', bytes: utf8('v'), contentType: '', ...ONCE };
const PUT: PaxosChange = {
  type: 'put',
  value: utf8('v'),
  contentType: '',
  meta: [],
  ...ONCE,
};

beforeEach(() => startFive({ buckets: [{ name: 'paxos', mode: 'paxos' }] }));
afterEach(() => expect(cluster.fatalErrors).toEqual([]));

class Client {
  #tokens: readonly string[] = [];

  get session() {
    return { guarantees: ['causal' as const], tokens: this.#tokens };
  }

  /** Of the key, at one replica alone. */
  async putAlone(at: NodeId, value: string) {
    cluster.network.cutOneWay(
      [at],
      cluster.nodeIds.filter((id) => id !== at),
    );
    await cluster.simulation.advance(1);
    this.#keep(await put(at, KEY, value, { w: 1, session: this.session }));
    cluster.network.heal();
  }

  /** Of the key, from one replica where that will do. */
  async get(at: NodeId) {
    const one = { r: 1, readRepair: 'off', session: this.session } as const;
    return valuesOf(this.#keep(await get(at, KEY, one)));
  }

  change(at: NodeId, key: string, change: PaxosChange) {
    return this.#paxos(at, ({ paxosBuckets }, bucket) =>
      paxosBuckets.change(bucket, utf8(key), { ...change, causal: this.#tokens }, TIMEOUT_MS),
    );
  }

  read(at: NodeId, key: string) {
    return this.#paxos(at, ({ paxosBuckets }, bucket) =>
      paxosBuckets.get(bucket, utf8(key), TIMEOUT_MS, this.#tokens),
    );
  }

  async #paxos<Result extends { readonly session: SessionAnswer | undefined }>(
    at: NodeId,
    work: (node: AskedNode, bucket: AskedBucket) => Promise<Result>,
  ): Promise<Result> {
    const asked = cluster.request(at, (node) => work(node, node.bucket('paxos') as AskedBucket));
    return this.#keep(await cluster.complete(asked));
  }

  #keep<Result extends { readonly session: SessionAnswer | undefined }>(result: Result): Result {
    this.#tokens = result.session === undefined ? [] : [result.session.token];
    return result;
  }
}

type AskedNode = Parameters<Parameters<typeof cluster.request>[1]>[0];
type AskedBucket = NonNullable<ReturnType<AskedNode['bucket']>>;

describe('what the writer of a paxos key has seen', () => {
  it.each([
    ['put', PUT],
    ['increment', INCREMENT],
    ['append', APPEND],
  ])('binds whoever reads its %s, and whoever hears of that', async (_, change) => {
    const writer = new Client();
    await writer.putAlone(p1, 'photo');
    await writer.change(p2, 'album', change);
    const reader = new Client();
    await reader.read(p3, 'album');
    await reader.change(p3, 'next', PUT);
    const last = new Client();
    await last.read(p3, 'next');
    expect(await new Client().get(p3)).toEqual([]);
    expect(await last.get(p3)).toEqual(['photo']);
    expect(await reader.get(p3)).toEqual(['photo']);
  });

  it('binds whoever adds to the value and sees what that comes to', async () => {
    const writer = new Client();
    await writer.putAlone(p1, 'photo');
    await writer.change(p2, 'counter', INCREMENT);
    const adder = new Client();
    expect((await adder.change(p3, 'counter', INCREMENT)).result).toBe(2);
    expect(await adder.get(p3)).toEqual(['photo']);
  });
});
