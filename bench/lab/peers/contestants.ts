/**
 * Who is compared: the modes of Quorate, etcd, and Redis, three nodes each on this machine,
 * and what each of them gives for what it costs.
 */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type LocalCluster, startCluster } from '../../../cluster/local-cluster.ts';
import type { BucketSettings } from '../../../src/client/request-options.ts';
import { etcdVersion, startEtcd } from '../../etcd-cluster.ts';
import type { StoreAddress } from '../ycsb/stores/remote-store.ts';
import { redisVersion, startRedis } from './redis-servers.ts';

export interface Contestant {
  readonly name: string;
  readonly store: StoreAddress;
  /** When a write is acknowledged, and what is then lost with whom. */
  readonly durability: string;
  /** What a read may show, and what becomes of two writes at once. */
  readonly consistency: string;
}

export interface Arena {
  readonly contestants: readonly Contestant[];
  /** Of Quorate's modes. */
  readonly cluster: LocalCluster;
  /** Who is not there, and why. */
  readonly absent: readonly string[];
  stop(): Promise<void>;
}

/** Blind updates of one record at the same time: the last one wins, as in the other stores. */
const LAST_WINS: BucketSettings = { mode: 'dynamo', conflict: 'lww' };

const QUORUM_ON_DISK = 'fsync on 2 of 3 nodes';
const LINEARIZABLE = 'linearizable; compare-and-set';

interface QuorateMode {
  readonly name: string;
  readonly bucket: string;
  readonly settings: BucketSettings;
  readonly sloppy?: boolean;
  readonly durability: string;
  readonly consistency: string;
}

const QUORATE_MODES: readonly QuorateMode[] = [
  {
    name: 'quorate sloppy',
    bucket: 'ycsb-sloppy',
    settings: LAST_WINS,
    sloppy: true,
    durability: `${QUORUM_ON_DISK}, which may be stand-ins`,
    consistency: 'the last write mostly; two at once: the later stamp wins (lww)',
  },
  {
    name: 'quorate strict',
    bucket: 'ycsb-strict',
    settings: LAST_WINS,
    sloppy: false,
    durability: QUORUM_ON_DISK,
    consistency: 'every acknowledged write; two at once: the later stamp wins (lww)',
  },
  {
    name: 'quorate paxos',
    bucket: 'ycsb-paxos',
    settings: { mode: 'paxos' },
    durability: QUORUM_ON_DISK,
    consistency: LINEARIZABLE,
  },
  {
    name: 'quorate raft',
    bucket: 'ycsb-raft',
    settings: { mode: 'raft' },
    durability: QUORUM_ON_DISK,
    consistency: LINEARIZABLE,
  },
];

/** With `peers` everyone who is installed; stopped again where one of them does not start. */
export async function startArena(
  nodes: number,
  dataDirectory: string,
  peers: boolean,
): Promise<Arena> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.all(stops.map((one) => one()));
  };
  try {
    const cluster = await startCluster({
      nodes,
      dataDirectory: join(dataDirectory, 'quorate'),
      startOptions: ['--enable-faults'],
    });
    stops.push(() => cluster.close());
    const contestants = await quorateContestants(cluster);
    if (!peers) return { contestants, cluster, absent: ['others: not at this scale'], stop };
    const absent: string[] = [];
    if (etcdVersion() === undefined) absent.push('etcd: no etcd on the PATH');
    else contestants.push(...(await etcdContestants(nodes, dataDirectory, stops, absent)));
    if (redisVersion() === undefined) absent.push('Redis: no redis-server on the PATH');
    else if (!isInstalled('ioredis'))
      absent.push('Redis: no package ioredis (npm install ioredis)');
    else contestants.push(await redisContestant(nodes, dataDirectory, stops));
    return { contestants, cluster, absent, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function quorateContestants(cluster: LocalCluster): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const { name, bucket, settings, sloppy, ...gives } of QUORATE_MODES) {
    await cluster.client('n1').putBucket(bucket, settings);
    const options = sloppy === undefined ? {} : { sloppy };
    const store = { kind: 'quorate', urls: cluster.urls, bucket, read: options, write: options };
    contestants.push({ name, store: store as StoreAddress, ...gives });
  }
  return contestants;
}

async function etcdContestants(
  nodes: number,
  dataDirectory: string,
  stops: (() => Promise<void>)[],
  absent: string[],
): Promise<readonly Contestant[]> {
  const etcd = await startEtcd(nodes, join(dataDirectory, 'etcd'));
  stops.push(() => etcd.stop());
  const urls = etcd.targets.map(({ host, port }) => `http://${host}:${port}`);
  const gives = { durability: QUORUM_ON_DISK, consistency: LINEARIZABLE };
  const version = etcdVersion();
  const json: Contestant = {
    name: `etcd ${version} JSON`,
    store: { kind: 'etcd-json', urls },
    ...gives,
  };
  if (isInstalled('etcd3')) {
    return [{ ...json, name: `etcd ${version} gRPC`, store: { kind: 'etcd-grpc', urls } }, json];
  }
  absent.push('etcd by gRPC: no package etcd3 (npm install etcd3)');
  return [json];
}

/** A client that only comparisons need, which are not what most install this package for. */
function isInstalled(client: 'etcd3' | 'ioredis'): boolean {
  try {
    createRequire(import.meta.url).resolve(client);
    return true;
  } catch {
    return false;
  }
}

async function redisContestant(
  nodes: number,
  dataDirectory: string,
  stops: (() => Promise<void>)[],
): Promise<Contestant> {
  const { host, port, stop } = await startRedis(nodes, join(dataDirectory, 'redis'));
  stops.push(stop);
  return {
    name: `redis ${redisVersion()} WAIT 1`,
    store: { kind: 'redis', host, port, wait: 1 },
    durability: 'in memory on 2 of 3; synced to disk every second',
    consistency: 'the primary alone is asked; what it acknowledged can be lost with it',
  };
}
