import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { BackgroundBudget } from '../../../src/repair/background-budget.ts';
import type { AgreeRequest } from '../../../src/repair/reap-messages.ts';
import { makeReapMetrics } from '../../../src/repair/reap-metrics.ts';
import { ReapRound } from '../../../src/repair/reap-round.ts';
import { ReapableKeys } from '../../../src/replica/reapable-keys.ts';
import { encodeRecord, encodeVersion } from '../../../src/replica/record-codec.ts';
import type { Replica } from '../../../src/replica/replica.ts';
import { objectKey } from '../../../src/replica/store-keys.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView, ringWithMove } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const fixed = fixedView({
  members: ['n1', 'n2', 'n3', 'n4'].map((id) => ({ id })),
  partitionCount: 8,
  replicationFactor: 3,
});
const partition = fixed.ring().replicas.findIndex(([first]) => first === 'n1');
const replicas = fixed.ring().replicas[partition] as readonly string[];
const stranger = ['n1', 'n2', 'n3', 'n4'].find((id) => !replicas.includes(id)) as string;

/** What a node answers to a kind of question; else it agrees to all. */
type Answer = (items: number, request: unknown) => unknown;

let simulation: Simulation;
let metrics: SimMetrics;
let answers: Record<string, Answer>;
/** Kinds of questions, and `begin`, in their order; each as often as it was asked. */
let asked: string[];
let asks: Set<string>;
/** The last round was not completed here. */
let unfinished: boolean;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  metrics = new SimMetrics();
  answers = {};
  asked = [];
  asks = new Set();
  unfinished = false;
});

function note(kind: string): void {
  if (asked.at(-1) !== kind) asked.push(kind);
}

async function run(keys = 3, begin = async () => 9, ring = fixed.ring()) {
  const view = { ...fixed, ring: () => ring };
  const store = new SimStore(simulation, new SimDisk(), () => {});
  const clock = new SimClock(simulation);
  const reapable = new ReapableKeys({ self: 'n1', view, clock });
  for (let i = 0; i < keys; i++) {
    const storedKey = objectKey({ partition, bucketNumber: 1, key: utf8(`k${i}`) });
    const tombstone = { clock: [{ lineage: 1, actorEpoch: 1, counter: i + 1 }], siblings: [] };
    const value = encodeRecord(encodeVersion(tombstone), undefined);
    await simulation.complete(store.write([{ type: 'put', key: storedKey, value }]));
    reapable.note({ partition }, storedKey, tombstone);
  }
  const call = async (node: string, { kind }: { kind: string }, request: unknown) => {
    note(kind);
    asks.add(`${kind} ${node}`);
    const { items = [] } = request as Partial<AgreeRequest>;
    const answer = answers[`${kind} ${node}`] ?? answers[kind] ?? defaultAnswer(kind);
    const reply = answer(items.length, request);
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const budget = new BackgroundBudget({ clock, metrics, requestsInFlight: () => 0 });
  const round = new ReapRound({
    self: 'n1',
    view,
    clock,
    store,
    reaps: { isUnfinished: () => unfinished },
    replica: { reapable } as unknown as Replica,
    ageMsMin: 0,
    transport: { call } as unknown as Transport,
    logger: new SimLogger(simulation, 'n1'),
    counts: makeReapMetrics(metrics),
    pace: budget.pace(1_000_000_000),
    begin: () => {
      note('begin');
      return begin();
    },
    isClosed: () => false,
  });
  return simulation.complete(round.run([partition]));
}

function defaultAnswer(kind: string): Answer {
  if (kind === 'reap.held' || kind === 'reap.adopt') return () => [];
  if (kind === 'reap.remove') return (items) => items;
  if (kind === 'reap.end') return () => true;
  return (items) => Array.from({ length: items }, () => true);
}

const WHOLE = [
  'reap.held',
  'reap.agree',
  'begin',
  'reap.adopt',
  'reap.mark',
  'reap.remove',
  'reap.end',
];
const lost = new TransportError('timeout', 'lost');

describe('a round of reaping', () => {
  it.each(['prepare', 'write_both', 'read_new', 'stable'] as const)(
    'leaves a partition alone that moves: %s',
    async (stage) => {
      const to = [...replicas.slice(0, 2), stranger];
      const move = { partition, session: 1, stage, from: replicas, to };
      const ring = ringWithMove(fixed.ring(), move);
      expect(await run(3, undefined, ring)).toEqual({ reap: null, keys: 0, hindrances: [] });
      expect(asked).not.toContain('begin');
    },
  );

  it('has all replicas agree before the entry is made, and all members adopt it before they mark', async () => {
    expect(await run()).toEqual({ reap: 9, keys: 3, hindrances: [] });
    expect(asked).toEqual(WHOLE);
    for (const kind of ['reap.held', 'reap.adopt']) {
      expect(asks.has(`${kind} ${stranger}`)).toBe(true);
    }
    for (const kind of ['reap.agree', 'reap.mark', 'reap.remove', 'reap.end']) {
      expect([kind, replicas.every((node) => asks.has(`${kind} ${node}`))]).toEqual([kind, true]);
      expect(asks.has(`${kind} ${stranger}`)).toBe(false);
    }
    expect(metrics.value('reaped_keys_total')).toBe(3);
    expect(metrics.value('reap_rounds_completed_total')).toBe(1);
  });

  it.each([
    ['a member holds a hint', 'reap.held', () => [partition], 'hints_held'],
    ['a member is silent', 'reap.held', () => lost, 'no_answer'],
    ['a replica has other versions', 'reap.agree', () => [false, false, false], 'replicas_differ'],
    ['a replica is silent', 'reap.agree', () => lost, 'no_answer'],
  ])('is not begun where %s', async (_, kind, answer, obstacle) => {
    const node = kind === 'reap.held' ? stranger : (replicas[1] as string);
    answers[`${kind} ${node}`] = answer;
    expect(await run()).toMatchObject({ reap: null, keys: 0, hindrances: [{ obstacle }] });
    expect(asked).not.toContain('begin');
    expect(metrics.value('reap_partitions_failed_total', { cause: obstacle })).toBe(1);
  });

  it.each([
    ['held something when it adopted', () => [partition], 'hints_held'],
    ['does not say that it has adopted', () => lost, 'no_answer'],
    ['is not registered', () => new QuorateError('not_ready', 'no'), 'no_answer'],
  ])('ends where a member %s', async (_, answer, obstacle) => {
    answers[`reap.adopt ${stranger}`] = answer;
    expect(await run()).toMatchObject({ reap: 9, keys: 0, hindrances: [{ obstacle }] });
    expect(asked.at(-1)).toBe('reap.adopt');
    expect(metrics.value('reap_rounds_completed_total')).toBe(0);
  });

  it('removes only what all replicas have marked', async () => {
    answers[`reap.mark ${replicas[2]}`] = () => [true, false, true];
    let removed = 0;
    answers['reap.remove'] = (items) => {
      removed = items;
      return items;
    };
    expect(await run()).toMatchObject({ keys: 2 });
    expect(removed).toBe(2);
  });

  it.each(['reap.mark', 'reap.remove'])(
    'ends without completion where %s is not answered',
    async (kind) => {
      answers[`${kind} ${replicas[1]}`] = () => lost;
      const { keys, hindrances } = await run();
      expect([keys, hindrances.length]).toEqual([0, 1]);
      expect(asked.at(-1)).toBe('reap.end');
      expect(metrics.value('reap_rounds_completed_total')).toBe(0);
    },
  );

  it('completes nothing here where another replica does not hear of the end', async () => {
    const completions: unknown[] = [];
    answers[`reap.end ${replicas[2]}`] = () => lost;
    answers['reap.end n1'] = (_, request) => completions.push(request);
    expect(await run()).toMatchObject({ reap: 9, hindrances: [{ nodes: [replicas[2]] }] });
    expect(completions).toEqual([{ partition, reap: 9, completed: false }]);
    expect(metrics.value('reap_rounds_completed_total')).toBe(0);
  });

  it('is begun without a key where the one before was not completed', async () => {
    expect(await run(0)).toEqual({ reap: null, keys: 0, hindrances: [] });
    unfinished = true;
    asked = [];
    expect(await run(0)).toEqual({ reap: 9, keys: 0, hindrances: [] });
    expect(asked).toEqual(['reap.held', 'begin', 'reap.adopt', 'reap.end']);
    expect(metrics.value('reap_rounds_completed_total')).toBe(1);
  });

  it('waits where the metadata group has no leader', async () => {
    const refused = async () => {
      throw new QuorateError('metadata_unavailable', 'no leader');
    };
    expect(await run(3, refused)).toMatchObject({
      reap: null,
      hindrances: [{ obstacle: 'no_metadata_leader', partitions: [partition] }],
    });
    expect(asked.at(-1)).toBe('begin');
  });

  it('says so where what a dead node held may yet be salvaged', async () => {
    const refused = async () => {
      throw new QuorateError('salvage_open', 'the salvage of n9 is open');
    };
    expect(await run(3, refused)).toMatchObject({
      reap: null,
      hindrances: [{ obstacle: 'salvage_open', partitions: [partition] }],
    });
    expect(asked.at(-1)).toBe('begin');
  });

  it('takes many keys in few messages', async () => {
    const sizes: number[] = [];
    answers[`reap.mark ${replicas[0]}`] = (items) => {
      sizes.push(items);
      return Array.from({ length: items }, () => true);
    };
    await run(600);
    expect(sizes).toEqual([256, 256, 88]);
  });
});
