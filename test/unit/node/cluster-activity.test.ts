/** Who is asked what it does, and what is made of the answers. */

import { expect, it } from 'vitest';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import { ClusterActivity } from '../../../src/node/cluster-activity.ts';
import type { MetadataGroup } from '../../../src/node/metadata-group/metadata-group.ts';
import { OwnActivity } from '../../../src/node/own-activity.ts';
import { RequestLedger } from '../../../src/node/request-ledger.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';
import { anActivity } from '../kernel/an-activity.ts';

const clock = new SimClock(new Simulation(1, settle));
const metrics = new SimMetrics();
const own = new OwnActivity({
  clock,
  metrics,
  life: 7,
  ready: () => true,
  raft: () => ({ role: 'leader', term: 3, commit: 5 }),
  appliedIndex: () => 4,
});

/** n1, which asks; `members` undefined: it has no state of the metadata group yet. */
function activity(
  members: readonly string[] | undefined,
  answer: (node: string) => unknown,
): ClusterActivity {
  const state = members && { members: () => members.map((name) => ({ name })) };
  return new ClusterActivity(own, {
    self: 'n1',
    clock,
    transport: { call: async (node: string) => answer(node) } as unknown as Transport,
    liveness: { responsive: () => true },
    group: { state } as unknown as Pick<MetadataGroup, 'state'>,
    requests: new RequestLedger(clock, metrics),
  });
}

it('tells who answered, who did not, and who does not know the question', async () => {
  const told = activity(['n3', 'n2', 'n1'], (node) => {
    if (node === 'n2') throw new TransportError('timeout', 'no reply');
    throw new QuorateError('internal', 'this node has no handler for node.activity');
  });
  const { nodes } = await told.look();
  expect(nodes.map(({ node, state }) => [node, state])).toEqual([
    ['n1', 'answered'],
    ['n2', 'silent'],
    ['n3', 'does_not_say'],
  ]);
  expect(nodes[0]?.activity).toMatchObject({
    life: 7,
    raft: { role: 'leader', term: 3, commitIndex: 5, appliedIndex: 4 },
  });
});

it('asks nobody but those who are named', async () => {
  const asked: string[] = [];
  const told = activity(['n1', 'n2', 'n3'], (node) => {
    asked.push(node);
    return anActivity();
  });
  const { nodes } = await told.look(['n3']);
  expect(nodes.map(({ node }) => node)).toEqual(['n3']);
  expect(asked).toEqual(['n3']);
  await expect(told.look(['n3', 'n4'])).rejects.toThrow(/n4 is not a member/);
});

it('knows of itself alone until it has the state of the cluster', async () => {
  const { nodes } = await activity(undefined, () => anActivity()).look();
  expect(nodes.map(({ node, state }) => [node, state])).toEqual([['n1', 'answered']]);
});

it('does not take a fault of the program for silence', async () => {
  const fault = new TypeError('x is not a function');
  const told = activity(['n1', 'n2'], () => {
    throw fault;
  });
  await expect(told.look()).rejects.toBe(fault);
});
