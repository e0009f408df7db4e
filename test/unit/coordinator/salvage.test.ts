/** What a dead node held, offered to the cluster: protocols.md, sections 5 and 8. */

import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/causality/context.ts';
import { encodeObject } from '../../../src/causality/object-codec.ts';
import { ABSENT, type SiblingObject, supersede } from '../../../src/causality/sibling-object.ts';
import { bufferOf, utf8 } from '../../../src/kernel/bytes.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { SalvagedObject, SalvageOutcome } from '../../../src/kernel/salvage-batch.ts';
import type { MoveStage } from '../../../src/ring/move.ts';
import { MovingCluster } from './moving-cluster.ts';

const C = ['n1', 'n2', 'n3'];
const SWAPPED = ['n1', 'n2', 'n4'];
const STAGES: readonly MoveStage[] = ['prepare', 'write_both', 'read_new', 'stable'];
/** Of a batch; somebody who is silent takes it all. */
const DEADLINE_MS = 2_000;

let cluster: MovingCluster;

beforeEach(() => {
  cluster = new MovingCluster(5, C);
});

/** What the dead node wrote last, and nobody else has. */
function lonely(value = 'lonely'): SiblingObject {
  const content = { value: utf8(value), contentType: '', meta: [], expiresAt: undefined, hlc: 1 };
  return supersede(ABSENT, EMPTY_CONTEXT, { lineage: 99, actorEpoch: 1, counter: 1 }, content);
}

function offered(more: Partial<SalvagedObject> = {}): SalvagedObject {
  const place = { partition: 0, bucketNumber: 1, key: utf8('k') };
  return { ...place, reap: 0, object: encodeObject(lonely()), ...more };
}

async function salvage(
  at: NodeId,
  object: SalvagedObject = offered(),
  dryRun = false,
  held = false,
): Promise<SalvageOutcome> {
  const { coordinator } = cluster.node(at);
  const deadline = cluster.simulation.nowMs + DEADLINE_MS;
  const [outcome] = await cluster.simulation.complete(
    coordinator.salvage([object], { dryRun, held }, deadline),
  );
  return outcome as SalvageOutcome;
}

async function adopt(number: number, ...nodes: readonly NodeId[]): Promise<void> {
  for (const id of nodes) {
    const adoption = { partition: 0, number, heldNothing: true };
    await cluster.simulation.complete(cluster.node(id).ports.reaps.adopt([adoption]));
  }
}

async function valuesAt(node: NodeId): Promise<readonly string[]> {
  const { object } = await cluster.get(node, 'k', { r: 1, sloppy: false });
  return object.siblings.map(({ value }) => bufferOf(value).toString()).sort();
}

describe('what only a dead node held', () => {
  it('is on all replicas afterwards, and is found to be there the next time', async () => {
    expect(await salvage('n1')).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('k')).toEqual(C);
    expect(cluster.hints()).toEqual([]);
    for (const node of C) expect(await valuesAt(node)).toEqual(['lonely']);
    expect(await salvage('n1')).toEqual({ outcome: 'present' });
  });

  it('may be offered to a node that keeps no copy', async () => {
    expect(await salvage('n5')).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('k')).toEqual(C);
    expect(await salvage('n5')).toEqual({ outcome: 'present' });
  });

  it('stays beside what was written meanwhile without knowing of it', async () => {
    await cluster.put('n1', 'k', { w: 3 });
    expect(await salvage('n2')).toEqual({ outcome: 'merged' });
    for (const node of C) expect(await valuesAt(node)).toEqual(['k by n1', 'lonely']);
    expect(await salvage('n3')).toEqual({ outcome: 'present' });
  });

  it('is there already where it was replaced since', async () => {
    await salvage('n1');
    const { context } = await cluster.get('n1', 'k');
    await cluster.put('n1', 'k', { w: 3, contexts: [context] });
    expect(await salvage('n2')).toEqual({ outcome: 'present' });
    expect(await valuesAt('n3')).toEqual(['k by n1']);
  });

  it('is new where a single replica lacks it', async () => {
    cluster.lose('n3');
    await salvage('n1');
    cluster.bringBack();
    expect(cluster.keeping('k')).toEqual(['n1', 'n2']);
    expect(await salvage('n1')).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('k')).toEqual(C);
  });

  it('is only looked for in a dry run', async () => {
    expect(await salvage('n1', offered(), true)).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('k')).toEqual([]);
    await salvage('n1');
    expect(await salvage('n1', offered(), true)).toEqual({ outcome: 'present' });
  });
});

describe('what was known before deleted keys were reaped', () => {
  it('is refused, and nobody has it', async () => {
    await adopt(7, ...cluster.ids);
    for (const dryRun of [true, false]) {
      expect(await salvage('n1', offered({ reap: 6 }), dryRun)).toEqual({ outcome: 'reaped' });
    }
    expect(cluster.keeping('k')).toEqual([]);
    expect(await salvage('n1', offered({ reap: 7 }))).toEqual({ outcome: 'merged' });
  });

  it('is refused where only others know of it, by each of them', async () => {
    await adopt(7, 'n2', 'n3');
    expect(await salvage('n1', offered({ reap: 6 }))).toEqual({ outcome: 'reaped' });
    expect(cluster.keeping('k')).not.toContain('n2');
    expect(cluster.keeping('k')).not.toContain('n3');
  });

  it('is there already where all have it all the same', async () => {
    await salvage('n1', offered({ reap: 6 }));
    await adopt(7, ...cluster.ids);
    expect(await salvage('n1', offered({ reap: 6 }))).toEqual({ outcome: 'present' });
  });
});

describe('a replica that does not take it', () => {
  it.each([
    ['that all know to be gone', () => cluster.lose('n3')],
    ['that is silent', () => cluster.silence('n3')],
  ])('leaves it to be offered again: one %s', async (_, depart) => {
    depart();
    const outcome = await salvage('n1');
    expect(outcome).toMatchObject({ outcome: 'refused', retry: true });
    expect((outcome as { detail: string }).detail).toContain('n3');
    expect(cluster.hints()).toEqual([]);
    cluster.bringBack();
    await cluster.simulation.advance(1_000);
    expect(await salvage('n1')).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('k')).toEqual(C);
  });

  it('is one whose start is not registered', async () => {
    cluster.node('n3').view.counted = false;
    expect(await salvage('n1')).toMatchObject({ outcome: 'refused', code: 'not_ready' });
  });
});

describe('while the partition moves', () => {
  const reached = {
    prepare: C,
    write_both: ['n1', 'n2', 'n3', 'n4'],
    read_new: ['n1', 'n2', 'n3', 'n4'],
    stable: SWAPPED,
  };

  it.each(STAGES)('goes to all that writes go to: %s', async (stage) => {
    cluster.enter(stage, [C, SWAPPED]).byAll();
    expect(await salvage('n5')).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('k')).toEqual(reached[stage]);
    expect(await salvage('n5')).toEqual({ outcome: 'present' });
  });

  it.each([
    ['write_both', 'n4'],
    ['read_new', 'n3'],
  ] as const)('has not arrived before %s of the other list has it: %s', async (stage, missing) => {
    cluster.enter(stage, [C, SWAPPED]).byAll();
    cluster.lose(missing);
    expect(await salvage('n1')).toMatchObject({ outcome: 'refused', retry: true });
  });

  it('is planned again where the others know of a later ring', async () => {
    cluster.enter('read_new', [C, SWAPPED]).byAllBut('n1');
    const heard = cluster.ring;
    cluster.simulation.schedule(100, () => cluster.node('n1').view.hear(heard));
    expect(await salvage('n1')).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('k')).toEqual(['n1', 'n2', 'n3', 'n4']);
  });

  it('needs nobody who is dead for good, though the old list names it', async () => {
    cluster.declareDead('n3');
    cluster.enter('write_both', [C, SWAPPED]).byAll();
    expect(await salvage('n1')).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('k')).toEqual(['n1', 'n2', 'n4']);
  });

  it('waits where a list that may be gone back to has only dead nodes', async () => {
    cluster = new MovingCluster(5, ['n3']);
    cluster.declareDead('n3');
    cluster.enter('write_both', [['n3'], ['n4']]).byAll();
    expect(await salvage('n1')).toMatchObject({
      outcome: 'refused',
      code: 'partition_moving',
      retry: true,
    });
    cluster.enter('stable').byAll();
    expect(await salvage('n1')).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('k')).toEqual(['n4']);
  });
});

describe('what cannot be right', () => {
  it.each([
    ['an object that fails its checksum', { object: utf8('no object at all, for certain') }],
    ['a key of another partition', { partition: 1 }],
    ['a key that no key can be', { key: utf8('') }],
  ])('goes nowhere: %s', async (_, more) => {
    const outcome = await salvage('n1', offered(more));
    expect(outcome).toMatchObject({ outcome: 'refused', retry: false });
    for (const id of cluster.ids) expect([...cluster.node(id).store.range(ALL)]).toEqual([]);
  });

  it('is not told from a bucket that was deleted, where there is none of its number', async () => {
    expect(await salvage('n1', offered({ bucketNumber: 9 }))).toEqual({ outcome: 'no_bucket' });
  });
});

const ALL = { from: Uint8Array.of(0), to: Uint8Array.of(255) };

describe('what a backup has, while this node holds it', () => {
  it('is on all replicas afterwards, under whatever number each of them knows', async () => {
    expect(await salvage('n1', offered(), false, true)).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('k')).toEqual(C);
    await adopt(7, ...cluster.ids);
    const next = offered({ key: utf8('next') });
    expect(await salvage('n2', next, false, true)).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('next')).toEqual(C);
  });

  it('waits where others know of a later number, and goes under that one', async () => {
    await adopt(7, 'n2', 'n3');
    const salvaged = salvage('n1', offered(), false, true);
    await adopt(7, 'n1');
    expect(await salvaged).toEqual({ outcome: 'merged' });
    expect(cluster.keeping('k')).toEqual(C);
  });
});

it('answers each object of a batch in its place', async () => {
  const objects = Array.from({ length: 40 }, (_, i) =>
    i % 4 === 0 ? offered({ bucketNumber: 9 }) : offered({ key: utf8(`k${i}`) }),
  );
  const { coordinator } = cluster.node('n1');
  const outcomes = await cluster.simulation.complete(
    coordinator.salvage(
      objects,
      { dryRun: false, held: false },
      cluster.simulation.nowMs + DEADLINE_MS,
    ),
  );
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(
    objects.map((_, i) => (i % 4 === 0 ? 'no_bucket' : 'merged')),
  );
});
