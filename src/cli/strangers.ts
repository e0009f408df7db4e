/**
 * Nodes of another cluster that take this one for one of theirs.
 *
 * Mostly a disk was lost: a node that is started again with the command that once founded its
 * cluster founds a second one beside it, whose other members go on calling it. A founder that
 * is still alone with less than it expects holds no data and must not go on; any other node
 * says what it found, now and again for as long as it lasts.
 */

import type { ClusterStatus, GroupIdentity, NodePorts } from '../node/index.ts';
import { FOUNDER_NO } from '../node/index.ts';

const TELL_AGAIN_MS = 60_000;

/** How a node of another cluster introduced itself: who it is, and whom it looked for. */
export interface Stranger {
  readonly clusterId: string;
  readonly from: string;
  readonly to: string;
}

export interface StrangersOptions {
  readonly clock: NodePorts['clock'];
  readonly logger: NodePorts['logger'];
  readonly identity: Pick<GroupIdentity, 'clusterId' | 'nodeNo'>;
  /** Told where the node must not go on, with a text for the operator. */
  readonly onMisplaced: (error: Error) => void;
}

export class Strangers {
  readonly #options: StrangersOptions;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: StrangersOptions) {
    this.#options = options;
  }

  /** One has called, with our own cluster as it is now. */
  met(stranger: Stranger, own: ClusterStatus): void {
    const founder = this.#options.identity.nodeNo === FOUNDER_NO;
    const reason = this.#reason(stranger, founder);
    this.#tell(stranger, reason);
    if (founder && isForming(own)) this.#options.onMisplaced(new Error(reason));
  }

  #tell({ clusterId: otherCluster, from }: Stranger, reason: string): void {
    const { clock, logger } = this.#options;
    if (clock.now() - this.#toldAt < TELL_AGAIN_MS) return;
    this.#toldAt = clock.now();
    logger.error('called by another cluster', { otherCluster, from, reason });
  }

  #reason({ clusterId, to }: Stranger, founder: boolean): string {
    const { identity } = this.#options;
    const ours = `this node ${founder ? 'founded' : 'belongs to'} cluster ${identity.clusterId}`;
    return `nodes of cluster ${clusterId} try to reach this address as ${to}; ${ours}; if its disk was lost, start it with an empty directory under a new name and --join`;
  }
}

/** Data is taken when all expected nodes are there. */
function isForming({ epoch, expectedNodes, members }: ClusterStatus): boolean {
  return epoch === null && expectedNodes !== null && members.length < expectedNodes;
}
