/** What is asked of the contestants: the operations, and the requests that make them up. */

import type { Api } from './contestant.ts';

export interface BenchCase {
  /** As the user names it: `put-w2`. */
  readonly name: string;
  readonly operation: 'put' | 'get';
  /** W or R; paxos and raft have none. */
  readonly level: number;
  /** Puts overwrite keys that were written beforehand. */
  readonly overwrite?: true;
}

export const BENCH_CASES: readonly BenchCase[] = [
  { name: 'put-w1', operation: 'put', level: 1 },
  { name: 'put-w2', operation: 'put', level: 2 },
  { name: 'put-w3', operation: 'put', level: 3 },
  { name: 'get-r1', operation: 'get', level: 1 },
  { name: 'get-r2', operation: 'get', level: 2 },
  { name: 'get-r3', operation: 'get', level: 3 },
];

/** A put is acknowledged when a majority has it on disk, a get is linearizable: no levels. */
export const RAFT_CASES: readonly BenchCase[] = [
  { name: 'raft put', operation: 'put', level: 3 },
  { name: 'raft get', operation: 'get', level: 3 },
];

/** Of mode dynamo. */
export const BUCKET = 'bench';
/** Of mode paxos, where it is there. */
export const PAXOS_BUCKET = 'bench-paxos';
/** Of mode raft, where it is there. */
export const RAFT_BUCKET = 'bench-raft';

/** Fully determines the requests of one measurement, so that a generator process can be told. */
export interface WorkloadPlan {
  readonly api: Api;
  readonly operation: 'put' | 'get';
  readonly level: number;
  readonly valueBytes: number;
  /** Begins every key: a put workload with a prefix of its own writes new keys only. */
  readonly keyPrefix: string;
  /** Gets ask for one of the first so many keys of the prefix. */
  readonly keys: number;
  /** Puts overwrite one of these keys too. */
  readonly overwrite?: true;
}

export interface Workload {
  /** The next request as it goes on the wire, in latin1. */
  next(): string;
  /** What is wrong with an answer, undefined when it is what was asked for. */
  fault(status: number, bodyBytes: number): string | undefined;
}

/** For Quorate and the baseline; etcd has `etcdWorkload`. */
export function makeWorkload(plan: WorkloadPlan): Workload {
  return plan.operation === 'put' ? putWorkload(plan) : getWorkload(plan);
}

/**
 * Key number n. Consecutive numbers lie far apart, as hashed keys do: appending at one end of
 * a B-tree would flatter whoever stores keys as they come.
 */
export function keyText(prefix: string, n: number): string {
  return `${prefix}-${scramble(n).toString(16).padStart(8, '0')}`;
}

/** A bijection of the 32-bit integers (multiplication by an odd number). */
function scramble(n: number): number {
  return Math.imul(n, 0x9e3779b1) >>> 0;
}

function putWorkload(plan: WorkloadPlan): Workload {
  const { valueBytes, keyPrefix, keys, overwrite } = plan;
  const value = 'v'.repeat(valueBytes);
  const tail = `${plan.api === 'dynamo' ? `?w=${plan.level}` : ''} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${valueBytes}\r\n\r\n${value}`;
  const bucket = bucketOf(plan);
  let written = 0;
  const nextKey = overwrite ? () => randomBelow(keys) : () => written++;
  return {
    next: () => `PUT /kv/${bucket}/${keyText(keyPrefix, nextKey())}${tail}`,
    fault: (status) => (status >= 200 && status < 300 ? undefined : `status ${status}`),
  };
}

function getWorkload(plan: WorkloadPlan): Workload {
  const { valueBytes, keyPrefix, keys } = plan;
  const bucket = bucketOf(plan);
  const tail = `${plan.api === 'dynamo' ? `?r=${plan.level}` : ''} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  return {
    next: () => `GET /kv/${bucket}/${keyText(keyPrefix, randomBelow(keys))}${tail}`,
    fault: (status, bodyBytes) => {
      if (status !== 200) return `status ${status}`;
      return bodyBytes === valueBytes ? undefined : `a value of ${bodyBytes} bytes`;
    },
  };
}

export function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit);
}

function bucketOf({ api }: WorkloadPlan): string {
  if (api === 'raft') return RAFT_BUCKET;
  return api === 'paxos' ? PAXOS_BUCKET : BUCKET;
}
