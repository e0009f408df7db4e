/** The sweep of what deleted buckets left behind, and what happens while it goes on. */

import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import type { StoreRange, StoreWrite } from '../../../src/ports/store.ts';
import { Hints } from '../../../src/replica/hints.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { decodeRecord, encodeRecord, encodeVersion } from '../../../src/replica/record-codec.ts';
import { objectKey, partitionRest, registerKey } from '../../../src/replica/store-keys.ts';
import { sweep, sweepHints } from '../../../src/replica/sweep.ts';
import { Trees } from '../../../src/replica/trees.ts';
import type { ClusterView } from '../../../src/ring/cluster-view.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const SELF = 'n1';
const PARTITIONS = 256;
/** As they are made, their numbers are 1, 2, ... */
const BUCKETS = ['doomed', 'lasting', 'doomed later'];
const DOOMED = 1;
const LASTING = 2;
const LATER = 3;
/** What the sweep takes on in one turn, at most. */
const KEYS_A_TURN = 500;
const GROUPS_A_TURN = 100;
const BYTES_A_TURN = 256 * 1024;

const version = encodeVersion({
  clock: [{ lineage: 1, actorEpoch: 1, counter: 1 }],
  siblings: [],
});
const RECORD = encodeRecord(version, undefined);
const { digest: DIGEST } = decodeRecord(RECORD);

/** Tells which keys are deleted together and how many ranges are read in one turn. */
class WatchedStore extends SimStore {
  readonly batches: (readonly StoreWrite[])[] = [];
  looks = 0;

  override range(range: StoreRange) {
    this.looks++;
    return super.range(range);
  }

  override write(writes: readonly StoreWrite[]) {
    if (writes.some(({ type }) => type === 'delete')) this.batches.push(writes);
    return super.write(writes);
  }
}

let simulation: Simulation;
let store: WatchedStore;
let trees: Trees;
let hints: Hints;
let view: ClusterView;
let deleted: Set<number>;
let closed: boolean;
/** Looks at the store in each turn that has ended. */
let turns: number[];

beforeEach(() => {
  simulation = new Simulation(1, settle);
  store = new WatchedStore(simulation, new SimDisk(), () => {});
  deleted = new Set();
  closed = false;
  turns = [];
  const fixed = fixedView({
    members: [{ id: SELF }],
    partitionCount: PARTITIONS,
    replicationFactor: 1,
    buckets: BUCKETS,
  });
  view = {
    ...fixed,
    bucketNumbered: (number) => (deleted.has(number) ? undefined : fixed.bucketNumbered(number)),
  };
  const clock = new SimClock(simulation);
  trees = new Trees({ self: SELF, view, store, clock });
  const reaps = new ReapNumbers(store);
  hints = new Hints({ store, reaps, clock, metrics: new SimMetrics(), bytesMax: 1_000_000_000 });
  store.looks = 0;
});

const isClosed = () => closed;

/** Between two turns of the sweep; runs what a test does meanwhile. */
function turning(meanwhile: () => void = () => {}): () => Promise<void> {
  return () => {
    turns.push(store.looks);
    store.looks = 0;
    return new Promise((resolve) => {
      simulation.schedule(1, () => {
        meanwhile();
        resolve();
      });
    });
  };
}

const sweepAll = (meanwhile?: () => void) =>
  sweep(store, trees, view, isClosed, turning(meanwhile));
const sweepAllHints = (meanwhile?: () => void) =>
  sweepHints(store, hints, view, isClosed, turning(meanwhile));

function put(bucketNumber: number, partition: number, count: number, record = RECORD): void {
  const writes = Array.from({ length: count }, (_, i): StoreWrite => {
    const key = objectKey({ partition, bucketNumber, key: utf8(`k${i}`) });
    trees.wrote(key, { partition, bucketNumber }, undefined, DIGEST);
    return { type: 'put', key, value: record };
  });
  void store.write(writes);
}

function keptIn(partition: number): number {
  return [...store.range(partitionRest(partition, 0))].length;
}

/** Every partition's tree is known, and counts what is written from now on. */
function buildTrees(): void {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const build = trees.beginBuild(partition, () => {});
    build.step();
    trees.finishBuild(partition, build);
  }
}

describe('the sweep of deleted buckets', () => {
  it('removes so many keys at once, and lets other work have its turn in between', async () => {
    put(DOOMED, 3, 2 * KEYS_A_TURN + 1);
    put(LASTING, 3, 5);
    deleted.add(DOOMED);
    const left: number[] = [];
    const sweeping = sweepAll();
    while (store.batches.length < 3) {
      left.push(keptIn(3));
      await simulation.advance(0.25);
    }
    expect(await simulation.complete(sweeping)).toBe(2 * KEYS_A_TURN + 1);
    expect(store.batches.map(({ length }) => length)).toEqual([KEYS_A_TURN, KEYS_A_TURN, 1]);
    expect(new Set(left)).toEqual(new Set([KEYS_A_TURN + 6, 6]));
    expect(keptIn(3)).toBe(5);
  });

  it('reads no more than so many bytes in a turn', async () => {
    const large = encodeVersion({
      clock: [{ lineage: 1, actorEpoch: 1, counter: 1 }],
      siblings: [
        {
          dot: { lineage: 1, actorEpoch: 1, counter: 1 },
          value: new Uint8Array(100_000),
          contentType: '',
          meta: [],
          hlc: 1,
        },
      ],
    });
    const record = encodeRecord(large, undefined);
    put(DOOMED, 3, 20, record);
    deleted.add(DOOMED);
    expect(await simulation.complete(sweepAll())).toBe(20);
    const most = Math.ceil(BYTES_A_TURN / record.length);
    for (const batch of store.batches) expect(batch.length).toBeLessThanOrEqual(most);
  });

  it('removes registers likewise', async () => {
    const at = (bucketNumber: number, key: string) =>
      registerKey({ partition: 3, bucketNumber, key: utf8(key) });
    const value = new Uint8Array(1);
    const puts = [at(DOOMED, 'a'), at(DOOMED, 'b'), at(LASTING, 'c')];
    await simulation.complete(store.write(puts.map((key) => ({ type: 'put', key, value }))));
    deleted.add(DOOMED);
    expect(await simulation.complete(sweepAll())).toBe(2);
    expect(puts.map((key) => store.get(key) !== undefined)).toEqual([false, false, true]);
  });

  it('looks at so many partitions in a turn', async () => {
    await simulation.complete(sweepAll());
    // Of objects, and then of registers.
    expect(turns).toHaveLength(5);
    expect(Math.max(...turns)).toBeLessThanOrEqual(GROUPS_A_TURN);
  });

  it('looks at so many buckets in a turn, however many a partition has', async () => {
    const count = 3 * GROUPS_A_TURN;
    const bucketOf = view.bucketNumbered(LASTING);
    view = { ...view, nextBucketNumber: count + 1, bucketNumbered: () => bucketOf };
    for (let number = 1; number <= count; number++) put(number, 3, 1);
    await simulation.complete(sweepAll());
    expect(Math.max(...turns)).toBeLessThanOrEqual(GROUPS_A_TURN);
  });

  it('takes along what is deleted while it goes on, and leaves the rest to the next one', async () => {
    buildTrees();
    put(LATER, 3, 7);
    put(LATER, PARTITIONS - 1, 9);
    put(LASTING, 3, 1);
    // Other partitions than the first hundred are still to come.
    expect(await simulation.complete(sweepAll(() => deleted.add(LATER)))).toBe(9);
    expect([keptIn(3), keptIn(PARTITIONS - 1)]).toEqual([8, 0]);
    expect(await simulation.complete(sweepAll())).toBe(7);
    expect(keptIn(3)).toBe(1);
    expect(trees.tree(PARTITIONS - 1, 1)?.root).toBe(0n);
    expect(trees.tree(3, 1)?.count).toBe(1);
  });

  it('counts each key once where two go on at once', async () => {
    buildTrees();
    put(DOOMED, 3, 2 * KEYS_A_TURN);
    put(LATER, 3, KEYS_A_TURN);
    put(LASTING, 3, 1);
    deleted.add(DOOMED);
    const first = sweepAll();
    deleted.add(LATER);
    const second = sweepAll();
    const [a, b] = await simulation.complete(Promise.all([first, second]));
    expect(a + b).toBe(3 * KEYS_A_TURN);
    expect(keptIn(3)).toBe(1);
    expect(trees.tree(3, 1)?.count).toBe(1);
  });

  it('leaves buckets alone of which this node has yet to hear', async () => {
    put(BUCKETS.length + 1, 3, 1);
    expect(await simulation.complete(sweepAll())).toBe(0);
    expect(keptIn(3)).toBe(1);
  });

  it('does not touch the store any more once the node has closed', async () => {
    put(DOOMED, PARTITIONS - 1, 1);
    put(DOOMED, 3, 2 * KEYS_A_TURN);
    deleted.add(DOOMED);
    const sweeping = sweepAll();
    closed = true;
    store.looks = 0;
    const removed = await simulation.complete(sweeping);
    expect([removed, store.looks]).toEqual([KEYS_A_TURN, 0]);
    expect(keptIn(PARTITIONS - 1)).toBe(1);
  });

  it('ends where the node closes between two of its turns', async () => {
    put(DOOMED, PARTITIONS - 1, 1);
    deleted.add(DOOMED);
    const sweeping = sweepAll(() => {
      closed = true;
      void store.close();
    });
    expect(await simulation.complete(sweeping)).toBe(0);
    expect(turns).toHaveLength(1);
  });
});

describe('the sweep of hints', () => {
  function keepHints(target: string, bucketNumber: number, partition: number, count: number) {
    for (let i = 0; i < count; i++) {
      const address = { partition, bucketNumber, key: utf8(`k${i}`) };
      void hints.store(target, address, decodeRecord(RECORD).object);
    }
  }

  const kept = () => hints.summaries().map(({ target, count }) => [target, count]);

  it('removes those of deleted buckets for whomever they are, so many at once', async () => {
    keepHints('n2', DOOMED, 3, KEYS_A_TURN + 1);
    keepHints('n2', LASTING, 3, 2);
    keepHints('n3', DOOMED, 4, 1);
    deleted.add(DOOMED);
    expect(await simulation.complete(sweepAllHints())).toBe(KEYS_A_TURN + 2);
    expect(store.batches.map(({ length }) => length)).toEqual([KEYS_A_TURN, 1, 1]);
    expect(kept()).toEqual([['n2', 2]]);
  });

  it('looks at so many groups in a turn', async () => {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      keepHints('n2', LASTING, partition, 1);
    }
    store.looks = 0;
    await simulation.complete(sweepAllHints());
    expect(turns).toEqual([GROUPS_A_TURN, GROUPS_A_TURN]);
  });

  it('takes along what is deleted while it goes on', async () => {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      keepHints('n2', LATER, partition, 1);
    }
    const sweeping = sweepAllHints(() => deleted.add(LATER));
    expect(await simulation.complete(sweeping)).toBe(PARTITIONS - GROUPS_A_TURN);
    expect(await simulation.complete(sweepAllHints())).toBe(GROUPS_A_TURN);
    expect(kept()).toEqual([]);
  });

  it('does not touch the store any more once the node has closed', async () => {
    keepHints('n2', DOOMED, 3, 2 * KEYS_A_TURN);
    keepHints('n3', DOOMED, 3, 1);
    deleted.add(DOOMED);
    const sweeping = sweepAllHints();
    closed = true;
    store.looks = 0;
    expect(await simulation.complete(sweeping)).toBe(KEYS_A_TURN);
    expect(store.looks).toBe(0);
    expect(kept()).toEqual([
      ['n2', KEYS_A_TURN],
      ['n3', 1],
    ]);
  });
});
