import { describe, expect, it } from 'vitest';
import { type Environment, makeEnvironment } from '../../../src/coordinator/environment.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import {
  type ErrorCode,
  QuorateError,
  TransportError,
  type TransportFailure,
} from '../../../src/kernel/errors.ts';
import type { Traced } from '../../../src/kernel/trace.ts';
import { callType } from '../../../src/ports/transport.ts';
import type { Fallback } from '../../../src/replica/fallback.ts';
import type { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import type { Replica } from '../../../src/replica/replica.ts';
import {
  deadlineOfForwarded,
  type Effect,
  type Forwarded,
  forward,
} from '../../../src/routing/forward.ts';
import { type KeyPlan, planKey } from '../../../src/routing/key-plan.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const view = fixedView({
  members: ['n1', 'n2', 'n3', 'n4', 'n5'].map((id) => ({ id })),
  partitionCount: 8,
  replicationFactor: 3,
});
const plan: KeyPlan = planKey(view, 'test', utf8('k'));
const outsider = ['n1', 'n2', 'n3', 'n4', 'n5'].find((id) => !plan.replicas.includes(id)) as string;
interface Reply extends Traced {
  readonly said: string;
}

const REQUEST = callType<Forwarded<string>, Reply>('test.request', 'data');

const lost = (failure: TransportFailure) => new TransportError(failure, failure);
const refused = (code: ErrorCode, definite?: boolean) =>
  new QuorateError(code, code, definite === undefined ? {} : { definite });

interface Outcome {
  readonly reply?: string;
  readonly error?: unknown;
  readonly asked: number;
}

/** What comes of a request when the replicas, one after the other, do as they are told. */
async function outcomeOf(
  effect: Effect,
  script: readonly (Error | string)[],
  isResponsive = (_: string) => true,
): Promise<Outcome> {
  const simulation = new Simulation(1, settle);
  let asked = 0;
  const transport = {
    call: async () => {
      const next = script[asked++] ?? 'asked once too often';
      if (next instanceof Error) throw next;
      return { said: next };
    },
  } as unknown as Environment['transport'];
  const env = makeEnvironment({
    self: outsider,
    view,
    clock: new SimClock(simulation),
    transport,
    liveness: {
      reachable: () => true,
      responsive: isResponsive,
      mayAnswer: () => true,
      onReturn: () => () => {},
    },
    // A node that hands requests on has nothing to do with what it keeps itself.
    replica: undefined as unknown as Replica,
    fallback: undefined as unknown as Fallback,
    reaps: undefined as unknown as ReapNumbers,
    logger: new SimLogger(simulation, outsider),
    metrics: new SimMetrics(),
    onFatal: () => {},
  });
  try {
    const forwarding = {
      type: REQUEST,
      request: 'request',
      effect,
      nodes: plan.replicas,
      here: () => Promise.reject(new Error('is no replica')),
      deadline: 1_000,
    };
    return { reply: (await forward(env, plan, forwarding)).said, asked };
  } catch (error) {
    return { error, asked };
  }
}

describe('a request that is handed on', () => {
  it('goes to the next replica where it certainly did not run', async () => {
    const harmless = [lost('unreachable'), refused('not_ready')];
    for (const effect of ['read', 'write'] as const) {
      expect(await outcomeOf(effect, [...harmless, 'done'])).toEqual({ reply: 'done', asked: 3 });
    }
  });

  it('goes on after a broken connection when it reads', async () => {
    const outcome = await outcomeOf('read', [lost('disconnected'), 'done']);
    expect(outcome).toEqual({ reply: 'done', asked: 2 });
  });

  it('does not after a broken connection when it writes, and is in doubt', async () => {
    const { error, asked } = await outcomeOf('write', [lost('disconnected'), 'done']);
    expect(error).toMatchObject({ code: 'coordinator_lost', definite: false });
    expect(asked).toBe(1);
  });

  it('goes on in doubt where a write is repeatable, and stays in doubt where nobody answers', async () => {
    const done = await outcomeOf('repeatable', [lost('disconnected'), 'done']);
    expect(done).toEqual({ reply: 'done', asked: 2 });
    const refusals = [lost('disconnected'), refused('not_ready'), lost('unreachable')];
    const { error, asked } = await outcomeOf('repeatable', refusals);
    expect(error).toMatchObject({ code: 'coordinator_lost', definite: false });
    expect(asked).toBe(3);
  });

  it('stays in doubt whatever the others refuse, even for good', async () => {
    for (const code of ['out_of_time', 'bad_parameter', 'stale_epoch'] as const) {
      const error = new QuorateError(code, code, { epoch: plan.address.epoch + 1 });
      const outcome = await outcomeOf('repeatable', [lost('disconnected'), error, error]);
      expect(outcome.error).toMatchObject({ code: 'coordinator_lost', definite: false });
      expect(outcome.asked).toBe(3);
    }
    const found = [lost('disconnected'), refused('outcome_unknown')];
    const { error } = await outcomeOf('repeatable', found);
    expect(error).toMatchObject({ code: 'outcome_unknown', definite: false });
  });

  it('is not handed to a node held for unreachable where another refused it', async () => {
    const isResponsive = (id: string) => id === plan.replicas[0];
    for (const effect of ['write', 'repeatable'] as const) {
      const refusal = [refused('overloaded'), lost('timeout')];
      const { error, asked } = await outcomeOf(effect, refusal, isResponsive);
      expect(error).toMatchObject({ code: 'coordinator_unreachable', definite: true });
      expect(asked).toBe(1);
    }
    const read = await outcomeOf('read', [refused('overloaded'), 'done'], isResponsive);
    expect(read).toEqual({ reply: 'done', asked: 2 });
    const write = await outcomeOf('write', [lost('unreachable'), 'done'], isResponsive);
    expect(write).toEqual({ reply: 'done', asked: 2 });
  });

  it.each(['read', 'write'] as const)('has no time left after silence: %s', async (effect) => {
    const { error, asked } = await outcomeOf(effect, [lost('timeout'), 'done']);
    expect(error).toMatchObject({ definite: effect === 'read' });
    expect(asked).toBe(1);
  });

  it('is answered with what the replica found wrong', async () => {
    const { error, asked } = await outcomeOf('write', [refused('bad_context'), 'done']);
    expect(error).toMatchObject({ code: 'bad_context', definite: true });
    expect(asked).toBe(1);
  });

  it('goes no further after a refusal that is in doubt', async () => {
    const { error, asked } = await outcomeOf('write', [refused('not_ready', false), 'done']);
    expect(error).toMatchObject({ code: 'not_ready', definite: false });
    expect(asked).toBe(1);
  });

  it('is definitely not carried out where nobody could take it', async () => {
    const nobody = [lost('unreachable'), lost('overloaded'), refused('stale_epoch')];
    const { error, asked } = await outcomeOf('write', nobody);
    expect(error).toMatchObject({ code: 'coordinator_unreachable', definite: true });
    expect(asked).toBe(3);
  });
});

describe('the deadline of a forwarded request', () => {
  it('leaves a twentieth of the time for the way back, at most 50 ms', () => {
    expect(deadlineOfForwarded(1_100, 1_000)).toBe(1_095);
    expect(deadlineOfForwarded(3_000, 1_000)).toBe(2_950);
    expect(deadlineOfForwarded(900, 1_000)).toBe(900);
  });
});
