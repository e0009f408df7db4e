import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import type { CallType, Transport } from '../../../src/ports/transport.ts';
import { REAP_ADOPT, REAP_END, REAP_MARK, REAP_REMOVE } from '../../../src/repair/reap-messages.ts';
import { ReapServer } from '../../../src/repair/reap-server.ts';
import { Admission } from '../../../src/replica/admission.ts';
import type { ReapAdoption } from '../../../src/replica/reap-adoption.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import type { Replica } from '../../../src/replica/replica.ts';
import { objectKey } from '../../../src/replica/store-keys.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const view = fixedView({
  members: ['n1', 'n2', 'n3'].map((id) => ({ id })),
  partitionCount: 8,
  replicationFactor: 3,
});
const ROUND = 7;
const tree = { partition: 0, epoch: 1, n: 3 };
const batch = { tree, items: [[1, utf8('k'), 5n]] as const, reap: ROUND };
const members = ['n1', 'n2', 'n3'];

let simulation: Simulation;
let reaps: ReapNumbers;
let handlers: Map<string, (request: unknown, incoming: unknown) => unknown>;
/** What was done to the marks. */
let done: string[];
/** What goes in a removal, and what is written while it is flushed. */
let removed: readonly Uint8Array[];
let writtenMeanwhile: readonly Uint8Array[];
/** Of the list of what could be reaped. */
let forgotten: Uint8Array[];

beforeEach(async () => {
  simulation = new Simulation(1, settle);
  const store = new SimStore(simulation, new SimDisk(), () => {});
  reaps = new ReapNumbers(store);
  handlers = new Map();
  done = [];
  removed = [];
  writtenMeanwhile = [];
  forgotten = [];
  const marks = {
    mark: async (round: number) => void done.push(`mark ${round}`),
    remove: async (round: number) => {
      done.push(`remove ${round}`);
      await store.write(
        writtenMeanwhile.map((key) => ({ type: 'put', key, value: utf8('a tombstone') })),
      );
      return removed;
    },
    releasePartition: async (partition: number) => void done.push(`release ${partition}`),
  };
  const server = new ReapServer({
    view,
    store,
    admission: new Admission('n1', view),
    reaps,
    adoption: { holds: () => false } as unknown as ReapAdoption,
    replica: {
      marks,
      reapable: { forget: (_: number, key: Uint8Array) => void forgotten.push(key) },
    } as unknown as Replica,
  });
  server.serve({
    serve: ({ kind }: CallType<never, never>, handler: never) => handlers.set(kind, handler),
  } as unknown as Transport);
  await simulation.complete(
    reaps.adopt([
      { partition: 0, number: ROUND, heldNothing: true },
      { partition: 1, number: ROUND, heldNothing: false },
      { partition: 2, number: ROUND + 1, heldNothing: true },
    ]),
  );
});

async function ask<Request, Reply>({ kind }: CallType<Request, Reply>, request: Request) {
  const answer = async () => handlers.get(kind)?.(request, { from: 'n2', deadline: 100 });
  return simulation.complete(answer());
}

describe('a node that is asked in a round of reaping', () => {
  it('names the partitions of which it held something, or is in another round', async () => {
    expect(await ask(REAP_ADOPT, { reap: ROUND, partitions: [0, 1, 2] })).toEqual([1, 2]);
  });

  it('does not say that it has adopted what it has not heard of', async () => {
    await expect(ask(REAP_ADOPT, { reap: ROUND, partitions: [3] })).rejects.toMatchObject({
      code: 'not_ready',
    });
  });

  it.each([
    ['another round', { ...batch, reap: ROUND - 1 }, 'stale_reap'],
    ['another epoch', { ...batch, tree: { ...tree, epoch: 2 } }, 'stale_epoch'],
  ])('neither marks nor removes for %s', async (_, request, code) => {
    await expect(ask(REAP_MARK, request)).rejects.toMatchObject({ code });
    await expect(ask(REAP_REMOVE, { ...request, members })).rejects.toMatchObject({ code });
    expect(done).toEqual([]);
  });

  it('removes nothing where other nodes are members than when the round began', async () => {
    const request = { ...batch, members: [...members, 'n4'] };
    await expect(ask(REAP_REMOVE, request)).rejects.toMatchObject({ code: 'stale_epoch' });
    await ask(REAP_REMOVE, { ...batch, members: members.toReversed() });
    expect(done).toEqual([`remove ${ROUND}`]);
  });

  it('remembers what was deleted anew while it removed: it waits for another round', async () => {
    const [gone, again] = ['k', 'l'].map((key) =>
      objectKey({ partition: 0, bucketNumber: 1, key: utf8(key) }),
    ) as [Uint8Array, Uint8Array];
    removed = [gone, again];
    writtenMeanwhile = [again];
    await ask(REAP_REMOVE, { ...batch, members });
    expect(forgotten).toEqual([gone]);
  });

  it('notes a round as completed when it is told so, of the round it is in', async () => {
    await ask(REAP_END, { partition: 0, reap: ROUND, completed: false });
    expect([done, reaps.completed(0)]).toEqual([['release 0'], 0]);
    await ask(REAP_END, { partition: 2, reap: ROUND, completed: true });
    await ask(REAP_END, { partition: 0, reap: ROUND, completed: true });
    expect([done.length, reaps.completed(2), reaps.completed(0)]).toEqual([2, 0, ROUND]);
  });
});
