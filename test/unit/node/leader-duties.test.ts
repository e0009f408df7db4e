/** What a leader does of its own accord, and when it does nothing yet. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../../src/metadata/command.ts';
import type { MetadataState } from '../../../src/metadata/state.ts';
import { LeaderDuties } from '../../../src/node/metadata-group/leader-duties.ts';
import type { RaftRunner } from '../../../src/node/metadata-group/raft-runner.ts';
import type { RoleName } from '../../../src/raft/status.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';
import { founded, Log, seeds } from '../metadata/cluster.ts';

const TERM = 4;

let simulation: Simulation;
let state: MetadataState;
let role: RoleName;
/** Of the last entry that was applied. */
let appliedTerm: number;
let voters: readonly number[];
let proposed: unknown[];
let ran: Command[];
let duties: LeaderDuties;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  state = founded({ nodes: seeds(3), expect: 3 });
  role = 'leader';
  appliedTerm = TERM;
  voters = [1];
  proposed = [];
  ran = [];
  const member = { match: 1, silentTicks: 0 };
  const raft = {
    status: () => ({
      self: 1,
      role,
      term: TERM,
      commit: 1,
      configuration: { voters, outgoing: [], learners: [] },
      members: [1, 2, 3].map((no) => ({ ...member, member: no })),
    }),
    termAt: (index: number) => (index === state.index ? appliedTerm : undefined),
    proposeConfiguration: (target: unknown) => {
      proposed.push(target);
      return { accepted: true };
    },
  };
  const runner = {
    raft,
    flushSoon: () => {},
    get state() {
      return state;
    },
  };
  duties = new LeaderDuties({
    clock: new SimClock(simulation),
    runner: runner as unknown as RaftRunner,
    logger: new SimLogger(simulation, 'n1'),
    run: async (command) => ran.push(command),
  });
});

describe('a leader that has applied an entry of its own term', () => {
  it('proposes the voters that there should be', () => {
    duties.look();
    expect(proposed).toEqual([{ voters: [1, 2], learners: [3] }]);
  });

  it('draws the ring when there are enough voters', () => {
    voters = [1, 2, 3];
    duties.look();
    expect(ran).toMatchObject([{ type: 'draw_ring' }]);
  });
});

describe('a leader that has applied none of its own term', () => {
  beforeEach(() => {
    appliedTerm = TERM - 1;
  });

  it('proposes no configuration: it may not know of the newest nodes', async () => {
    duties.start();
    await simulation.advance(1_000);
    expect(proposed).toEqual([]);
    appliedTerm = TERM;
    await simulation.advance(200);
    expect(proposed).not.toEqual([]);
    duties.stop();
  });

  it('has no command carried out', () => {
    voters = [1, 2, 3];
    duties.look();
    expect(ran).toEqual([]);
  });
});

describe('who does not lead', () => {
  it('does nothing', () => {
    role = 'follower';
    duties.look();
    expect([proposed, ran]).toEqual([[], []]);
  });
});

describe('a lease', () => {
  it('is ended when its time is up by the clock of this leader', async () => {
    voters = [1, 2, 3];
    const log = new Log(founded({ nodes: seeds(3), drawRing: true }));
    state = log.state;
    const id = log.lease(5_000);
    duties.look();
    await simulation.advance(4_999);
    duties.look();
    expect(ran).toEqual([]);
    await simulation.advance(1);
    duties.look();
    expect(ran).toMatchObject([{ type: 'expire_leases', leases: [{ id }] }]);
  });
});
