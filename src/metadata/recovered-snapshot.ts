/**
 * The state of a cluster that is begun anew by one of its nodes, because the majority of its
 * metadata group is lost for good.
 *
 * What the lost nodes decided last, nobody knows. So that nothing that was ever given out is
 * given out again for something else, everything that rises continues far above what this
 * node has seen: indexes, and with them epochs and the revisions of values; the numbers of
 * nodes and of buckets.
 *
 * Every partition gets the new index as its epoch, so that nothing kept under an epoch that
 * is not known here can count, and as its reap number, as if a round had begun and come to
 * nothing: a survivor may have adopted a number that is not known here, and would take no
 * state that was read under a lower one. So nothing of those who were dead before can be taken
 * any more, and their salvage is closed.
 *
 * What an acceptor accepted before that is evidence of nothing (`Ring.listEpochs`), and of a
 * change with an id from before nobody can say whether it ran: registers may have been erased
 * that are not known here to be.
 */

import type { Ring } from '../ring/ring.ts';
import type { NodeRecord } from './node-record.ts';
import { NODES_MAX } from './nodes.ts';
import { decodeSnapshot, encodeSnapshot, joinChunks } from './snapshot-codec.ts';

/** More entries than a group writes in months; 4,096 recoveries leave indexes below 2^48. */
const INDEX_GAP = 2 ** 36;

const BUCKET_NUMBER_GAP = 2 ** 20;
const NODE_NUMBER_GAP = NODES_MAX;

export interface RecoveredState {
  readonly index: number;
  readonly chunks: readonly Uint8Array[];
}

/** The snapshot of the new cluster, from one of the old; `wallTime`: of now, ms since 1970. */
export function recoveredState(
  before: Iterable<Uint8Array>,
  clusterId: string,
  wallTime: number,
): RecoveredState {
  const contents = decodeSnapshot(joined(before));
  const { head, ring } = contents;
  const index = head.index + INDEX_GAP;
  const chunks = encodeSnapshot({
    ...contents,
    head: {
      ...head,
      clusterId,
      index,
      epoch: index,
      revision: index,
      nextNodeNo: head.nextNodeNo + NODE_NUMBER_GAP,
      nextBucketNumber: head.nextBucketNumber + BUCKET_NUMBER_GAP,
    },
    nodes: contents.nodes.map(withoutSalvage),
    ring: ring && {
      ...ring,
      epoch: index,
      partitionEpochs: everywhere(ring, index),
      listEpochs: everywhere(ring, index),
      moves: movesKept(ring),
    },
    goal: undefined,
    reapNumbers: ring === undefined ? [] : everywhere(ring, index),
    idMarks: ring === undefined ? [] : everywhere(ring, Math.floor(wallTime)),
  });
  return { index, chunks: [...chunks] };
}

function withoutSalvage(node: NodeRecord): NodeRecord {
  return node.salvage === 'open' ? { ...node, salvage: 'closed' } : node;
}

/**
 * A move that has only begun, as far as is known here, may have gone further: to begin it again
 * would erase what its newcomer was given, perhaps by then the only copy.
 */
function movesKept({ moves }: Ring): Ring['moves'] {
  return new Map([...moves].filter(([, { stage }]) => stage !== 'prepare'));
}

function everywhere({ partitionCount }: Ring, number: number): readonly number[] {
  return Array.from({ length: partitionCount }, () => number);
}

function joined(chunks: Iterable<Uint8Array>): Uint8Array {
  const joining = joinChunks(chunks);
  for (;;) {
    const step = joining.next();
    if (step.done) return step.value;
  }
}
