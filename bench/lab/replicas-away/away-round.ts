/**
 * Some replicas of the keys are away while clients write; then clients ask those that were away,
 * and the others are; then all is whole again.
 *
 * Who is away is together, and cut off from the others. Where they are fewer than a read takes,
 * nodes that keep no copy of the keys join them before clients ask.
 */

import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import type { FaultWindow, Operation } from '../../../src/checkers/history.ts';
import { areExactly, ringMapOf } from '../../ring-map.ts';
import { untilDelivered } from '../../workloads/calm.ts';
import type { Place } from '../../workloads/workload.ts';
import { readEverything } from '../final-reads.ts';
import type { Levels } from '../levels.ts';
import type { Mode } from '../modes.ts';
import { splitInto, untilMissed, untilTogether } from '../network-groups.ts';
import { evenTimes, runOpenLoop } from '../open-loop.ts';
import { RecordedRegisters } from '../recorded-registers.ts';
import { type HintSample, HintWatch } from './hint-watch.ts';

export interface AwaySizes {
  /** Of each mode, each of a key of its own. */
  readonly writes: number;
  readonly writesPerS: number;
  readonly readsPerS: number;
  /** That a node may take for a request. */
  readonly timeoutMs: number;
}

export interface AwayRoundOptions {
  readonly modes: readonly Mode[];
  readonly levels: Levels;
  /** How many of the replicas. */
  readonly away: number;
  readonly sizes: AwaySizes;
  readonly signal: AbortSignal;
}

export interface AwayRound {
  readonly away: readonly string[];
  /** The nodes that clients read from after the swap. */
  readonly swappedTo: readonly string[];
  readonly registers: readonly RecordedRegisters[];
  /** The reads after the swap began here; milliseconds since the first write was to be sent. */
  readonly swappedAtMs: number;
  /** All links were given back. */
  readonly wholeAtMs: number;
  /** No hint waited any more. */
  readonly deliveredAtMs: number;
  readonly hints: readonly HintSample[];
  readonly faults: readonly FaultWindow[];
}

/** What is compared: a mode, and whether nodes may keep hints. */
export interface Variant {
  readonly name: string;
  readonly mode: Mode;
}

export interface VariantRound extends Variant {
  readonly round: AwayRound;
}

export async function runAwayRound(
  cluster: LocalCluster,
  { modes, levels, away: count, sizes, signal }: AwayRoundOptions,
): Promise<AwayRound> {
  const names = cluster.nodes.map(({ name }) => name);
  const { replicas, keysOf } = await chosenKeys(cluster, levels, {
    count: sizes.writes,
    away: count,
  });
  const away = replicas.slice(0, count);
  const stayed = names.filter((name) => !away.includes(name));
  const fillers = names.filter((name) => !replicas.includes(name)).reverse();
  const swappedTo =
    count === 0 ? names : [...away, ...fillers.slice(0, Math.max(0, levels.r - count))];

  await splitInto(cluster, [stayed, away]);
  await untilMissed(cluster, away, stayed);
  signal.throwIfAborted();

  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const registers = modes.map((mode) => {
    return new RecordedRegisters({ mode, now, timeoutMs: sizes.timeoutMs });
  });
  const watch = new HintWatch(
    names.map((name) => cluster.client(name)),
    now,
  );
  const lane = { registers, keysOf, now, signal };
  try {
    await askEach('write', {
      ...lane,
      perSecond: sizes.writesPerS,
      places: placesOf(cluster, stayed),
    });
    signal.throwIfAborted();
    await joinThem(cluster, { swappedTo, away, names });
    const swappedAtMs = now();
    const places = placesOf(cluster, swappedTo);
    await askEach('read', { ...lane, perSecond: sizes.readsPerS, places });
    await cluster.faults.heal();
    const wholeAtMs = now();
    await cluster.waitUntilConnected();
    await untilDelivered(cluster, names);
    const deliveredAtMs = now();
    const hints = await watch.end();
    await readEverything(cluster, registers, names);
    const faults = windowsOf({ away, stayed, swappedTo, swappedAtMs, wholeAtMs });
    return { away, swappedTo, registers, swappedAtMs, wholeAtMs, deliveredAtMs, hints, faults };
  } finally {
    await watch.end();
  }
}

/** Of the nodes that keep the most partitions together. */
async function chosenKeys(
  cluster: LocalCluster,
  { n }: Levels,
  { count, away }: { readonly count: number; readonly away: number },
) {
  const ring = await ringMapOf(cluster.urls[0] as string);
  const replicas = ring.mostShared(n);
  const keysOf = ({ bucket }: Mode) =>
    ring.keysWhere({ bucket, prefix: `${away}-away`, count, n }, areExactly(replicas));
  return { replicas, keysOf };
}

interface Asking {
  readonly registers: readonly RecordedRegisters[];
  readonly keysOf: (mode: Mode) => readonly string[];
  readonly places: readonly Place[];
  readonly perSecond: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Each key of each mode once, in an open loop. */
async function askEach(op: 'read' | 'write', asking: Asking): Promise<void> {
  const { registers, keysOf, places, perSecond, now, signal } = asking;
  const fromMs = now();
  const lanes = registers.map((its) => {
    const clients = its.clients();
    const keys = keysOf(its.mode);
    const untilMs = fromMs + (1_000 * keys.length) / perSecond;
    return runOpenLoop({
      timesMs: evenTimes(perSecond, { fromMs, untilMs, phase: 0 }),
      now,
      signal,
      send: async (_, number) => {
        const { name, client } = places[number % places.length] as Place;
        await clients[op](keys[number] as string, { where: { at: name }, access: client });
      },
    });
  });
  await Promise.all(lanes);
}

function placesOf(cluster: LocalCluster, names: readonly string[]): readonly Place[] {
  return names.map((name) => ({ name, client: cluster.client(name) }));
}

/** Whoever joins is with nobody for a moment, so that nothing is handed over. */
async function joinThem(
  cluster: LocalCluster,
  { swappedTo, away, names }: Record<'swappedTo' | 'away' | 'names', readonly string[]>,
): Promise<void> {
  const left = names.filter((name) => !swappedTo.includes(name));
  const joining = swappedTo.filter((name) => !away.includes(name));
  if (left.length === 0 || joining.length === 0) return;
  await splitInto(cluster, [left, away, ...joining.map((name) => [name])]);
  await splitInto(cluster, [left, swappedTo]);
  await untilTogether(cluster, swappedTo);
}

function windowsOf(
  round: Pick<AwayRound, 'away' | 'swappedTo' | 'swappedAtMs' | 'wholeAtMs'> & {
    readonly stayed: readonly string[];
  },
): readonly FaultWindow[] {
  const { away, stayed, swappedTo, swappedAtMs, wholeAtMs } = round;
  if (away.length === 0) return [];
  const others = stayed.filter((name) => !swappedTo.includes(name));
  return [
    { fault: `${away.join(' ')} away`, from: 0, until: swappedAtMs, nodes: away },
    { fault: `${others.join(' ')} away`, from: swappedAtMs, until: wholeAtMs, nodes: others },
  ];
}

/** Of one mode: writes that were acknowledged, and what was read of them after the swap. */
export interface AwayCounts {
  readonly writes: number;
  readonly acknowledged: number;
  /** Of the keys of acknowledged writes, those whose read showed them, did not, or failed. */
  readonly found: number;
  readonly missed: number;
  readonly unread: number;
}

export function awayCounts(
  { swappedAtMs, wholeAtMs }: AwayRound,
  operations: readonly Operation[],
): AwayCounts {
  const writes = operations.filter(({ op }) => op === 'write');
  const acknowledged = writes.filter(({ outcome }) => outcome === 'ok');
  const reads = new Map(
    operations
      .filter(({ op, invoke }) => op === 'read' && invoke >= swappedAtMs && invoke < wholeAtMs)
      .map((read) => [read.key, read]),
  );
  let [found, missed, unread] = [0, 0, 0];
  for (const { key } of acknowledged) {
    const read = reads.get(key);
    if (read?.outcome !== 'ok') unread++;
    else if (read.output?.values?.length === 0) missed++;
    else found++;
  }
  return { writes: writes.length, acknowledged: acknowledged.length, found, missed, unread };
}
