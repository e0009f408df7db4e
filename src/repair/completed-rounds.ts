/**
 * Whoever keeps a partition now is to know of the last round of reaping that was completed there,
 * as those do who were its replicas then: contexts of what was reaped are judged by what all
 * primaries say of it (coordinator/writer-context.ts).
 *
 * A newcomer had no part in the round, and need not have had one: its move was not over before it
 * had all that it was to have, so the present replicas together know all that those of the round
 * knew, and what none of them knows was superseded and reaped. Only what a dead node alone had is
 * not among it. While that may yet be salvaged nothing is told.
 */

import { isExpected } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { Logger } from '../ports/logger.ts';
import type { Transport } from '../ports/transport.ts';
import type { ReapNumbers } from '../replica/reap-numbers.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { partitionEpoch } from '../ring/ring.ts';
import { type EndRequest, REAP_CALL_MS_MAX, REAP_END } from './reap-messages.ts';

export interface CompletedRoundsPorts {
  readonly self: NodeId;
  readonly view: Pick<ClusterView, 'ring' | 'openSalvages'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly transport: Transport;
  readonly liveness: Pick<Liveness, 'reachable'>;
  readonly logger: Logger;
  readonly reaps: Pick<ReapNumbers, 'completed' | 'isUnfinished'>;
  readonly isClosed: () => boolean;
}

export class CompletedRounds {
  readonly #ports: CompletedRoundsPorts;
  /** By partition: its epoch when all who kept it were told. Later rounds tell them by themselves. */
  readonly #toldAt = new Map<number, number>();

  constructor(ports: CompletedRoundsPorts) {
    this.#ports = ports;
  }

  /** Tells the others of those of these partitions whose list begins with this node, once. */
  async tell(partitions: readonly number[]): Promise<void> {
    const { self, view, reaps, liveness, isClosed } = this.#ports;
    const silent = new Set<NodeId>();
    for (const partition of partitions) {
      if (isClosed() || view.openSalvages().length > 0) return;
      const ring = view.ring();
      const epoch = partitionEpoch(ring, partition);
      const [first, ...others] = ring.replicas[partition] ?? [];
      const reap = reaps.completed(partition);
      const isDue =
        first === self &&
        reap > 0 &&
        !reaps.isUnfinished(partition) &&
        !ring.moves.has(partition) &&
        this.#toldAt.get(partition) !== epoch;
      if (!isDue || others.some((node) => silent.has(node) || !liveness.reachable(node))) continue;
      const unheard = await this.#tellAll(others, { partition, reap, completed: true });
      if (unheard.length === 0) this.#toldAt.set(partition, epoch);
      for (const node of unheard) silent.add(node);
    }
  }

  /** Resolves with those that did not answer. */
  async #tellAll(nodes: readonly NodeId[], end: EndRequest): Promise<readonly NodeId[]> {
    const { transport, clock, logger } = this.#ports;
    const deadline = clock.now() + REAP_CALL_MS_MAX;
    const silent: NodeId[] = [];
    await Promise.all(
      nodes.map(async (node) => {
        try {
          await transport.call(node, REAP_END, end, { deadline });
        } catch (error) {
          if (!isExpected(error)) throw error;
          logger.debug('a completed round could not be told', { node, error });
          silent.push(node);
        }
      }),
    );
    return silent;
  }
}
