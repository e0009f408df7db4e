/**
 * What only a dead node held, offered to the cluster from its directory by `quorate salvage`.
 *
 * Taken is what comes from the directory of a node that the metadata group has on record as dead
 * and whose salvage is open, as the group knows it now. Since reaping rests while it is open, the
 * reap numbers of the directory are those of the cluster; should they not be, every replica refuses
 * by itself (coordinator/salvage.ts), so safety rests on nobody's view of what is open.
 */

import type { Coordinator } from '../coordinator/coordinator.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { SalvageBatch, SalvagedNode, SalvageOutcome } from '../kernel/salvage-batch.ts';
import type { NodeRecord } from '../metadata/node-record.ts';
import type { MetadataState } from '../metadata/state.ts';
import type { MetadataGroup } from './metadata-group/metadata-group.ts';
import { errorOfReply } from './raft-buckets.ts';
import type { RequestLedger } from './request-ledger.ts';

export class Salvage {
  readonly #group: MetadataGroup;
  readonly #requests: RequestLedger;
  readonly #coordinator: Coordinator;

  constructor(group: MetadataGroup, requests: RequestLedger, coordinator: Coordinator) {
    this.#group = group;
    this.#requests = requests;
    this.#coordinator = coordinator;
  }

  /** What became of each object, in their order. Throws `salvage_refused`, `not_a_member`. */
  offer(batch: SalvageBatch, timeoutMs: number): Promise<readonly SalvageOutcome[]> {
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      await this.#group.client.readBarrier(deadline);
      const { state, registered } = this.#group;
      // What this node itself stores would count for nobody.
      if (state === undefined || !registered) {
        throw new QuorateError('not_ready', 'the start of this node is not registered yet');
      }
      demandOpen(state, batch.node);
      const mode = { dryRun: batch.dryRun, held: false };
      return this.#coordinator.salvage(batch.objects, mode, deadline);
    });
  }

  /** From now on nothing of the node is taken, and reaping goes on without it. */
  close(name: NodeId, timeoutMs: number): Promise<void> {
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      const { reply } = await this.#group.client.run({ type: 'close_salvage', name }, deadline);
      if (!reply.ok) throw errorOfReply(reply);
    });
  }
}

/** Throws where nothing may be taken from this directory. */
export function demandOpen(
  state: Pick<MetadataState, 'cluster' | 'node'>,
  { clusterId, nodeNo, name, directoryId }: SalvagedNode,
): void {
  if (clusterId !== state.cluster.clusterId) {
    throw new QuorateError(
      'not_a_member',
      `this is the directory of a node of cluster ${clusterId}, and the cluster here is ${state.cluster.clusterId}`,
    );
  }
  const node = state.node(nodeNo);
  if (node === undefined || node.name !== name || node.directoryId !== directoryId) {
    throw new QuorateError('not_a_member', `this data directory is not that of node ${nodeNo}`);
  }
  const reason = whyNot(node);
  if (reason !== undefined) throw new QuorateError('salvage_refused', `${name} ${reason}`);
}

function whyNot({ status, salvage }: NodeRecord): string | undefined {
  if (status === 'left') return 'has left, and handed over all that it had before';
  if (status !== 'dead') {
    return 'was not declared dead: start it, and it brings what it holds; or remove or replace it first';
  }
  if (salvage === 'open') return undefined;
  return 'had its salvage closed: what was deleted may have been reaped since, and what it holds could bring it back';
}
