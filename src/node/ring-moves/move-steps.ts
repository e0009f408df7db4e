/**
 * What has to be true before a stage of a move may be left, brought about and confirmed
 * (protocols.md, section 8).
 *
 * Every step is idempotent and nothing is remembered here: the leader that comes next asks for
 * the same again and is answered from what was done.
 */

import type { NodeId } from '../../kernel/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Transport } from '../../ports/transport.ts';
import { pause } from '../../repair/pace.ts';
import {
  COPY_PARTITION,
  FENCE_PARTITIONS,
  LEAVE_PARTITION,
  PREPARE_PARTITIONS,
  type TransferProgress,
  type Verdict,
} from '../../repair/transfer/transfer-messages.ts';
import type { Move } from '../../ring/move.ts';
import {
  droppersOf,
  fencesNeeded,
  preparersOf,
  receiversOf,
  sourcesOf,
} from '../../ring/move-duties.ts';
import { type Circumstances, deadOf } from './move-circumstances.ts';

/** A move as it stands in the metadata. */
export interface PresentMove extends Move {
  /** Of the partition: the index of the entry that began the present stage. */
  readonly epoch: number;
}

export interface MoveStepsPorts extends Circumstances {
  readonly clock: Clock;
  readonly transport: Transport;
  /** The move is still at this stage, for the same reasons, and this node leads. */
  readonly isPresent: () => boolean;
  /** Undefined: it goes on. */
  readonly onWaiting: (why: string | undefined) => void;
  readonly onCopied: (move: PresentMove, copied: Copied) => void;
}

/** By all that receive the partition. */
export interface Copied {
  readonly keys: number;
  readonly bytes: number;
}

/** Erasing what an earlier membership left, or flushing, takes its time on a slow disk. */
const STEP_MS_MAX = 30_000;
const ASK_MS_MAX = 5_000;
const ASK_EVERY_MS = 200;

/** The stage cannot be left yet, for what the message says. */
export class StageWaits extends Error {
  override readonly name = 'StageWaits';
}

/** Resolves with true when the stage may be left; false where the move is no longer present. */
export async function carryOutStage(ports: MoveStepsPorts, move: PresentMove): Promise<boolean> {
  switch (move.stage) {
    case 'prepare':
      await prepared(ports, move);
      return ports.isPresent();
    case 'write_both':
      await fenced(ports, move);
      return copied(ports, move);
    case 'read_new':
      await fenced(ports, move);
      return ports.isPresent();
    case 'stable':
      return letGo(ports, move);
  }
}

async function prepared(ports: MoveStepsPorts, move: PresentMove): Promise<void> {
  const { transport } = ports;
  const deadline = ports.clock.now() + STEP_MS_MAX;
  const request = [placeOf(move)];
  const nodes = preparersOf(move);
  const verdicts = await Promise.all(
    nodes.map((node) => transport.call(node, PREPARE_PARTITIONS, request, { deadline })),
  );
  demandAll(nodes, verdicts, 'make room');
}

async function fenced(ports: MoveStepsPorts, move: PresentMove): Promise<void> {
  const { transport, dead, bucketNs, acceptLoss } = ports;
  const deadline = ports.clock.now() + STEP_MS_MAX;
  const { partition, epoch } = move;
  const { nodes, tooFewSurvivorsFor } = fencesNeeded(move, dead, bucketNs);
  if (tooFewSurvivorsFor.length > 0 && !acceptLoss) {
    throw tooFewSurvivors(tooFewSurvivorsFor, deadOf(move, dead));
  }
  const verdicts = await Promise.all(
    nodes.map((node) =>
      transport.call(node, FENCE_PARTITIONS, [{ partition, epoch }], { deadline }),
    ),
  );
  demandAll(nodes, verdicts, 'fence');
}

function demandAll(
  nodes: readonly NodeId[],
  verdicts: readonly (readonly Verdict[])[],
  what: string,
): void {
  for (const [i, [verdict]] of verdicts.entries()) {
    if (verdict !== true) throw new StageWaits(`${nodes[i]} did not ${what}: ${verdict}`);
  }
}

/** Staging a replacement again is refused: whoever takes the places has them by then. */
function tooFewSurvivors(ns: readonly number[], dead: readonly NodeId[]): StageWaits {
  const removals = dead.map((node) => `"quorate cluster remove ${node} --accept-loss"`);
  return new StageWaits(
    `too many of its replicas are dead for buckets with n=${ns.join(', ')}: what was acknowledged may be lost with them; if it is, say so: ${removals.join(', ')} and "quorate cluster commit"`,
  );
}

/** Every receiver has all that the sources have. */
function copied(ports: MoveStepsPorts, move: PresentMove): Promise<boolean> {
  const { transport, clock, dead } = ports;
  const sources = sourcesOf(move, dead);
  const othersThan = (receiver: NodeId) => sources.filter((node) => node !== receiver);
  const receivers = receiversOf(move, dead).filter((node) => othersThan(node).length > 0);
  const ask = (receiver: NodeId) => {
    const deadline = clock.now() + ASK_MS_MAX;
    const request = { ...placeOf(move), sources: othersThan(receiver) };
    return transport.call(receiver, COPY_PARTITION, request, { deadline });
  };
  if (receivers.length === 0) ports.onCopied(move, sumOf([]));
  return untilDone(ports, receivers, ask, (all) => ports.onCopied(move, sumOf(all)));
}

/** Those that keep less than before have let go of it, for what C' has. */
function letGo(ports: MoveStepsPorts, move: PresentMove): Promise<boolean> {
  const { transport, clock, dead } = ports;
  return untilDone(ports, droppersOf(move, dead), (node) => {
    const deadline = clock.now() + ASK_MS_MAX;
    return transport.call(node, LEAVE_PARTITION, placeOf(move), { deadline });
  });
}

/** Asks each node until it is done; false where the move is no longer present. */
async function untilDone(
  ports: MoveStepsPorts,
  nodes: readonly NodeId[],
  ask: (node: NodeId) => Promise<TransferProgress>,
  onProgress: (all: readonly TransferProgress[]) => void = () => {},
): Promise<boolean> {
  const known = new Map<NodeId, TransferProgress>();
  for (;;) {
    if (!ports.isPresent()) return false;
    const left = nodes.filter((node) => known.get(node)?.state !== 'done');
    if (left.length === 0) return true;
    const answers = await Promise.all(left.map(ask));
    for (const [i, node] of left.entries()) known.set(node, answers[i] as TransferProgress);
    onProgress([...known.values()]);
    const failed = answers.find(({ state }) => state === 'failed');
    if (failed !== undefined) throw new StageWaits(failed.detail ?? 'a transfer failed');
    if (answers.every(({ state }) => state === 'done')) continue;
    ports.onWaiting(answers.find(({ detail }) => detail !== null)?.detail ?? undefined);
    await pause(ports.clock, ASK_EVERY_MS);
  }
}

function sumOf(all: readonly TransferProgress[]): Copied {
  const sum = (of: (one: TransferProgress) => number) =>
    all.reduce((total, one) => total + of(one), 0);
  return { keys: sum(({ keys }) => keys), bytes: sum(({ bytes }) => bytes) };
}

function placeOf({ partition, epoch, session }: PresentMove) {
  return { partition, epoch, session };
}
