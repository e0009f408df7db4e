/**
 * A cut that nobody is told of: messages across it vanish. Gossip takes seconds to suspect those
 * on the other side; where most nodes are requests have to go on long before that.
 */

import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/kernel/bytes.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import { startCluster, type TestCluster } from './harness.ts';
import { placesOf } from './places.ts';

const FEW: readonly NodeId[] = ['n1', 'n2'];
const MOST: readonly NodeId[] = ['n3', 'n4', 'n5'];
const REGISTERS = 'registers';
const EVERY_MS = 20;
/** Far more than anybody waits who is not asking across the cut. */
const TIMEOUT_MS = 3_000;
/** From the cut on. */
const NOTICED_AFTER_MS = 700;
const UNTIL_MS = 2_500;
const QUICK_MS = 200;

interface Done {
  /** Since the cut. */
  readonly begunMs: number;
  readonly tookMs: number;
  readonly failed: unknown;
}

interface Request {
  readonly what: string;
  readonly bucket: string;
  readonly send: (cluster: TestCluster, at: NodeId, key: string) => Promise<unknown>;
}

const STRICT = { w: 2, r: 2, sloppy: false, timeoutMs: TIMEOUT_MS } as const;

const REQUESTS: readonly Request[] = [
  {
    what: 'strict write',
    bucket: 'test',
    send: (cluster, at, key) => cluster.put(at, key, 'v', STRICT),
  },
  {
    what: 'strict read',
    bucket: 'test',
    send: (cluster, at, key) => cluster.get(at, key, STRICT),
  },
  {
    what: 'paxos change',
    bucket: REGISTERS,
    send: (cluster, at, key) =>
      cluster.request(at, (node) => {
        const bucket = node.bucket(REGISTERS);
        if (bucket === undefined) throw new Error(`${at} knows no ${REGISTERS}`);
        const change = { type: 'increment', by: 1, ttlMs: undefined } as const;
        const once = { condition: 'none', requestId: undefined } as const;
        return node.paxosBuckets.change(bucket, utf8(key), { ...change, ...once }, TIMEOUT_MS);
      }),
  },
];

/** Keys of which two of three replicas are among most nodes, and the first one is not. */
async function keysAcross(cluster: TestCluster, bucket: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let i = 0; keys.length < 6; i++) {
    const { replicas } = await placesOf(cluster, `key ${i}`, 3, bucket);
    const across = replicas.filter((node) => FEW.includes(node));
    if (across.length === 1 && across[0] === replicas[0]) keys.push(`key ${i}`);
  }
  return keys;
}

/** Sends requests at most nodes without waiting for answers; what became of each. */
async function askAcross(
  cluster: TestCluster,
  keys: readonly string[],
  send: Request['send'],
): Promise<readonly Done[]> {
  const { simulation } = cluster;
  const cutAt = simulation.nowMs;
  const done: Done[] = [];
  const underWay: Promise<void>[] = [];
  for (let turn = 0; turn * EVERY_MS < UNTIL_MS; turn++) {
    for (const at of MOST) {
      const begunMs = simulation.nowMs - cutAt;
      const end = (failed: unknown) => {
        done.push({ begunMs, failed, tookMs: simulation.nowMs - cutAt - begunMs });
      };
      const key = keys[turn % keys.length] as string;
      underWay.push(send(cluster, at, key).then(() => end(undefined), end));
    }
    await simulation.advance(EVERY_MS);
  }
  await simulation.complete(Promise.all(underWay));
  return done;
}

describe('a silent cut', () => {
  it.each(REQUESTS)(
    'holds up no $what where most nodes are once it is noticed',
    async ({ bucket, send }) => {
      const buckets = [{ name: REGISTERS, mode: 'paxos' as const, n: 3 }];
      const cluster = await startCluster(91, { nodes: 5, buckets });
      await cluster.simulation.advance(3_000);
      const keys = await keysAcross(cluster, bucket);
      cluster.network.cutBothWays(FEW, MOST);
      const done = await askAcross(cluster, keys, send);
      const later = done.filter(({ begunMs }) => begunMs >= NOTICED_AFTER_MS);
      expect(later.length).toBeGreaterThan(200);
      const isHeldUp = ({ failed, tookMs }: Done) => failed !== undefined || tookMs > QUICK_MS;
      expect(later.filter(isHeldUp)).toEqual([]);
    },
  );

  it.each(REQUESTS)('refuses no $what that needs who was silent to the last', async ({ send }) => {
    const buckets = [{ name: REGISTERS, mode: 'paxos' as const, n: 3 }];
    const cluster = await startCluster(92, { nodes: 3, buckets });
    const { simulation, network, metrics } = cluster;
    await simulation.advance(3_000);
    network.cutBothWays(['n1'], ['n2', 'n3']);
    const during = send(cluster, 'n1', 'k').catch(() => {});
    await simulation.advance(700);
    expect(metrics.get('n1')?.value('peer_silences_total')).toBeGreaterThan(0);
    network.heal();
    await simulation.complete(send(cluster, 'n1', 'other'));
    await simulation.complete(during);
  });
});
