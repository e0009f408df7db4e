/**
 * What clients on both sides of a partition are answered, before, during and after.
 *
 * Three nodes; the one that leads the metadata group is cut off from the other two, and later
 * the cut is healed. Puts and gets of each kind are sent to the nodes of each side by a clock,
 * whether or not earlier ones were answered. Clients reach the nodes of their side throughout.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import type { NodeClient } from '../../src/client/http-client.ts';
import { isDefinite, isExpected, QuorateError } from '../../src/kernel/errors.ts';
import { agreedLeader, clientsOf } from '../group-watch.ts';

/** A put of unknown outcome may surface later; a get that is not answered has done nothing. */
export type Outcome = 'ok' | 'failed' | 'unknown';
export type Operation = 'put' | 'get';

export interface TimelineOptions {
  /** Requests a second, for each operation of each kind on each side. */
  readonly rate: number;
  /** Seconds. */
  readonly before: number;
  readonly partition: number;
  readonly after: number;
}

/** In milliseconds from the first request on. */
export interface TimedRequest {
  /** When it was to be sent. */
  readonly atMs: number;
  readonly elapsedMs: number;
  readonly outcome: Outcome;
  readonly error?: string;
}

/** The requests of one operation of one kind on one side. */
export interface Lane {
  readonly side: string;
  readonly kind: string;
  readonly operation: Operation;
  readonly requests: readonly TimedRequest[];
}

export interface Timeline {
  readonly minority: readonly string[];
  readonly majority: readonly string[];
  readonly cutAtMs: number;
  readonly healedAtMs: number;
  readonly endedAtMs: number;
  readonly lanes: readonly Lane[];
}

interface Kind {
  readonly name: string;
  readonly bucket: string;
  readonly put: object;
  readonly get: object;
}

const KINDS: readonly Kind[] = [
  { name: 'dynamo W=1 R=1, sloppy', bucket: 'available', put: { w: 1 }, get: { r: 1 } },
  {
    name: 'dynamo W=2 R=2, strict',
    bucket: 'available',
    put: { w: 2, sloppy: false },
    get: { r: 2, sloppy: false },
  },
  { name: 'raft', bucket: 'consistent', put: {}, get: {} },
];

/** Gets ask for it. */
const KNOWN_KEY = 'known';
export const REQUEST_MS_MAX = 1_000;

export async function runTimeline(
  cluster: LocalCluster,
  options: TimelineOptions,
  onProgress: (line: string) => void,
): Promise<Timeline> {
  await prepare(cluster);
  const leader = await agreedLeader(clientsOf(cluster));
  const minority = [leader];
  const majority = cluster.nodes.map(({ name }) => name).filter((name) => name !== leader);
  const cutAtMs = options.before * 1_000;
  const healedAtMs = cutAtMs + options.partition * 1_000;
  const endedAtMs = healedAtMs + options.after * 1_000;
  const startedAt = performance.now();
  const schedule = { startedAt, endedAtMs, rate: options.rate };
  const lanes = [minority, majority].flatMap((side) =>
    KINDS.flatMap((kind) => [
      runLane(cluster, side, kind, 'put', schedule),
      runLane(cluster, side, kind, 'get', schedule),
    ]),
  );
  await sleep(cutAtMs);
  onProgress(`${leader}, which leads, is cut off from ${majority.join(' and ')}`);
  await cluster.faults.partition(minority, majority);
  await sleep(startedAt + healedAtMs - performance.now());
  onProgress('healed');
  await cluster.faults.heal();
  return { minority, majority, cutAtMs, healedAtMs, endedAtMs, lanes: await Promise.all(lanes) };
}

async function prepare(cluster: LocalCluster): Promise<void> {
  const client = cluster.client('n1');
  await client.putBucket('consistent', { mode: 'raft' });
  await client.put('available', KNOWN_KEY, 'x', { w: 3 });
  await client.put('consistent', KNOWN_KEY, 'x');
}

interface Schedule {
  readonly startedAt: number;
  readonly endedAtMs: number;
  readonly rate: number;
}

async function runLane(
  cluster: LocalCluster,
  side: readonly string[],
  kind: Kind,
  operation: Operation,
  { startedAt, endedAtMs, rate }: Schedule,
): Promise<Lane> {
  const requests: Promise<TimedRequest>[] = [];
  for (let i = 0; (i * 1_000) / rate < endedAtMs; i++) {
    const atMs = (i * 1_000) / rate;
    await sleep(Math.max(0, startedAt + atMs - performance.now()));
    const client = cluster.client(side[i % side.length] as string);
    const answer = operation === 'put' ? put(client, kind, `${side[0]}-${i}`) : get(client, kind);
    requests.push(
      answer.then(
        () => ({ atMs, elapsedMs: performance.now() - startedAt - atMs, outcome: 'ok' }),
        (error: unknown) => {
          const elapsedMs = performance.now() - startedAt - atMs;
          return { atMs, elapsedMs, ...failureOf(operation, error) };
        },
      ),
    );
  }
  const name = side.join(', ');
  return { side: name, kind: kind.name, operation, requests: await Promise.all(requests) };
}

async function put(client: NodeClient, kind: Kind, label: string): Promise<void> {
  const { name, bucket, put: options } = kind;
  await client.put(bucket, `${name} ${label}`, 'x', { ...options, timeout: REQUEST_MS_MAX });
}

async function get(client: NodeClient, { bucket, get: options }: Kind): Promise<void> {
  const { values } = await client.get(bucket, KNOWN_KEY, { ...options, timeout: REQUEST_MS_MAX });
  if (values.length === 0) throw new QuorateError('not_found', `${KNOWN_KEY} is not there`);
}

function failureOf(operation: Operation, error: unknown): Pick<TimedRequest, 'outcome' | 'error'> {
  if (!isExpected(error)) throw error;
  const definite = operation === 'get' || isDefinite(error);
  const name = error instanceof QuorateError ? error.code : error.failure;
  return { outcome: definite ? 'failed' : 'unknown', error: name };
}
