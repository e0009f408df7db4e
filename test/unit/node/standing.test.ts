/** A node that may be of the cluster no more, and who tells it. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeRecord } from '../../../src/metadata/node-record.ts';
import type { MetadataState } from '../../../src/metadata/state.ts';
import {
  ASK_STANDING,
  type GoneStanding,
} from '../../../src/node/metadata-group/group-messages.ts';
import { goneText, Standing } from '../../../src/node/metadata-group/standing.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const OWN = { name: 'n3', nodeNo: 3, directoryId: 'own' };

let simulation: Simulation;
let asked: string[];
let gone: GoneStanding[];
let answer: GoneStanding | null;
let ownRecord: Partial<NodeRecord> | undefined;
let serve: ((request: { nodeNo: number; directoryId: string }) => unknown) | undefined;
let standing: Standing;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  asked = [];
  gone = [];
  answer = null;
  ownRecord = undefined;
  const transport = {
    serve: (type: unknown, handler: typeof serve) => {
      if (type === ASK_STANDING) serve = handler;
    },
    call: async (peer: string) => {
      asked.push(peer);
      return answer;
    },
  } as unknown as Transport;
  standing = new Standing({
    identity: OWN,
    clock: new SimClock(simulation),
    transport,
    state: () => ({ node: () => ownRecord }) as unknown as MetadataState,
    peers: () => ['n1', 'n2', 'n3'],
    onGone: (told) => gone.push(told),
  });
  standing.start();
});

describe('a node that does not hear from the group', () => {
  it('asks the others in turn, and goes on where it is a member', async () => {
    await simulation.advance(4_500);
    expect(asked).toEqual(['n1', 'n2', 'n1', 'n2']);
    expect(gone).toEqual([]);
  });

  it('learns that it was declared dead, once', async () => {
    answer = { status: 'dead', replacedBy: 'n5' };
    await simulation.advance(5_000);
    expect(gone).toEqual([{ status: 'dead', replacedBy: 'n5' }]);
    expect(asked).toHaveLength(1);
  });

  it('asks nobody after it stopped', async () => {
    standing.stop();
    await simulation.advance(5_000);
    expect(asked).toEqual([]);
  });
});

describe('a node that hears from the group', () => {
  it('asks nobody, and again when it is silent', async () => {
    for (let second = 0; second < 5; second++) {
      standing.heard();
      await simulation.advance(1_000);
    }
    expect(asked).toEqual([]);
    await simulation.advance(4_000);
    expect(asked.length).toBeGreaterThan(0);
  });

  it('is told by its own state where the entry came that far', () => {
    ownRecord = { status: 'member', replacedBy: undefined };
    standing.judge();
    expect(gone).toEqual([]);
    ownRecord = { status: 'left', replacedBy: undefined };
    standing.judge();
    expect(gone).toEqual([{ status: 'left', replacedBy: null }]);
  });
});

describe('a node that is asked', () => {
  it('tells those that are gone, and only the directory that it means', () => {
    ownRecord = { directoryId: 'theirs', status: 'dead', replacedBy: 'n7' };
    expect(serve?.({ nodeNo: 2, directoryId: 'theirs' })).toEqual({
      status: 'dead',
      replacedBy: 'n7',
    });
    expect(serve?.({ nodeNo: 2, directoryId: 'another' })).toBeNull();
    ownRecord = { directoryId: 'theirs', status: 'leaving', replacedBy: undefined };
    expect(serve?.({ nodeNo: 2, directoryId: 'theirs' })).toBeNull();
  });
});

it('says what an operator can do', () => {
  expect(goneText('n3', { status: 'dead', replacedBy: 'n5' })).toContain('replaced by n5');
  expect(goneText('n3', { status: 'dead', replacedBy: null })).toContain('removed as dead');
  expect(goneText('n3', { status: 'left', replacedBy: null })).toContain('handed over');
});
