import { beforeEach, describe, expect, it } from 'vitest';
import { type Environment, makeEnvironment } from '../../../src/coordinator/environment.ts';
import { quorumOf } from '../../../src/coordinator/quorum.ts';
import { type Replicated, replicate } from '../../../src/coordinator/replication.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import type { Fallback } from '../../../src/replica/fallback.ts';
import type { HintRequest } from '../../../src/replica/messages.ts';
import type { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import type { CoordinatedWrite, Replica } from '../../../src/replica/replica.ts';
import { planKey } from '../../../src/routing/key-plan.ts';
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
const plan = planKey(view, 'test', utf8('k'));
const [p1, p2, p3] = plan.replicas as [string, string, string];
const [f1, f2] = plan.fallbacks as [string, string];

/** After how long a node has the object on disk, or what it refuses with; unnamed: at once. */
type Script = Readonly<Record<string, number | Error | 'silent'>>;

let simulation: Simulation;
/** Who was asked to keep the object, and for whom: `f1 for p2`. */
let asked: string[];

beforeEach(() => {
  simulation = new Simulation(1, settle);
  asked = [];
});

function environment(
  self: string,
  script: Script,
  gone: readonly string[],
  suspects: readonly string[],
  silent: readonly string[],
): Environment {
  const answer = (name: string) => {
    asked.push(name);
    const behaviour = script[name] ?? 0;
    if (behaviour instanceof Error) return Promise.reject(behaviour);
    return new Promise<true>((resolve) => {
      if (behaviour !== 'silent') simulation.schedule(behaviour, () => resolve(true));
    });
  };
  const transport = {
    call: (node: string, type: { kind: string }, request: HintRequest) =>
      answer(type.kind === 'replica.hint' ? `${node} for ${request[6]}` : node),
  } as unknown as Environment['transport'];
  const fallback = {
    store: (target: string) => answer(`${self} for ${target}`),
  } as unknown as Fallback;
  return makeEnvironment({
    self,
    view,
    clock: new SimClock(simulation),
    transport,
    liveness: {
      reachable: (node) => !gone.includes(node) && !suspects.includes(node),
      responsive: (node) => ![...gone, ...suspects, ...silent].includes(node),
      mayAnswer: (node) => !gone.includes(node),
      onReturn: () => () => {},
    },
    reaps: { of: () => 0 } as unknown as ReapNumbers,
    replica: undefined as unknown as Replica,
    fallback,
    logger: new SimLogger(simulation, self),
    metrics: new SimMetrics(),
    onFatal: (error) => {
      throw error;
    },
  });
}

interface Options {
  readonly self?: string;
  readonly place?: string;
  readonly w: number;
  readonly pw?: number;
  readonly sloppy?: boolean;
  readonly script?: Script;
  readonly gone?: readonly string[];
  readonly suspects?: readonly string[];
  readonly silent?: readonly string[];
}

async function outcomeOf(options: Options): Promise<Replicated & { reached: string[] }> {
  const { self = p1, place = self, w, pw = 0, sloppy = true, script = {}, gone = [] } = options;
  const { suspects = [], silent = [] } = options;
  const write = { encoded: utf8('object'), reap: 0, durable: Promise.resolve() };
  const replicated = await simulation.complete(
    replicate(environment(self, script, gone, suspects, silent), plan, {
      write: write as CoordinatedWrite,
      readAgain: () => undefined,
      place,
      quorums: [quorumOf(plan.replicas, w, pw)],
      levels: { w, pw },
      sloppy,
      deadline: 1_000,
    }),
  );
  const reached = [...replicated.counted].map(([node, at]) =>
    node === at ? node : `${node} for ${at}`,
  );
  return { ...replicated, reached };
}

const refused = (code: 'not_ready' | 'hints_full' | 'corrupt_record') =>
  new QuorateError(code, code);
const lost = new TransportError('disconnected', 'lost');

describe('replication', () => {
  it('asks no fallback while all goes well', async () => {
    const { enough, reached } = await outcomeOf({ w: 3 });
    expect({ enough, reached, asked }).toEqual({
      enough: true,
      reached: [p1, p2, p3],
      asked: [p2, p3],
    });
  });

  it('has the next fallback stand in for each primary that is gone', async () => {
    const { reached } = await outcomeOf({ w: 3, gone: [p2, p3] });
    expect(reached).toEqual([p1, `${f1} for ${p2}`, `${f2} for ${p3}`]);
    expect(asked).toEqual([`${f1} for ${p2}`, `${f2} for ${p3}`]);
  });

  it.each([lost, refused('not_ready'), refused('corrupt_record')])(
    'has one stand in for a primary that fails: %s',
    async (failure) => {
      const { reached } = await outcomeOf({ w: 3, script: { [p2]: failure } });
      expect(reached.toSorted()).toEqual([p1, p3, `${f1} for ${p2}`].toSorted());
    },
  );

  it('goes to the next fallback where one refuses', async () => {
    const script = { [`${f1} for ${p2}`]: refused('hints_full') };
    const { reached } = await outcomeOf({ w: 3, gone: [p2], script });
    expect(reached).toContain(`${f2} for ${p2}`);
  });

  it('tries another fallback where a stand-in is late too', async () => {
    const script = { [p2]: 'silent', [`${f1} for ${p2}`]: 'silent' } as const;
    const { reached } = await outcomeOf({ w: 3, script });
    expect(reached).toContain(`${f2} for ${p2}`);
    expect(simulation.nowMs).toBe(500);
  });

  it('counts a fallback not beside the primary it stands for', async () => {
    const script = {
      [p2]: 400,
      [p3]: 'silent',
      [f2]: 'silent',
      [`${f2} for ${p3}`]: refused('hints_full'),
      [`${f1} for ${p3}`]: refused('hints_full'),
    } as const;
    const { enough, reached } = await outcomeOf({ w: 3, script });
    expect(asked).toContain(`${f1} for ${p2}`);
    expect({ enough, reached }).toEqual({ enough: false, reached: [p1, p2] });
  });

  it('counts a fallback not for PW', async () => {
    const script = { [p2]: 'silent', [p3]: 'silent' } as const;
    const { enough, reached } = await outcomeOf({ w: 2, pw: 2, script });
    expect({ enough, reached }).toEqual({
      enough: false,
      reached: [p1, `${f1} for ${p2}`, `${f2} for ${p3}`],
    });
  });

  it('asks a suspect too, beside the fallback in its place: only its own answer counts for PW', async () => {
    const { enough, reached } = await outcomeOf({ w: 3, pw: 3, suspects: [p3] });
    expect(enough).toBe(true);
    expect(reached).toEqual(expect.arrayContaining([p1, p2, p3]));
    expect(asked).toContain(`${f1} for ${p3}`);
  });

  it('asks a silent one too: alone without sloppy, else beside the fallback in its place', async () => {
    const strict = await outcomeOf({ w: 3, sloppy: false, silent: [p3] });
    expect({ ...strict, asked }).toMatchObject({ enough: true, asked: [p2, p3] });
    const sloppy = await outcomeOf({ w: 3, pw: 3, silent: [p3] });
    expect(sloppy.enough).toBe(true);
    expect(asked).toContain(`${f1} for ${p3}`);
  });

  it('gives up at once where PW cannot be met', async () => {
    expect(await outcomeOf({ w: 2, pw: 2, gone: [p2, p3] })).toMatchObject({ enough: false });
    expect(simulation.nowMs).toBe(0);
  });

  it('without sloppy leaves every place to its primary', async () => {
    const { enough } = await outcomeOf({ w: 3, sloppy: false, script: { [p2]: lost } });
    expect({ enough, asked }).toEqual({ enough: false, asked: [p2, p3] });
    expect(simulation.nowMs).toBeLessThan(10);
  });

  it('on a fallback keeps one place here, asks others for the rest, and itself for what is left', async () => {
    const { enough } = await outcomeOf({ self: f1, place: p1, w: 2, gone: [p1, p2, p3] });
    expect({ enough, asked }).toEqual({
      enough: true,
      asked: [`${f2} for ${p2}`, `${f1} for ${p3}`],
    });
    const three = await outcomeOf({ self: f1, place: p1, w: 3, gone: [p1, p2, p3] });
    expect(three).toMatchObject({ enough: false });
  });

  it('still finds somebody for a primary that fails after the end', async () => {
    const { enough } = await outcomeOf({ w: 1, script: { [p2]: lost } });
    expect(enough).toBe(true);
    await simulation.advance(10);
    expect(asked).toContain(`${f1} for ${p2}`);
  });
});
