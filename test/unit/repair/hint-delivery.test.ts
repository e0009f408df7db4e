import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/causality/context.ts';
import { ABSENT, supersede } from '../../../src/causality/sibling-object.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { BackgroundBudget } from '../../../src/repair/background-budget.ts';
import { HintDelivery } from '../../../src/repair/hint-delivery.ts';
import { Hints } from '../../../src/replica/hints.ts';
import type { StoreOutcome, StoreRequest } from '../../../src/replica/messages.ts';
import { hintsFor } from '../../../src/replica/store-keys.ts';
import type { Ring } from '../../../src/ring/ring.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView, ringWithMove } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const fixed = fixedView({
  members: ['n1', 'n2', 'n3', 'n4'].map((id) => ({ id })),
  partitionCount: 4,
  replicationFactor: 3,
});

/** What a node answers to a batch: an outcome for each, one for all, or nothing. */
type Answer = (keys: readonly string[]) => readonly StoreOutcome[] | Error | Promise<never>;

let simulation: Simulation;
let store: SimStore;
let metrics: SimMetrics;
let hints: Hints;
let delivery: HintDelivery;
let ring: Ring;
let bucketDeleted: boolean;
let gone: Set<string>;
let onReturn: (node: string) => void;
let answers: Record<string, Answer>;
/** Who was sent what: `n1: a b`. */
let sent: string[];

beforeEach(() => {
  simulation = new Simulation(1, settle);
  metrics = new SimMetrics();
  store = new SimStore(simulation, new SimDisk(), () => {});
  const clock = new SimClock(simulation);
  const reaps = { of: () => 0 };
  hints = new Hints({ store, reaps, clock, metrics, bytesMax: 1_000_000 });
  ring = fixed.ring();
  bucketDeleted = false;
  gone = new Set();
  answers = {};
  sent = [];
  const call = async (node: string, _type: unknown, requests: readonly StoreRequest[]) => {
    const keys = requests.map(([, , key]) => Buffer.from(key as unknown as Uint8Array).toString());
    sent.push(`${node}: ${keys.join(' ')}`);
    const answer = await (answers[node]?.(keys) ?? keys.map(() => 'durable'));
    if (answer instanceof Error) throw answer;
    return answer;
  };
  delivery = new HintDelivery({
    view: {
      ...fixed,
      ring: () => ring,
      bucketNumbered: (number) => (bucketDeleted ? undefined : fixed.bucketNumbered(number)),
    },
    clock,
    random: new SeededRandom(1),
    transport: { call } as unknown as Transport,
    liveness: {
      reachable: (node) => !gone.has(node),
      responsive: (node) => !gone.has(node),
      mayAnswer: (node) => !gone.has(node),
      onReturn: (listener) => {
        onReturn = listener;
        return () => {};
      },
    },
    hints,
    budget: new BackgroundBudget({ clock, metrics, requestsInFlight: () => 0 }),
    logger: new SimLogger(simulation, 'n9'),
    metrics,
    onFatal: (error) => {
      throw error;
    },
  });
});

/** Partition of which the node is a replica, or is not. */
function partitionOf(node: string, isReplica = true): number {
  return ring.replicas.findIndex((replicas) => replicas.includes(node) === isReplica);
}

async function keep(target: string, key: string, partition = partitionOf(target)): Promise<void> {
  const content = { value: utf8(key), contentType: '', meta: [], hlc: 1 };
  const dot = { lineage: sent.length + 1, actorEpoch: 1, counter: 1 };
  const object = supersede(ABSENT, EMPTY_CONTEXT, dot, content);
  const address = { partition, bucketNumber: 1, key: utf8(key) };
  await simulation.complete(hints.store(target, address, object));
}

const waiting = () => hints.summaries().map(({ target, count }) => `${target}: ${count}`);

describe('the delivery of hints', () => {
  it('begins with the start, several targets at a time, and ends when none is left', async () => {
    for (const key of ['a', 'b']) await keep('n1', key);
    await keep('n2', 'c');
    delivery.start();
    await simulation.advance(100);
    expect(sent.toSorted()).toEqual(['n1: a b', 'n2: c']);
    expect([waiting(), delivery.status()]).toEqual([[], []]);
    expect(metrics.value('hints_delivered_total')).toBe(3);
  });

  it('begins soon after a hint was stored, and takes along those that come at once', async () => {
    delivery.start();
    await keep('n1', 'a');
    await keep('n1', 'b');
    await simulation.advance(200);
    expect(sent).toEqual(['n1: a b']);
  });

  it('waits for a target that is away, and goes on at once when that returns', async () => {
    gone.add('n1');
    await keep('n1', 'a');
    delivery.start();
    await simulation.advance(120_000);
    expect(sent).toEqual([]);
    const retryInMs = delivery.status()[0]?.retryInMs ?? 0;
    expect(retryInMs).toBeLessThanOrEqual(30_000);
    expect(metrics.value('hints_oldest_seconds')).toBeGreaterThan(100);
    gone.clear();
    onReturn('n1');
    await simulation.advance(10);
    expect(sent).toEqual(['n1: a']);
  });

  it('does not wait for an answer that was lost before the target returned', async () => {
    answers.n1 = () => new Promise<never>(() => {});
    await keep('n1', 'a');
    delivery.start();
    await simulation.advance(100);
    expect(sent).toEqual(['n1: a']);
    answers = {};
    onReturn('n1');
    await simulation.advance(900);
    expect(sent).toEqual(['n1: a']);
    await simulation.advance(200);
    expect([sent, waiting()]).toEqual([['n1: a', 'n1: a'], []]);
  });

  it('takes an answer that was on its way when the target returned', async () => {
    let answer = () => {};
    const late = new Promise<readonly StoreOutcome[]>((resolve) => {
      answer = () => resolve(['durable']);
    });
    answers.n1 = () => late as Promise<never>;
    await keep('n1', 'a');
    delivery.start();
    await simulation.advance(100);
    onReturn('n1');
    await simulation.advance(500);
    answer();
    await simulation.advance(5_000);
    expect([sent, waiting()]).toEqual([['n1: a'], []]);
  });

  it('removes a hint only where that one was acknowledged as durable', async () => {
    answers.n1 = (keys) => keys.map((key) => (key === 'b' ? 'corrupt_record' : 'durable'));
    for (const key of ['a', 'b', 'c']) await keep('n1', key);
    delivery.start();
    await simulation.advance(100);
    expect(waiting()).toEqual(['n1: 1']);
    await simulation.advance(5_000);
    expect(sent.slice(0, 3)).toEqual(['n1: a b c', 'n1: b', 'n1: b']);
    expect(waiting()).toEqual(['n1: 1']);
  });

  it('takes a short answer for a refusal', async () => {
    answers.n1 = () => [];
    await keep('n1', 'a');
    delivery.start();
    await simulation.advance(1_000);
    expect(waiting()).toEqual(['n1: 1']);
  });

  it.each([new TransportError('timeout', 'silent'), new QuorateError('not_ready', 'not yet')])(
    'tries again for ever, less and less often, and loses nothing: %s',
    async (failure) => {
      answers.n1 = () => failure;
      await keep('n1', 'a');
      delivery.start();
      await simulation.advance(10_000);
      const early = sent.length;
      await simulation.advance(600_000);
      expect(early).toBeGreaterThan(3);
      expect(sent.length - early).toBeGreaterThan(600_000 / 30_000 - 2);
      expect(sent.length - early).toBeLessThan(600_000 / 15_000 + 2);
      answers = {};
      await simulation.advance(31_000);
      expect(waiting()).toEqual([]);
    },
  );

  it('keeps a hint that was rewritten while it was on its way', async () => {
    await keep('n1', 'a');
    let arrived: (answer: never) => void = () => {};
    answers.n1 = () =>
      new Promise<never>((resolve) => {
        arrived = resolve;
      });
    delivery.start();
    await simulation.advance(10);
    await keep('n1', 'a');
    answers = {};
    arrived(['durable'] as never);
    await simulation.advance(10);
    expect(waiting()).toEqual(['n1: 1']);
    await simulation.advance(2_000);
    expect(sent).toEqual(['n1: a', 'n1: a']);
    expect(waiting()).toEqual([]);
  });

  it('of what a target lost its place for goes to all replicas, and needs all of them', async () => {
    const partition = partitionOf('n4', false);
    const replicas = ring.replicas[partition] as readonly string[];
    gone.add('n4');
    await keep('n4', 'a', partition);
    delivery.start();
    for (const node of replicas) {
      gone.add(node);
      await simulation.advance(31_000);
      expect(sent).toEqual([]);
      gone.delete(node);
      for (const failure of [
        new QuorateError('overloaded', 'no'),
        new TransportError('timeout', 'silent'),
      ]) {
        answers = { [node]: () => failure };
        await simulation.advance(31_000);
        expect(sent).toContain(`${node}: a`);
        expect(waiting()).toEqual(['n4: 1']);
      }
      sent = [];
    }
    answers = {};
    await simulation.advance(31_000);
    expect(waiting()).toEqual([]);
    expect(sent.toSorted()).toEqual(replicas.map((node) => `${node}: a`).toSorted());
  });

  it('of who is being swapped out goes to its successor too, and needs both', async () => {
    const partition = partitionOf('n4', false);
    const from = ring.replicas[partition] as readonly string[];
    const [leaver, ...others] = from as [string, ...string[]];
    const move = { partition, session: 2, from, to: ['n4', ...others] };
    ring = ringWithMove(ring, { ...move, stage: 'write_both' });
    await keep(leaver, 'a', partition);
    delivery.start();
    for (const refusing of [leaver, 'n4']) {
      answers = { [refusing]: () => ['stale_epoch'] };
      sent = [];
      await simulation.advance(31_000);
      expect(new Set(sent)).toEqual(new Set([`${leaver}: a`, 'n4: a']));
      expect(waiting()).toEqual([`${leaver}: 1`]);
    }
    gone.add(leaver);
    await simulation.advance(31_000);
    expect(waiting()).toEqual([`${leaver}: 1`]);
    ring = ringWithMove(ring, { ...move, stage: 'stable' });
    answers = {};
    sent = [];
    await simulation.advance(31_000);
    expect([sent, waiting()]).toEqual([['n4: a'], []]);
  });

  it('passes over what has nowhere to go, and delivers the rest', async () => {
    const orphaned = partitionOf('n4', false);
    for (const node of ring.replicas[orphaned] ?? []) if (node !== 'n1') gone.add(node);
    await keep('n4', 'a', orphaned);
    await keep('n4', 'b', partitionOf('n4'));
    gone.delete('n4');
    delivery.start();
    await simulation.advance(1_000);
    expect(sent).toEqual(['n4: b']);
    expect(waiting()).toEqual(['n4: 1']);
  });

  it('discards what fails its checksum, and delivers the rest', async () => {
    for (const key of ['a', 'b']) await keep('n1', key);
    const [first] = [...store.range(hintsFor('n1', undefined))];
    const damaged = Buffer.from(first?.value as Uint8Array);
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1;
    await simulation.complete(
      store.write([{ type: 'put', key: first?.key as Uint8Array, value: damaged }]),
    );
    delivery.start();
    await simulation.advance(100);
    expect([sent, waiting()]).toEqual([['n1: b'], []]);
  });

  it('is not gone on with where a target answers and takes nothing', async () => {
    for (let i = 0; i < 1_100; i++) await keep('n1', `${i}`);
    answers.n1 = (keys) => keys.map(() => 'not_ready');
    delivery.start();
    await simulation.advance(250);
    expect(sent.length).toBe(2);
    expect(waiting()).toEqual(['n1: 1100']);
  });

  it('comes to those behind the ones that a target never takes', async () => {
    for (let i = 0; i < 1_100; i++) await keep('n1', `a${String(i).padStart(4, '0')}`);
    await keep('n1', 'b');
    answers.n1 = (keys) => keys.map((key) => (key === 'b' ? 'durable' : 'corrupt_record'));
    delivery.start();
    await simulation.advance(10_000);
    expect(waiting()).toEqual(['n1: 1100']);
    answers = {};
    await simulation.advance(60_000);
    expect(waiting()).toEqual([]);
  });

  it('comes to those behind a batch that is never answered', async () => {
    for (let i = 0; i < 512; i++) await keep('n1', `a${String(i).padStart(3, '0')}`);
    await keep('n1', 'b');
    answers.n1 = (keys) =>
      keys.includes('b') ? keys.map(() => 'durable') : new TransportError('timeout', 'silent');
    delivery.start();
    await simulation.advance(10_000);
    expect(waiting()).toEqual(['n1: 512']);
  });

  it('leaves hints of deleted buckets to the sweep', async () => {
    await keep('n1', 'a');
    bucketDeleted = true;
    delivery.start();
    await simulation.advance(5_000);
    expect([sent, waiting()]).toEqual([[], ['n1: 1']]);
  });

  it('sends small batches, one after the other', async () => {
    for (let i = 0; i < 600; i++) await keep('n1', `k${i}`);
    delivery.start();
    await simulation.advance(500);
    expect(sent.map((batch) => batch.split(' ').length - 1)).toEqual([512, 88]);
    expect(waiting()).toEqual([]);
  });

  it('does nothing any more once it is stopped', async () => {
    await keep('n1', 'a');
    delivery.start();
    delivery.stop();
    await keep('n1', 'b');
    await simulation.advance(60_000);
    expect([sent, waiting()]).toEqual([[], ['n1: 2']]);
  });
});
