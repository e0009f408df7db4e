import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/causality/context.ts';
import { decodeObject, encodeObject } from '../../../src/causality/object-codec.ts';
import { ABSENT, type SiblingObject, supersede } from '../../../src/causality/sibling-object.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { DamagedRecords } from '../../../src/replica/damaged-records.ts';
import { Fallback } from '../../../src/replica/fallback.ts';
import { Hints } from '../../../src/replica/hints.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { Replica } from '../../../src/replica/replica.ts';
import { hintKey, hintsFor } from '../../../src/replica/store-keys.ts';
import { Trees } from '../../../src/replica/trees.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const LINEAGE = 7;
const NOTHING = { object: ABSENT, reap: 0 };
const ALL = { countMax: 1_000_000, bytesMax: 1_000_000_000 };

let simulation: Simulation;
let store: SimStore;
let metrics: SimMetrics;
let hints: Hints;
let fallback: Fallback;

function open(bytesMax = 1_000_000): Hints {
  const reaps = new ReapNumbers(store);
  return new Hints({ store, reaps, clock: new SimClock(simulation), metrics, bytesMax });
}

function stand(): void {
  const view = fixedView({
    members: ['n1', 'n2', 'n3'].map((id) => ({ id })),
    partitionCount: 8,
    replicationFactor: 3,
  });
  let actorEpoch = 1;
  const clock = new SimClock(simulation);
  const logger = new SimLogger(simulation, 'n4');
  const replica = new Replica({
    self: 'n4',
    view,
    store,
    trees: new Trees({ self: 'n4', view, store, clock }),
    damaged: new DamagedRecords({ clock, logger, metrics }),
    reaps: new ReapNumbers(store),
    lineage: { id: LINEAGE, nextActorEpoch: () => actorEpoch++ },
    clock,
    logger,
    metrics,
  });
  const reaps = new ReapNumbers(store);
  fallback = new Fallback({ self: 'n4', view, store, hints, reaps, replica });
}

beforeEach(() => {
  simulation = new Simulation(1, settle);
  store = new SimStore(simulation, new SimDisk(), () => {});
  metrics = new SimMetrics();
  hints = open();
  stand();
});

const at = (key: string, partition = 1) => ({
  partition,
  bucketNumber: 1,
  key: utf8(key),
  epoch: 1,
});

/** An object with one value, of an actor of its own. */
function written(lineage: number, text: string): SiblingObject {
  const content = { value: utf8(text), contentType: '', meta: [], hlc: 1 };
  return supersede(ABSENT, EMPTY_CONTEXT, { lineage, actorEpoch: 1, counter: 1 }, content);
}

const valuesOf = ({ siblings }: SiblingObject) =>
  siblings.map(({ value }) => Buffer.from(value).toString()).sort();

function batch(target = 'n1') {
  return hints.batch(hintsFor(target, undefined), ALL).hints;
}

async function keep(target: string, key: string, object: SiblingObject): Promise<void> {
  await simulation.complete(hints.store(target, at(key), object));
}

describe('hints', () => {
  it('are one for each target and key, merged', async () => {
    await keep('n1', 'k', written(1, 'a'));
    await keep('n1', 'k', written(2, 'b'));
    await keep('n2', 'k', written(3, 'c'));
    expect(batch().map(({ encoded }) => valuesOf(decodeObject(encoded)))).toEqual([['a', 'b']]);
    expect(valuesOf(hints.readAll(at('k')))).toEqual(['a', 'b', 'c']);
    expect(hints.readAll(at('other'))).toBe(ABSENT);
    expect(hints.summaries().map(({ target, count }) => [target, count])).toEqual([
      ['n1', 1],
      ['n2', 1],
    ]);
  });

  it('that are known already are not written again', async () => {
    await keep('n1', 'k', written(1, 'a'));
    await keep('n1', 'k', written(1, 'a'));
    expect(metrics.value('hints_stored_total')).toBe(1);
  });

  it('are not told of before they are on disk', async () => {
    expect(hints.durable(at('k'))).toBeUndefined();
    const stored = hints.store('n1', at('k'), written(1, 'a'));
    expect(hints.durable(at('k'))).toBeInstanceOf(Promise);
    await simulation.complete(stored);
    expect(hints.durable(at('k'))).toBeUndefined();
  });

  it('go only while they are what was read', async () => {
    await keep('n1', 'k', written(1, 'a'));
    await keep('n1', 'l', written(1, 'a'));
    const read = batch();
    await keep('n1', 'k', written(2, 'b'));
    expect(await simulation.complete(hints.removeUnchanged('n1', read))).toBe(1);
    expect(batch().map(({ address }) => Buffer.from(address.key).toString())).toEqual(['k']);
    await simulation.complete(hints.removeUnchanged('n1', batch()));
    expect(hints.targets).toEqual([]);
    expect(metrics.value('hints_waiting_bytes')).toBe(0);
  });

  it('of a bucket that there is not are refused, whoever would keep them', async () => {
    const encoded = encodeObject(written(1, 'a'));
    const address = { ...at('k'), bucketNumber: 2 };
    const storing = simulation.complete(fallback.store('n1', address, { encoded, reap: 0 }));
    await expect(storing).rejects.toMatchObject({ code: 'no_such_bucket' });
    expect(hints.targets).toEqual([]);
  });

  it('are refused where they would be too many, and those that are there stay', async () => {
    hints = open(300);
    await keep('n1', 'k', written(1, 'a'));
    const large = written(2, 'b'.repeat(500));
    const refusal = { code: 'hints_full', definite: true };
    await expect(hints.store('n1', at('l'), large)).rejects.toMatchObject(refusal);
    await expect(hints.store('n1', at('k'), large)).rejects.toMatchObject(refusal);
    expect(batch()).toHaveLength(1);
    expect(metrics.value('hints_refused_total')).toBe(2);
    await simulation.complete(hints.removeUnchanged('n1', batch()));
    await keep('n1', 'l', written(3, 'c'));
  });

  it('come in batches within both bounds, and one that is too large alone', async () => {
    for (const key of ['a', 'b', 'c']) await keep('n1', key, written(1, 'x'.repeat(100)));
    const sizes = (limits: typeof ALL) =>
      hints.batch(hintsFor('n1', undefined), limits).hints.length;
    expect(sizes({ ...ALL, countMax: 2 })).toBe(2);
    expect(sizes({ ...ALL, bytesMax: 400 })).toBe(2);
    expect(sizes({ ...ALL, bytesMax: 1 })).toBe(1);
    const { last } = hints.batch(hintsFor('n1', undefined), { ...ALL, countMax: 2 });
    expect(hints.batch(hintsFor('n1', last), ALL).hints).toHaveLength(1);
  });

  it('that are damaged are errors: they are not delivered, not read and not written over', async () => {
    await keep('n1', 'k', written(1, 'a'));
    const key = hintKey('n1', at('k'));
    const hint = Buffer.from(store.get(key) as Uint8Array);
    hint[hint.length - 1] = (hint[hint.length - 1] as number) ^ 1;
    await simulation.complete(store.write([{ type: 'put', key, value: hint }]));
    const { damaged, hints: whole } = hints.batch(hintsFor('n1', undefined), ALL);
    expect([damaged.map((stored) => Buffer.compare(stored, key)), whole]).toEqual([[0], []]);
    expect(() => hints.readAll(at('k'))).toThrow(
      expect.objectContaining({ code: 'corrupt_record' }),
    );
    await expect(hints.store('n1', at('k'), written(2, 'b'))).rejects.toMatchObject({
      code: 'corrupt_record',
    });
  });

  it('tell how old the oldest is', async () => {
    await keep('n1', 'k', written(1, 'a'));
    await simulation.advance(60_000);
    await keep('n1', 'k', written(2, 'b'));
    await keep('n1', 'l', written(1, 'a'));
    const age = () => hints.summaries()[0]?.oldestAgeMs ?? 0;
    expect(age()).toBeGreaterThanOrEqual(60_000);
    expect(age()).toBeLessThanOrEqual(70_100);
    const oldest = batch().filter(({ address }) => Buffer.from(address.key).toString() === 'k');
    await simulation.complete(hints.removeUnchanged('n1', oldest));
    expect(age()).toBeLessThanOrEqual(10_100);
  });

  it('of an earlier run are counted in turns, while others come and go', async () => {
    const writes = [];
    for (let i = 0; i < 2_500; i++) {
      const target = i % 2 === 0 ? 'n1' : 'n2';
      writes.push(hints.store(target, at(`k${i}`), written(1, 'a')));
    }
    await simulation.complete(Promise.all(writes));
    hints = open();
    expect(hints.targets).toEqual(['n1', 'n2']);
    expect(metrics.value('hints_waiting')).toBe(1_000);
    const early = batch('n1').slice(0, 10);
    const late = batch('n2').slice(-10);
    hints.removeUnchanged('n1', early);
    hints.removeUnchanged('n2', late);
    hints.store('n1', at('new', 0), written(1, 'a'));
    hints.store('n2', at('new', 7), written(1, 'a'));
    await simulation.advance(100);
    expect(hints.summaries().map(({ count }) => count)).toEqual([1_241, 1_241]);
    const bytes = metrics.value('hints_waiting_bytes');
    hints = open();
    await simulation.advance(100);
    expect(metrics.value('hints_waiting_bytes')).toBe(bytes);
  });
});

describe('a fallback that coordinates', () => {
  const content = (text: string) => ({ value: utf8(text), contentType: '', meta: [] });
  const put = (target: string, text: string) =>
    fallback.coordinate(target, at('k'), NOTHING, EMPTY_CONTEXT, content(text), 'siblings');

  it('works on what all its hints say together', async () => {
    await keep('n1', 'k', written(1, 'a'));
    await keep('n2', 'k', written(2, 'b'));
    const { object } = put('n2', 'c');
    expect(valuesOf(object)).toEqual(['a', 'b', 'c']);
  });

  it('counts on under the actor of the one hint that minted', async () => {
    const first = put('n1', 'a').dot;
    expect(put('n1', 'b').dot).toEqual({ ...first, counter: 2 });
  });

  it('never takes that actor along to another hint', async () => {
    const first = put('n1', 'a');
    await simulation.complete(fallback.store('n2', at('k'), first));
    const second = put('n1', 'b');
    await simulation.complete(hints.removeUnchanged('n1', batch('n1')));
    const third = put('n2', 'c');
    expect(third.dot).not.toEqual(second.dot);
    expect(third.dot.actorEpoch).not.toBe(first.dot.actorEpoch);
    expect(valuesOf(third.object)).toEqual(['a', 'c']);
  });

  it('begins a new actor after its hint was delivered and went', async () => {
    const first = put('n1', 'a').dot;
    await simulation.complete(hints.removeUnchanged('n1', batch('n1')));
    expect(put('n1', 'b').dot.actorEpoch).not.toBe(first.actorEpoch);
  });

  it('keeps its actor through merges with what others know', async () => {
    const first = put('n1', 'a').dot;
    await simulation.complete(
      fallback.store('n1', at('k'), { encoded: encodeObject(written(9, 'x')), reap: 0 }),
    );
    expect(put('n1', 'b').dot).toEqual({ ...first, counter: 2 });
  });
});
