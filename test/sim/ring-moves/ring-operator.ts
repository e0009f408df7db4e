/** An operator at a simulated cluster: changes its ring, and waits for what becomes of that. */

import { QuorateError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { QuorateNode, StagedChange } from '../../../src/node/index.ts';
import type { Ring } from '../../../src/ring/ring.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import type { TestCluster } from '../harness.ts';

export const COMMAND_MS = 5_000;

const NOTICED_MS_MAX = 15_000;

/** For all moves of a change to be carried out, once all is well. */
const SETTLED_MS_MAX = 120_000;

/** Stages these and commits to them, at the node. Virtual time has to go on meanwhile. */
export async function commitAt(
  cluster: TestCluster,
  at: NodeId,
  changes: readonly StagedChange[],
): Promise<void> {
  for (const change of changes) await stageAt(cluster, at, change);
  await cluster.request(at, (node) => node.ringChanges.commit(COMMAND_MS));
}

/** Who has just died is taken for alive for a while. */
async function stageAt(cluster: TestCluster, at: NodeId, change: StagedChange): Promise<void> {
  const { simulation } = cluster;
  const untilMs = simulation.nowMs + NOTICED_MS_MAX;
  const clock = new SimClock(simulation);
  for (;;) {
    try {
      await cluster.request(at, (node) => node.ringChanges.stage(change, COMMAND_MS));
      return;
    } catch (error) {
      const isAlive = error instanceof QuorateError && error.message.includes('is alive');
      if (!isAlive || simulation.nowMs > untilMs) throw error;
    }
    await new Promise<void>((resolve) => void clock.setTimer(250, resolve));
  }
}

export function ringAt(cluster: TestCluster, at: NodeId): Promise<Ring> {
  return cluster.complete(cluster.request(at, async (node) => node.ring()));
}

/** Why the ring is not yet what was wanted; undefined: it is. */
export async function whatIsUnsettled(
  cluster: TestCluster,
  members: readonly NodeId[],
): Promise<string | undefined> {
  const at = members.find((id) => cluster.isUp(id)) as NodeId;
  const changes = (node: QuorateNode) => node.ringChanges;
  const { movesLeft, staged } = await cluster.complete(
    cluster.request(at, (node) => changes(node).plan(COMMAND_MS)),
  );
  const ring = await ringAt(cluster, at);
  if (movesLeft !== undefined || ring.moves.size > 0) {
    const { moves } = await cluster.complete(
      cluster.request(at, (node) => changes(node).transfers(COMMAND_MS)),
    );
    const texts = moves.map(
      ({ partition, stage, from, to, waits }) =>
        `${partition} ${stage} ${from}>${to}${waits === null ? '' : ` (${waits})`}`,
    );
    return `${movesLeft} moves to begin; under way: ${texts.join('; ')}`;
  }
  const present = ring.members.map(({ id }) => id).sort();
  if (present.join() !== [...members].sort().join()) {
    return `${present} are in the ring, not ${members}; staged: ${JSON.stringify(staged)}`;
  }
  return undefined;
}

/** Throws where that takes too long. */
export async function untilSettled(
  cluster: TestCluster,
  members: readonly NodeId[] | (() => readonly NodeId[]),
): Promise<void> {
  const untilMs = cluster.simulation.nowMs + SETTLED_MS_MAX;
  for (;;) {
    const expected = typeof members === 'function' ? members() : members;
    const why = await whatIsUnsettled(cluster, expected);
    if (why === undefined) return;
    if (cluster.simulation.nowMs > untilMs) throw new Error(`the ring does not settle: ${why}`);
    await cluster.simulation.advance(250);
  }
}
