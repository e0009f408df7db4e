/** What a way to read and write costs, and when it is refused: measured, as the README tells it. */

import { QuorateError } from '../../../src/kernel/errors.ts';
import { cluster, f1, f2, KEY, p1, p2, p3 } from '../key-with-fallbacks.ts';
import { kill } from '../places.ts';
import { type Begin, type Client, TIMEOUT_MS } from './clients.ts';
import {
  heldUp,
  isDoneSoon,
  KEEPS_STATE_FOR_OTHERS,
  mend,
  NEVER_MS,
  startOnePartition,
} from './schedules.ts';

/** Of each message; nothing else takes time. */
const ONE_WAY_MS = 10;

/** Until all have noticed that a node is cut off. */
const NOTICED_MS = 6_000;

/** How often a client waits for other nodes, as `read · write`; it asks a node that keeps a copy. */
export interface RoundTrips {
  readonly usual: string;
  /** The most, where replicas are found behind. */
  readonly behind: string;
}

export async function roundTripsOf(begin: Begin): Promise<RoundTrips> {
  await startOnePartition();
  everyMessageTakes(ONE_WAY_MS);
  const reads: number[] = [];
  const writes: number[] = [];
  for (const at of [p1, p2, p3]) {
    const client = begin(cluster);
    await rest(client.put(at, 'other', 'v'));
    writes.push(await roundTrips(client.put(at, 'other', 'w')));
    await rest(client.get(at, 'other'));
    reads.push(await roundTrips(client.get(at, 'other')));
  }
  const usual = `${rangeOf(reads)} · ${rangeOf(writes)}`;
  const writer = begin(cluster);
  await onlyAt1(writer);
  for (const at of [p1, p2]) reads.push(await roundTrips(writer.get(at, KEY)));
  for (const reads of [false, true]) {
    const client = begin(cluster);
    await onlyAt1(client);
    if (reads) await cluster.complete(client.get(p1, KEY));
    writes.push(await roundTrips(client.put(p2, KEY, 'next')));
  }
  return { usual, behind: `${Math.max(...reads)} · ${Math.max(...writes)}` };
}

/** How many of the key's replicas may be down while reads go on, and writes, of so many nodes. */
export async function mayBeDown(begin: Begin, nodes: number): Promise<string> {
  const most = Math.min(3, nodes - 1);
  const mostFor = { get: 0, put: 0 };
  for (const op of ['get', 'put'] as const) {
    for (let down = 1; down <= most; down++) {
      await startOnePartition(nodes);
      await kill(cluster, ...[p3, p2, p1].slice(0, down));
      const at = down < 3 ? p1 : f1;
      const refused = await refusalsOf(() => begin(cluster)[op](at, KEY, 'v'));
      if (refused.length > 0) break;
      mostFor[op] = down;
    }
  }
  const { get, put } = mostFor;
  return get === put ? String(get) : `${get} for reads and ${put} for writes`;
}

export interface Refusals {
  /** Certainly nothing was done. */
  readonly definite: readonly string[];
  readonly inDoubt: readonly string[];
}

/** Codes of all that is refused, in troubles of all kinds. */
export async function refusalsIn(begin: Begin): Promise<Refusals> {
  const refusals: QuorateError[] = [];
  for (const trouble of TROUBLES) {
    await startOnePartition();
    refusals.push(...(await trouble(begin(cluster))));
  }
  const codesOf = (errors: readonly QuorateError[]) =>
    [...new Set(errors.map(({ code }) => code))].sort();
  return {
    definite: codesOf(refusals.filter(({ definite }) => definite)),
    inDoubt: codesOf(refusals.filter(({ definite }) => !definite)),
  };
}

type Trouble = (client: Client) => Promise<readonly QuorateError[]>;

const TROUBLES: readonly Trouble[] = [
  /** Two replicas are down, and nobody is left to stand in for them. */
  async (client) => {
    await kill(cluster, p2, p3, f1, f2);
    return refusalsOf(
      () => client.get(p1, KEY),
      () => client.put(p1, KEY, 'v'),
    );
  },
  /** The others are cut off, and nobody has noticed. */
  async (client) => {
    await cluster.complete(client.put(p1, KEY, 'v'));
    cluster.network.cutBothWays([p1], [p2, p3, f1, f2]);
    return refusalsOf(() => client.put(p1, KEY, 'w'));
  },
  /** The others take nothing that this one sends. */
  async (client) => {
    await onlyAt1(client);
    heldUp([p1], [p2, p3], NEVER_MS);
    return refusalsOf(() => client.get(p1, KEY));
  },
  /** What the client has written is out of reach. */
  async (client) => {
    await onlyAt1(client);
    return refusalsApart(client);
  },
  /** What it has read is. */
  async (client) => {
    await onlyAt1(client);
    await refusalsOf(() => client.get(p1, KEY));
    return refusalsApart(client);
  },
];

async function refusalsApart(client: Client): Promise<readonly QuorateError[]> {
  cluster.network.cutBothWays([p1], [p2, p3, f1, f2]);
  await cluster.simulation.advance(NOTICED_MS);
  return refusalsOf(
    () => client.get(p2, KEY),
    () => client.put(p2, KEY, 'next'),
  );
}

/** A write has been acknowledged or given up, and no other node has it. */
async function onlyAt1(client: Client): Promise<void> {
  const others = [p2, p3, f1, f2];
  const late = heldUp([p1], others, NEVER_MS);
  await isDoneSoon(client.put(p1, KEY, 'new'));
  await cluster.simulation.advance(TIMEOUT_MS);
  mend(late);
  heldUp([p1], others, NEVER_MS, KEEPS_STATE_FOR_OTHERS);
}

function everyMessageTakes(ms: number): void {
  cluster.network.defaults = { ...cluster.network.defaults, delayMsMin: ms, delayMsMax: ms };
  for (const id of cluster.nodeIds) cluster.slowDisks(id, { commitMsMax: 0, flushMsMax: 0 });
}

async function rest(promise: Promise<unknown>): Promise<void> {
  await cluster.complete(promise);
  await cluster.simulation.advance(200);
}

async function roundTrips(request: Promise<unknown>): Promise<number> {
  const before = cluster.simulation.nowMs;
  await cluster.complete(request);
  return Number(((cluster.simulation.nowMs - before) / (2 * ONE_WAY_MS)).toFixed(1));
}

function rangeOf(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? String(least) : `${least} to ${most}`;
}

async function refusalsOf(...requests: (() => Promise<unknown>)[]): Promise<QuorateError[]> {
  const refusals: QuorateError[] = [];
  for (const request of requests) {
    await cluster.complete(
      request().catch((error: unknown) => {
        if (!(error instanceof QuorateError)) throw error;
        refusals.push(error);
      }),
    );
  }
  return refusals;
}
