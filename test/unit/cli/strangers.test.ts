/** What a node makes of calls from another cluster. */

import { beforeEach, describe, expect, it } from 'vitest';
import { Strangers } from '../../../src/cli/strangers.ts';
import type { ClusterStatus, MemberStatus } from '../../../src/node/index.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const OURS = '00000000000000aa';
const THEIRS = '00000000000000bb';
const STRANGER = { clusterId: THEIRS, from: 'n2', to: 'n1' };

const FOUNDER = `nodes of cluster ${THEIRS} try to reach this address as n1; this node founded cluster ${OURS}; if its disk was lost, start it with an empty directory under a new name and --join`;

let simulation: Simulation;
let logger: SimLogger;
let misplaced: Error[];

beforeEach(() => {
  simulation = new Simulation(1, settle);
  logger = new SimLogger(simulation, 'n1');
  misplaced = [];
});

function strangers(nodeNo: number): Strangers {
  const identity = { clusterId: OURS, nodeNo };
  const onMisplaced = (error: Error) => void misplaced.push(error);
  return new Strangers({ clock: new SimClock(simulation), logger, identity, onMisplaced });
}

function cluster(epoch: number | null, members: number, expectedNodes: number): ClusterStatus {
  return {
    clusterId: OURS,
    node: 'n1',
    ready: epoch !== null,
    epoch,
    expectedNodes,
    partitionCount: 8,
    replicationFactor: 3,
    leader: 'n1',
    members: Array.from({ length: members }, () => ({}) as MemberStatus),
  };
}

describe('a call from another cluster', () => {
  it.each([1, 2])('ends a founder that has %i of 3 nodes', (members) => {
    strangers(1).met(STRANGER, cluster(null, members, 3));
    expect(misplaced.map(({ message }) => message)).toEqual([FOUNDER]);
  });

  it.each([
    ['the ring is drawn', 1, cluster(4, 3, 3)],
    ['all expected nodes are there', 1, cluster(null, 1, 1)],
    ['the node is not the founder', 2, cluster(null, 2, 3)],
  ])('ends nothing where %s', (_, nodeNo, own) => {
    strangers(nodeNo).met(STRANGER, own);
    expect(misplaced).toEqual([]);
    expect(logger.entries).toHaveLength(1);
  });

  it('is told at once, and again after a minute', async () => {
    const met = strangers(1);
    for (let second = 0; second < 150; second++) {
      met.met(STRANGER, cluster(4, 3, 3));
      await simulation.advance(1_000);
    }
    expect(logger.entries).toHaveLength(3);
    expect(logger.entries[0]).toEqual({
      level: 'error',
      event: 'called by another cluster',
      fields: { otherCluster: THEIRS, from: 'n2', reason: FOUNDER },
    });
  });

  it('of a node that did not found its cluster says where it belongs', () => {
    strangers(3).met(STRANGER, cluster(4, 3, 3));
    expect(logger.entries[0]?.fields.reason).toContain(`this node belongs to cluster ${OURS};`);
  });
});
