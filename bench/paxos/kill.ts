/**
 * What clients notice when a replica is killed (kill -9), with keys of a paxos bucket.
 *
 * An open loop of puts and gets over many keys, through the two nodes that stay, which is
 * measured for a while before the kill and for a while after it. Of most interest are the keys
 * whose list begins with the victim: it has proposed for them, and another node has to.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import type { NodeClient } from '../../src/client/http-client.ts';
import { print, whole } from '../command-line.ts';
import { PAXOS_BUCKET } from '../throughput/cases.ts';
import type { Goal } from './goals.ts';
import { type PreferredKey, preferredKeys } from './preferred-keys.ts';
import { type Recovery, recoveryOf, type Sample } from './recovery.ts';
import { SteadyLoad } from './steady-load.ts';

/** What a request says that it may take. */
const TIMEOUT_MS = 1_000;
/** From the return of a node to the next measurement, so that its return is not in it. */
const PAUSE_MS = 1_000;
const WITHOUT_SUCCESS_MS_MAX = TIMEOUT_MS;
const TO_NORMAL_MS_MAX = 3_000;

export interface KillOptions {
  readonly rate: number;
  readonly killKeys: number;
  readonly calmSeconds: number;
  readonly deadSeconds: number;
}

export interface KillFigures extends Recovery {
  readonly killed: string;
}

/** Each node in turn; each is back before the next one goes. */
export async function measureKills(
  cluster: LocalCluster,
  options: KillOptions,
): Promise<readonly KillFigures[]> {
  const [first] = cluster.nodes;
  if (first === undefined) throw new Error('there is no node');
  await cluster.client(first.name).putBucket(PAXOS_BUCKET, { mode: 'paxos' });
  const keys = await preferredKeys(first.url, PAXOS_BUCKET, options.killKeys);
  for (const { key } of keys) await cluster.client(first.name).put(PAXOS_BUCKET, key, 'x');
  const kills: KillFigures[] = [];
  for (const { name } of cluster.nodes) {
    const figures = await killOne(cluster, name, keys, options);
    print(killLine(figures));
    kills.push(figures);
  }
  return kills;
}

async function killOne(
  cluster: LocalCluster,
  killed: string,
  keys: readonly PreferredKey[],
  { rate, calmSeconds, deadSeconds }: KillOptions,
): Promise<KillFigures> {
  const survivors = cluster.nodes.filter(({ name }) => name !== killed);
  const clients = survivors.map(({ name }) => cluster.client(name));
  const load = new SteadyLoad(rate, (n) => ask(clients, keys, n));
  let samples: readonly Sample[];
  let killedAt: number;
  try {
    await sleep(calmSeconds * 1_000);
    killedAt = performance.now();
    await cluster.node(killed).kill();
    await sleep(deadSeconds * 1_000);
  } finally {
    samples = await load.end();
  }
  await cluster.node(killed).start();
  await cluster.waitUntilConnected();
  await sleep(PAUSE_MS);
  const isOfVictim = ({ preferred }: Sample) => preferred === killed;
  return { killed, ...recoveryOf(samples, killedAt, isOfVictim) };
}

/** Puts and gets in turn, through the nodes in turn, of the keys at random. */
function ask(clients: readonly NodeClient[], keys: readonly PreferredKey[], n: number) {
  const client = clients[(n >> 1) % clients.length] as NodeClient;
  const { key, preferred } = keys[Math.floor(Math.random() * keys.length)] as PreferredKey;
  const isPut = n % 2 === 0;
  const options = { timeout: TIMEOUT_MS };
  const answer = isPut
    ? client.put(PAXOS_BUCKET, key, String(n), options)
    : client.get(PAXOS_BUCKET, key, options);
  return { preferred, isPut, answer };
}

export function killGoals(kills: readonly KillFigures[]): readonly Goal[] {
  const worst = (figure: (kill: KillFigures) => number) => Math.max(...kills.map(figure));
  return [
    {
      name: 'kill, longest time without success for keys of the victim, ms',
      measured: worst(({ longestGapMs }) => longestGapMs),
      ...{ bound: 'at most', goal: WITHOUT_SUCCESS_MS_MAX },
    },
    {
      name: 'kill, until p99 is as before, ms',
      measured: worst(({ normalAfterMs }) => normalAfterMs ?? Number.POSITIVE_INFINITY),
      ...{ bound: 'at most', goal: TO_NORMAL_MS_MAX },
    },
  ];
}

export function killLine({ killed, ...figures }: KillFigures): string {
  const { longestGapMs, longestGapBeforeMs, calmP99Ms, slowestMs, normalAfterMs } = figures;
  const { requests, failed, unknown, errors } = figures;
  const faults = Object.entries(errors).map(([code, times]) => `, ${times} x ${code}`);
  const normal = normalAfterMs === null ? 'not seen' : `${whole(normalAfterMs)} ms`;
  return (
    `kill -9 of ${killed}: its keys without success for ${whole(longestGapMs)} ms ` +
    `(before: ${whole(longestGapBeforeMs)}); p99 ${calmP99Ms.toFixed(1)} ms before, slowest ` +
    `${whole(slowestMs)} ms, normal after ${normal}; of ${requests} requests ${failed} failed, ` +
    `${unknown} unknown${faults.join('')}`
  );
}
