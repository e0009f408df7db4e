/** Partitions on their way from node to node: who sends to whom, how far, and what it means. */

import type { MoveStage, TransferDocument } from '../../client/ring-documents.ts';

/** In the order in which a move goes through them. */
export const STAGES: readonly { readonly stage: MoveStage; readonly phrase: string }[] = [
  { stage: 'prepare', phrase: 'the receiver makes room' },
  { stage: 'write_both', phrase: 'new writes go to both lists while the receiver copies the old' },
  { stage: 'read_new', phrase: 'the copy is whole: reads ask the new list' },
  { stage: 'stable', phrase: 'writes, too, need the new list alone; who goes drops its copy' },
];

export function phraseOf(stage: MoveStage): string {
  return STAGES.find((known) => known.stage === stage)?.phrase ?? stage;
}

export interface Flow {
  readonly partition: number;
  /** Undefined: a replica is added, and all others are copied from. */
  readonly leaver: string | undefined;
  /** Undefined: a replica is taken away, and nobody gets it. */
  readonly joiner: string | undefined;
  /** Who is copied from: who goes, or, where nobody does or who goes is dead, all that stay. */
  readonly senders: readonly string[];
}

export function flowOf(
  { partition, from, to }: Pick<TransferDocument, 'partition' | 'from' | 'to'>,
  isMember: (node: string) => boolean,
): Flow {
  const leaver = from.find((node) => !to.includes(node));
  const joiner = to.find((node) => !from.includes(node));
  const isGiven = leaver !== undefined && isMember(leaver);
  const senders = isGiven ? [leaver] : from.filter((node) => node !== leaver && isMember(node));
  return { partition, leaver, joiner, senders: joiner === undefined ? [] : senders };
}

/** What goes from one node to another, drawn as one line. */
export interface Stream {
  readonly from: string;
  readonly to: string;
  readonly partitions: readonly number[];
  /** Something is copied now. */
  readonly isCopying: boolean;
}

export function streamsOf(
  moves: readonly TransferDocument[],
  isMember: (node: string) => boolean,
): readonly Stream[] {
  const streams = new Map<string, Stream>();
  for (const move of moves) {
    const { partition, joiner, senders } = flowOf(move, isMember);
    if (joiner === undefined) continue;
    const isCopying = move.stage === 'write_both' && move.waits === null;
    for (const from of senders) {
      // No name has a blank.
      const key = `${from} ${joiner}`;
      const known = streams.get(key);
      streams.set(key, {
        from,
        to: joiner,
        partitions: [...(known?.partitions ?? []), partition],
        isCopying: isCopying || known?.isCopying === true,
      });
    }
  }
  return [...streams.values()];
}

/** From 0 to 1; undefined: not known yet. */
export function shareCopied({
  stage,
  keys,
  keysInAll,
}: Pick<TransferDocument, 'stage' | 'keys' | 'keysInAll'>): number | undefined {
  if (stage === 'prepare') return 0;
  if (stage !== 'write_both') return 1;
  if (keysInAll === null) return undefined;
  return keysInAll === 0 ? 1 : Math.min(1, keys / keysInAll);
}

/** Of one move, in the words of `quorate transfers`. */
export function changeText({ leaver, joiner, senders }: Flow): string {
  if (joiner === undefined) return `${leaver ?? 'somebody'} gives up its place`;
  if (leaver === undefined) return `${joiner} gets a copy from ${senders.join(', ') || 'nobody'}`;
  if (senders[0] === leaver) return `${leaver} → ${joiner}`;
  return `${senders.join(', ') || 'nobody'} → ${joiner}, in the place of ${leaver}`;
}
