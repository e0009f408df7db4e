/** What a command is told that was tried at one leader after another. */

import { beforeEach, describe, expect, it } from 'vitest';
import { type ErrorCode, QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { decodeCommand } from '../../../src/metadata/command-codec.ts';
import { CommandClient } from '../../../src/node/metadata-group/command-client.ts';
import { type Applied, PROPOSE } from '../../../src/node/metadata-group/group-messages.ts';
import type { RaftRunner } from '../../../src/node/metadata-group/raft-runner.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const COMMAND = { type: 'grant_lease', ttlMs: 5_000 } as const;
const GRANTED: Applied = { index: 7, reply: { ok: true, type: 'grant_lease', id: 7 } };
const DEADLINE = 5_000;
const NEVER = new Promise<never>(() => {});

/** What the leader does at each attempt in turn, the last again and again. */
type Attempt = () => Applied | Promise<Applied>;

const answers: Attempt = () => GRANTED;
const refuses = (code: ErrorCode) => () => {
  throw new QuorateError(code, `refused with ${code}`);
};
const fails = (failure: 'unreachable' | 'disconnected' | 'timeout' | 'overloaded') => () => {
  throw new TransportError(failure, `the call failed: ${failure}`);
};

let simulation: Simulation;
let leader: NodeId | undefined;
let attempts: Attempt[];
/** What was asked of a leader, as it is in the log. */
let asked: Uint8Array[];
let applied: (index: number, deadline: number) => Promise<boolean>;
let readIndex: () => Promise<number>;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  leader = 'n2';
  asked = [];
  applied = async () => true;
  readIndex = async () => 7;
});

function client(): CommandClient {
  const attempt = async (data: Uint8Array) => {
    asked.push(data);
    const [next] = attempts.length > 1 ? attempts.splice(0, 1) : attempts;
    return (next as Attempt)();
  };
  const transport = {
    call: (_: NodeId, type: unknown, data: Uint8Array) =>
      type === PROPOSE ? attempt(data) : readIndex(),
  };
  const runner = {
    propose: attempt,
    readIndex: () => readIndex(),
    applied: (index: number, deadline: number) => applied(index, deadline),
  };
  return new CommandClient({
    clock: new SimClock(simulation),
    transport: transport as unknown as Transport,
    runner: runner as unknown as RaftRunner,
    self: 'n1',
    nodeNo: 1,
    life: 5,
    leader: () => leader,
  });
}

function run(...given: Attempt[]): Promise<Applied> {
  attempts = given;
  return simulation.complete(client().run(COMMAND, DEADLINE));
}

const IN_DOUBT: readonly (readonly [string, Attempt])[] = [
  ['was cut off', fails('disconnected')],
  ['was not answered', fails('timeout')],
  ['was asked of a leader that stopped', refuses('metadata_unknown')],
];
const CERTAIN: readonly (readonly [string, Attempt])[] = [
  ['could not be sent', fails('unreachable')],
  ['found no room to be sent', fails('overloaded')],
  ['was asked of none that leads', refuses('not_leader')],
];

describe.each(['n1', 'n2'])('by a leader that is %s, and this node is n1', (where) => {
  beforeEach(() => {
    leader = where;
  });

  describe.each(IN_DOUBT)('after an attempt that %s', (_, inDoubt) => {
    it.each(['metadata_overloaded', 'bad_request', 'overloaded'] as const)(
      'a refusal as %s is told as doubt, at once',
      async (code) => {
        const error = { code: 'metadata_unknown', definite: false };
        await expect(run(inDoubt, refuses(code))).rejects.toMatchObject(error);
        expect(simulation.nowMs).toBeLessThan(1_000);
      },
    );

    it.each(CERTAIN)('one that %s until the deadline is told as doubt', async (_, certain) => {
      const error = { code: 'metadata_unknown', definite: false };
      await expect(run(inDoubt, certain)).rejects.toMatchObject(error);
      expect(simulation.nowMs).toBeGreaterThan(DEADLINE - 100);
    });

    it('an answer is an answer; it was the same command', async () => {
      expect(await run(inDoubt, refuses('not_leader'), answers)).toBe(GRANTED);
      expect(asked).toHaveLength(3);
      expect(new Set(asked).size).toBe(1);
    });
  });

  describe.each(CERTAIN)('after an attempt that %s', (_, certain) => {
    it('a refusal is told as it is', async () => {
      const error = { code: 'metadata_overloaded', definite: true };
      await expect(run(certain, refuses('metadata_overloaded'))).rejects.toMatchObject(error);
    });

    it('and others like it, the command was certainly not carried out', async () => {
      const error = { code: 'metadata_unavailable', definite: true };
      await expect(run(certain)).rejects.toMatchObject(error);
    });
  });
});

describe('a leader that is this node', () => {
  it('and does not answer leaves doubt', async () => {
    leader = 'n1';
    const error = { code: 'metadata_unknown', definite: false };
    await expect(run(() => NEVER, refuses('metadata_overloaded'))).rejects.toMatchObject(error);
  });
});

describe('commands', () => {
  it('without any leader were certainly not carried out', async () => {
    leader = undefined;
    await expect(run(answers)).rejects.toMatchObject({ code: 'metadata_unavailable' });
    expect([asked, simulation.nowMs > DEADLINE - 100]).toEqual([[], true]);
  });

  it('are numbered, and say which of them are answered', async () => {
    attempts = [answers];
    const one = client();
    const both = Promise.all([one.run(COMMAND, DEADLINE), one.run(COMMAND, DEADLINE)]);
    await simulation.complete(both);
    await simulation.complete(one.run(COMMAND, DEADLINE));
    const numbers = asked.map((data) => decodeCommand(data).session);
    expect(numbers).toMatchObject([
      { sequence: 1, answeredBelow: 1 },
      { sequence: 2, answeredBelow: 1 },
      { sequence: 3, answeredBelow: 3 },
    ]);
  });
});

describe('a read', () => {
  const barrier = () => simulation.complete(client().readBarrier(DEADLINE));

  it('ends when this node has applied what it must show', async () => {
    const indexes: number[] = [];
    applied = async (index) => indexes.push(index) > 0;
    await barrier();
    expect(indexes).toEqual([7]);
  });

  it('is given up at its deadline where this node does not come so far', async () => {
    applied = (_, deadline) =>
      new Promise((resolve) => simulation.scheduleAt(deadline, () => resolve(false)));
    await expect(barrier()).rejects.toMatchObject({ code: 'metadata_unavailable', definite: true });
    expect(simulation.nowMs).toBe(DEADLINE);
  });
});
