/**
 * The trees of a node after any writes, merges, sweeps, scans and restarts are those of what
 * its store holds.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../src/causality/context.ts';
import { encodeObject } from '../../src/causality/object-codec.ts';
import { ABSENT, supersede } from '../../src/causality/sibling-object.ts';
import { utf8 } from '../../src/kernel/bytes.ts';
import { hash64 } from '../../src/kernel/hash.ts';
import { HashTree } from '../../src/merkle/hash-tree.ts';
import { DamagedRecords } from '../../src/replica/damaged-records.ts';
import { ReapNumbers } from '../../src/replica/reap-numbers.ts';
import { decodeRecord } from '../../src/replica/record-codec.ts';
import { Replica } from '../../src/replica/replica.ts';
import { bucketNumberOf, objectKey, partitionRest } from '../../src/replica/store-keys.ts';
import type { TreeBuild } from '../../src/replica/tree-build.ts';
import { Trees } from '../../src/replica/trees.ts';
import type { ClusterView } from '../../src/ring/cluster-view.ts';
import { keeperPlace } from '../../src/ring/move.ts';
import { partitionEpoch } from '../../src/ring/ring.ts';
import { SimClock } from '../../src/sim/sim-clock.ts';
import { SimLogger, SimMetrics } from '../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../src/sim/sim-store.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { fixedView, ringWithList, ringWithMove } from '../fixed-view.ts';
import { settle } from '../sim/settle.ts';

const PARTITIONS = 2;
const KEYS = ['a', 'aa', 'b', 'c', 'd'];
/** n by bucket number. */
const COUNTS = [3, 1, 2, 3];
const SELF = 'n1';
/** What replica lists may become: the node has another place in each, or none. */
const LISTS = [
  ['n1', 'n2', 'n3'],
  ['n2', 'n1', 'n3'],
  ['n2', 'n3', 'n1'],
  ['n2', 'n3', 'n4'],
];
/** More than enough to read everything. */
const SCANS_MAX = 100;
/** So that a turn of a scan reads only a few records. */
const LARGE = new Uint8Array(140_000);

type Act =
  | {
      readonly type: 'put' | 'delete' | 'damage and mend';
      readonly at: readonly [number, number, number];
    }
  | {
      readonly type: 'merge';
      readonly at: readonly [number, number, number];
      readonly actor: number;
    }
  | { readonly type: 'drop'; readonly bucket: number }
  | {
      readonly type: 'move';
      readonly partition: number;
      readonly to: number;
      readonly over: boolean;
    }
  | { readonly type: 'sweep' | 'scan' | 'stop' | 'crash' };

const FIXED = fixedView({
  members: ['n1', 'n2', 'n3', 'n4'].map((id) => ({ id })),
  partitionCount: PARTITIONS,
  replicationFactor: 3,
  buckets: COUNTS.map((_, i) => `b${i + 1}`),
});

const address = fc.tuple(
  fc.nat(PARTITIONS - 1),
  fc.integer({ min: 1, max: COUNTS.length }),
  fc.nat(KEYS.length - 1),
);

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('put', 'delete'), at: address }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('merge' as const),
      at: address,
      actor: fc.integer({ min: 50, max: 52 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('damage and mend' as const), at: address }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('scan' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('drop' as const),
      bucket: fc.integer({ min: 1, max: COUNTS.length }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('move' as const),
      partition: fc.nat(PARTITIONS - 1),
      to: fc.nat(LISTS.length - 1),
      over: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('sweep', 'stop', 'crash') }) },
);

class Node {
  readonly #simulation = new Simulation(1, settle);
  readonly #store = new SimStore(this.#simulation, new SimDisk(), () => {});
  readonly #dropped = new Set<number>();
  #ring = FIXED.ring();
  readonly #view: ClusterView = this.#makeView();
  #trees!: Trees;
  #replica!: Replica;
  #actorEpoch = 1;
  #dots = 0;
  #scanning: { partition: number; build: TreeBuild } | undefined;

  async start(afterCleanStop: boolean): Promise<void> {
    const clock = new SimClock(this.#simulation);
    const logger = new SimLogger(this.#simulation, SELF);
    const ports = { self: SELF, view: this.#view, store: this.#store, clock, logger };
    const metrics = new SimMetrics();
    this.#trees = new Trees(ports);
    this.#scanning = undefined;
    await this.#simulation.complete(this.#trees.takeUp(afterCleanStop));
    const lineage = { id: 1, nextActorEpoch: () => this.#actorEpoch++ };
    const damaged = new DamagedRecords({ clock, logger, metrics });
    const own = { trees: this.#trees, damaged, reaps: new ReapNumbers(this.#store), lineage };
    this.#replica = new Replica({ ...ports, metrics, ...own });
  }

  async run(next: Act): Promise<void> {
    switch (next.type) {
      case 'put':
      case 'delete':
        return this.#coordinate(next.at, next.type === 'put');
      case 'damage and mend':
        return this.#damageAndMend(next.at);
      case 'merge':
        return this.#merge(next.at, next.actor);
      case 'drop':
        this.#dropped.add(next.bucket);
        return;
      case 'move':
        return this.#move(next);
      case 'sweep':
        await this.#simulation.complete(this.#replica.sweep(async () => {}));
        return;
      case 'scan':
        return this.#scan();
      case 'stop':
        await this.#simulation.complete(this.#trees.leave());
        return this.start(true);
      case 'crash':
        return this.start(false);
    }
  }

  /** Trees in use that are not what a scan of the store finds. */
  wrong(): readonly string[] {
    const faults: string[] = [];
    while (this.#trees.decodeNext());
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const keeps = keeperPlace(this.#ring, partition, SELF) >= 0;
      if (this.#trees.keptPartitions().includes(partition) !== keeps) {
        faults.push(`partition ${partition}: ${keeps ? 'has no trees' : 'has trees'}`);
      }
    }
    for (let partition = 0; partition < PARTITIONS; partition++) {
      if (!this.#trees.isReady(partition)) continue;
      for (const n of new Set(COUNTS)) {
        const tree = this.#trees.tree(partition, n) as HashTree;
        const expected = this.#expected(partition, n);
        if (tree.root !== expected.root || tree.count !== expected.count) {
          faults.push(`partition ${partition}, n=${n}: ${tree.count} keys, not ${expected.count}`);
        }
      }
    }
    return faults;
  }

  async sweepAndScanAll(): Promise<number> {
    await this.run({ type: 'sweep' });
    for (let i = 0; i < SCANS_MAX; i++) await this.run({ type: 'scan' });
    return this.#trees.keptPartitions().filter((partition) => this.#trees.isReady(partition))
      .length;
  }

  get keptPartitions(): number {
    return this.#trees.keptPartitions().length;
  }

  #expected(partition: number, n: number): HashTree {
    const tree = new HashTree(this.#trees.depth);
    for (const { key, value } of this.#store.range(partitionRest(partition, 0))) {
      if (this.#trees.treeOf(partition, bucketNumberOf(key)) !== n) continue;
      tree.update(hash64(key), undefined, decodeRecord(value).digest);
    }
    return tree;
  }

  /** Keys that the node keeps no longer stay where they are. */
  #move({ partition, to, over }: Act & { readonly type: 'move' }): void {
    const list = LISTS[to] as readonly string[];
    const from = this.#ring.replicas[partition] as readonly string[];
    const move = { partition, session: 1, stage: 'write_both', from, to: list } as const;
    this.#ring = over ? ringWithList(this.#ring, partition, list) : ringWithMove(this.#ring, move);
  }

  #takes([partition, bucket]: readonly [number, number, number]): boolean {
    const place = keeperPlace(this.#ring, partition, SELF);
    return !this.#dropped.has(bucket) && place >= 0 && place < (COUNTS[bucket - 1] as number);
  }

  #addressOf(at: readonly [number, number, number]) {
    return { ...addressOf(at), epoch: partitionEpoch(this.#ring, at[0]) };
  }

  #coordinate(at: readonly [number, number, number], isPut: boolean): void {
    if (!this.#takes(at)) return;
    const content = { value: LARGE, contentType: '', meta: [] };
    this.#replica.coordinate(this.#addressOf(at), EMPTY_CONTEXT, isPut ? content : undefined);
  }

  async #merge(at: readonly [number, number, number], lineage: number): Promise<void> {
    if (!this.#takes(at)) return;
    const dot = { lineage, actorEpoch: 1, counter: ++this.#dots };
    const content = { value: LARGE, contentType: '', meta: [], hlc: 1 };
    const encoded = encodeObject(supersede(ABSENT, EMPTY_CONTEXT, dot, content));
    const state = { encoded, reap: 0 };
    await this.#simulation.complete(this.#replica.store(this.#addressOf(at), state));
  }

  /** The other replicas may know another version by then, or none. */
  async #damageAndMend(at: readonly [number, number, number]): Promise<void> {
    const key = objectKey(addressOf(at));
    const record = this.#store.get(key);
    if (record === undefined || !this.#takes(at)) return;
    const value = Buffer.from(record);
    value[0] = 7;
    await this.#simulation.complete(this.#store.write([{ type: 'put', key, value }]));
    const counter = ++this.#dots;
    const clock = [{ lineage: 60, actorEpoch: 1, counter }];
    const known = counter % 3 === 0 ? ABSENT : { clock, siblings: [] };
    await this.#simulation.complete(this.#replica.mend(this.#addressOf(at), known, 0));
  }

  /** Begins a scan, or takes one that is under way a stretch further. */
  #scan(): void {
    const kept = this.#trees.keptPartitions();
    const next = kept.find((p) => !this.#trees.isReady(p)) ?? kept[0];
    if (next === undefined) return;
    this.#scanning ??= { partition: next, build: this.#trees.beginBuild(next, () => {}) };
    const { partition, build } = this.#scanning;
    if (!build.step().complete) return;
    this.#scanning = undefined;
    this.#trees.finishBuild(partition, build);
  }

  #makeView(): ClusterView {
    const dropped = this.#dropped;
    return {
      ...FIXED,
      ring: () => this.#ring,
      bucketNumbered(number) {
        const bucket = dropped.has(number) ? undefined : FIXED.bucketNumbered(number);
        return bucket && { ...bucket, n: COUNTS[number - 1] as number };
      },
    };
  }
}

function addressOf([partition, bucketNumber, key]: readonly [number, number, number]) {
  return { partition, bucketNumber, key: utf8(KEYS[key] as string) };
}

describe('the trees of a node', () => {
  it('are those of its store, whatever happened', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60, size: 'max' }), async (acts) => {
        const node = new Node();
        await node.start(false);
        for (const next of acts) await node.run(next);
        // A bucket that went while the node was down is counted until it is swept.
        await node.run({ type: 'sweep' });
        expect(node.wrong()).toEqual([]);
        expect(await node.sweepAndScanAll()).toBe(node.keptPartitions);
        expect(node.wrong()).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
