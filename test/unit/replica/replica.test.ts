import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/causality/context.ts';
import { hlcAt } from '../../../src/causality/hlc.ts';
import { encodeObject } from '../../../src/causality/object-codec.ts';
import { ABSENT, supersede, versionDigest } from '../../../src/causality/sibling-object.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import type { CallType } from '../../../src/ports/transport.ts';
import { DamagedRecords } from '../../../src/replica/damaged-records.ts';
import { OBJECT_BYTES_MAX, SIBLINGS_WARNED } from '../../../src/replica/limits.ts';
import {
  FETCH_OBJECT,
  fetchRequest,
  LIST_KEYS,
  STORE_OBJECT,
  storeRequest,
} from '../../../src/replica/messages.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { Replica } from '../../../src/replica/replica.ts';
import { objectKey } from '../../../src/replica/store-keys.ts';
import { Trees } from '../../../src/replica/trees.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimNetwork } from '../../../src/sim/sim-network.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { SimTransport } from '../../../src/sim/sim-transport.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const LINEAGE = 1;
const PARTITIONS = 8;
const view = fixedView({
  members: ['n1', 'n2', 'n3', 'n4', 'n5'].map((id) => ({ id })),
  partitionCount: PARTITIONS,
  replicationFactor: 3,
});
const { replicas, partitionEpochs } = view.ring();
const kept = replicas.findIndex((nodes) => nodes.includes('n1'));
const notKept = replicas.findIndex((nodes) => !nodes.includes('n1'));
const epoch = partitionEpochs[kept] as number;

let simulation: Simulation;
let store: SimStore;
let replica: Replica;
let transport: SimTransport;
let clock: SimClock;
let logger: SimLogger;
let metrics: SimMetrics;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  store = new SimStore(simulation, new SimDisk(), () => {});
  let actorEpoch = 1;
  const lineage = { id: LINEAGE, nextActorEpoch: () => actorEpoch++ };
  clock = new SimClock(simulation);
  logger = new SimLogger(simulation, 'n1');
  metrics = new SimMetrics();
  const trees = new Trees({ self: 'n1', view, store, clock });
  const damaged = new DamagedRecords({ clock, logger, metrics });
  const ports = { reaps: new ReapNumbers(store), clock, logger, metrics };
  replica = new Replica({ self: 'n1', view, store, trees, damaged, lineage, ...ports });
  transport = new SimTransport({
    self: 'n1',
    simulation,
    network: new SimNetwork(simulation),
    exchange: new Map(),
    peers: ['n1'],
    clock,
    onFatal: (error) => {
      throw error;
    },
  });
  replica.serve(transport);
  transport.open();
});

function contentOf(value: Uint8Array) {
  return { value, contentType: '', meta: [] };
}

function written(lineage: number, text: string, hlc = 0): Uint8Array {
  const dot = { lineage, actorEpoch: 1, counter: 1 };
  return encodeObject(supersede(ABSENT, EMPTY_CONTEXT, dot, { ...contentOf(utf8(text)), hlc }));
}

function ask<Request, Reply>(type: CallType<Request, Reply>, request: Request): Promise<Reply> {
  return simulation.complete(transport.call('n1', type, request, { deadline: 1_000 }));
}

it('nothing is written into a bucket that there is not, whoever would write it', async () => {
  const nowhere = { partition: kept, bucketNumber: 2, key: utf8('k'), epoch };
  const refused = { code: 'no_such_bucket' };
  const storing = replica.store(nowhere, { encoded: written(9, 'v'), reap: 0 });
  await expect(simulation.complete(storing)).rejects.toMatchObject(refused);
  const mending = replica.mend(nowhere, ABSENT, 0);
  await expect(simulation.complete(mending)).rejects.toMatchObject(refused);
});

it('a tombstone that takes the place of a damaged record can be reaped', async () => {
  const first = replicas.findIndex(([node]) => node === 'n1');
  const key = utf8('k');
  const address = {
    partition: first,
    bucketNumber: 1,
    key,
    epoch: partitionEpochs[first] as number,
  };
  const dot = { lineage: 9, actorEpoch: 1, counter: 1 };
  const storedKey = objectKey(address);
  await simulation.complete(store.write([{ type: 'put', key: storedKey, value: utf8('rot') }]));
  const mending = replica.mend(address, supersede(ABSENT, EMPTY_CONTEXT, dot, undefined), 0);
  expect(await simulation.complete(mending)).toBe(true);
  expect(replica.reapable.in(first).map((one) => [...one.storedKey])).toEqual([[...storedKey]]);
});

describe('messages of another ring', () => {
  const address = { bucketNumber: 1, key: utf8('k') };
  const object = written(9, 'v');
  const kinds = {
    store: (partition: number, at: number) =>
      ask(
        STORE_OBJECT,
        storeRequest({ ...address, partition, epoch: at }, { encoded: object, reap: 0 }),
      ),
    fetch: (partition: number, at: number) =>
      ask(FETCH_OBJECT, fetchRequest({ ...address, partition, epoch: at }, null)),
    list: (partition: number, at: number) =>
      ask(LIST_KEYS, {
        bucketNumber: 1,
        partitions: [{ partition, epoch: at }],
        prefix: utf8(''),
        limit: 10,
      }),
  };

  describe.each(['store', 'fetch', 'list'] as const)('that ask to %s', (kind) => {
    it('are taken at the epoch of the partition only', async () => {
      await kinds[kind](kept, epoch);
      for (const other of [epoch - 1, epoch + 1]) {
        await expect(kinds[kind](kept, other)).rejects.toMatchObject({
          code: 'stale_epoch',
          definite: true,
        });
      }
    });

    it('are refused for partitions that there are not, or not here', async () => {
      for (const partition of [-1, PARTITIONS, notKept]) {
        await expect(kinds[kind](partition, epoch)).rejects.toMatchObject({
          code: 'not_a_replica',
          definite: true,
        });
      }
    });
  });

  it('leave nothing behind', async () => {
    await expect(kinds.store(kept, epoch + 1)).rejects.toThrow();
    expect(replica.read({ ...address, partition: kept })).toBeUndefined();
  });
});

describe('a record', () => {
  const address = { bucketNumber: 1, key: utf8('k'), partition: kept, epoch };

  it('counts on after it merged what others wrote', async () => {
    const first = replica.coordinate(address, EMPTY_CONTEXT, contentOf(utf8('mine')));
    await simulation.complete(
      replica.store(address, { encoded: written(9, 'of another'), reap: 0 }),
    );
    const second = replica.coordinate(address, EMPTY_CONTEXT, contentOf(utf8('mine again')));
    expect(second.dot).toEqual({ ...first.dot, counter: 2 });
  });

  it('stamps what it takes by the wall clock, above all that it held', async () => {
    const now = hlcAt(clock.wallTime());
    const [first] = replica.coordinate(address, EMPTY_CONTEXT, contentOf(utf8('a'))).object
      .siblings;
    expect(first?.hlc).toBe(now);
    await simulation.complete(
      replica.store(address, { encoded: written(9, 'ahead', now + 300 * 1_024), reap: 0 }),
    );
    const second = replica.coordinate(address, EMPTY_CONTEXT, contentOf(utf8('b')));
    const stamps = second.object.siblings.map(({ hlc }) => hlc);
    expect(stamps.toSorted((x, y) => x - y)).toEqual([
      now,
      now + 300 * 1_024,
      now + 300 * 1_024 + 1,
    ]);
  });

  it('moves the clock of the node forward when it comes from another one', async () => {
    const ahead = hlcAt(clock.wallTime() + 300);
    await simulation.complete(
      replica.store(address, { encoded: written(9, 'ahead', ahead), reap: 0 }),
    );
    const elsewhere = { ...address, key: utf8('another key') };
    const put = replica.coordinate(elsewhere, EMPTY_CONTEXT, contentOf(utf8('after it')));
    expect(put.object.siblings[0]?.hlc).toBe(ahead + 1);
  });

  it('is replaced by a put where the last write wins, and not by a delete', async () => {
    await simulation.complete(
      replica.store(address, { encoded: written(8, 'of another'), reap: 0 }),
    );
    await simulation.complete(
      replica.store(address, { encoded: written(9, 'of a third'), reap: 0 }),
    );
    const deleted = replica.coordinate(address, EMPTY_CONTEXT, undefined, 'lww');
    expect(deleted.object.siblings).toHaveLength(2);
    const put = replica.coordinate(address, EMPTY_CONTEXT, contentOf(utf8('mine')), 'lww');
    expect(put.object.siblings.map(({ dot }) => dot)).toEqual([put.dot]);
    expect(put.seen).toEqual({ clock: deleted.object.clock, dots: [], reap: 0 });
  });

  it('that fills up is warned about, and counted', () => {
    for (let i = 0; i <= SIBLINGS_WARNED; i++) {
      replica.coordinate(address, EMPTY_CONTEXT, contentOf(utf8(`v${i}`)));
    }
    expect(metrics.value('crowded_puts_total')).toBe(1);
    expect(metrics.observations('put_siblings')).toHaveLength(SIBLINGS_WARNED + 1);
    expect(logger.entries).toMatchObject([{ level: 'warn', fields: { keys: 1 } }]);
  });

  function versionHere(): bigint {
    const record = replica.read(address);
    return versionDigest(record?.object ?? ABSENT);
  }

  it('takes no put that would make it too large to travel, and a delete always', () => {
    const half = new Uint8Array(OBJECT_BYTES_MAX / 2);
    replica.coordinate(address, EMPTY_CONTEXT, contentOf(half));
    replica.coordinate(address, EMPTY_CONTEXT, contentOf(half));
    const before = versionHere();
    const put = () => replica.coordinate(address, EMPTY_CONTEXT, contentOf(utf8('one more')));
    expect(put).toThrow(expect.objectContaining({ code: 'too_many_siblings', definite: true }));
    expect(versionHere()).toBe(before);
    const deleted = replica.coordinate(address, EMPTY_CONTEXT, undefined);
    const seen = { clock: deleted.object.clock, dots: [], reap: 0 };
    const resolved = replica.coordinate(address, seen, contentOf(utf8('resolved')));
    expect(resolved.object.siblings).toHaveLength(1);
  });

  it('is not changed any more once the replica is closed', async () => {
    replica.close();
    const refusal = { code: 'not_ready', definite: true };
    const put = () => replica.coordinate(address, EMPTY_CONTEXT, contentOf(utf8('v')));
    expect(put).toThrow(expect.objectContaining(refusal));
    await expect(
      replica.store(address, { encoded: written(9, 'v'), reap: 0 }),
    ).rejects.toMatchObject(refusal);
    expect(replica.read(address)).toBeUndefined();
  });
});
