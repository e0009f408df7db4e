/**
 * Who seems to be alive, as far as this node has heard: a guess that chooses whom to ask and
 * is never counted. What counts are answers.
 */

import type { NodeId } from '../kernel/names.ts';

export interface Liveness {
  /** True of this node itself, and of every node that nothing is known against. */
  reachable(node: NodeId): boolean;

  /**
   * True of a reachable node that does not owe replies in complete silence: whom to ask first.
   * Silence is noticed within half a second and may be no more than a pause of the node, so
   * nothing is refused or given up for its sake; what rests on who is alive asks `reachable`.
   */
  responsive(node: NodeId): boolean;

  /** True also of a node that is only suspected: it may answer, though another is asked first. */
  mayAnswer(node: NodeId): boolean;

  /**
   * Calls the listener, in a turn of its own, when a node that was not responsive is again.
   * Returns what ends that. A node that was away only for a moment may go unnoticed.
   */
  onReturn(listener: (node: NodeId) => void): () => void;
}
