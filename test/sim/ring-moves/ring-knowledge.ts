/** What is known of the ring by whoever of the nodes that are up knows most. */

import type { NodeId } from '../../../src/kernel/names.ts';
import type { QuorateNode } from '../../../src/node/index.ts';
import type { Move } from '../../../src/ring/move.ts';
import type { Ring } from '../../../src/ring/ring.ts';
import type { TestCluster } from '../harness.ts';

interface Known {
  readonly index: number;
  readonly ring: Ring;
  /** Of the cluster, whether they have places or not; not the dead, and who has left. */
  readonly nodes: readonly NodeId[];
  readonly leader: NodeId | undefined;
}

export class RingKnowledge {
  readonly #cluster: TestCluster;
  /** What was known last, while nobody who knows as much is up. */
  #known: Known | undefined;

  /** Precondition: a node is up that knows the ring. */
  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
    this.#look();
  }

  ring(): Ring {
    return this.#look().ring;
  }

  leader(): NodeId | undefined {
    return this.#look().leader;
  }

  isOfCluster(id: NodeId): boolean {
    return this.#look().nodes.includes(id);
  }

  moves(): readonly Move[] {
    return [...this.ring().moves.values()];
  }

  #look(): Known {
    for (const id of this.#cluster.up) {
      const known = this.#cluster.inspect(id, knownTo);
      if (known !== undefined && known.index >= (this.#known?.index ?? 0)) this.#known = known;
    }
    if (this.#known === undefined) throw new Error('nobody knows the ring yet');
    return this.#known;
  }
}

function knownTo(node: QuorateNode): Known | undefined {
  const { epoch, members, leader } = node.status();
  if (epoch === null) return undefined;
  return {
    index: node.groupStatus().appliedIndex,
    ring: node.ring(),
    nodes: members.map(({ id }) => id),
    leader: leader ?? undefined,
  };
}
