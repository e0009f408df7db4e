/** Who took part in an answer, for whoever asked. */

import type { NodeId } from '../kernel/names.ts';

export interface QuorumReport {
  readonly coordinator: NodeId;
  /** Nodes whose answers were counted. */
  readonly reached: readonly NodeId[];
  /** By node reached that is no replica of the key: the one it stood in for. */
  readonly standIns: Readonly<Record<NodeId, NodeId>>;
  /** How many had to answer; of a write to a partition that moves, of the larger of both lists. */
  readonly needed: number;
}
