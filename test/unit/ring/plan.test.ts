import { describe, expect, test } from 'vitest';
import type { ClusterNode, NodeStatus, StagedChange } from '../../../src/ring/changes.ts';
import { makeRing } from '../../../src/ring/make-ring.ts';
import type { Move, MoveStage } from '../../../src/ring/move.ts';
import { type PlanRequest, planOf } from '../../../src/ring/plan.ts';
import { memberOf, type Ring } from '../../../src/ring/ring.ts';

function node(no: number, zone?: string, weight = 1, status: NodeStatus = 'member'): ClusterNode {
  return { name: `n${no}`, zone, weight, status };
}

const nodes = (count: number, zoneCount = 0): ClusterNode[] =>
  Array.from({ length: count }, (_, at) =>
    node(at + 1, zoneCount === 0 ? undefined : `z${at % zoneCount}`),
  );

/** A ring of the first ones; the others are admitted and no more. */
function request(
  all: readonly ClusterNode[],
  inRing: number,
  changes: readonly StagedChange[],
  over: Partial<PlanRequest> = {},
): PlanRequest {
  const members = all
    .slice(0, inRing)
    .map(({ name, zone, weight }) => memberOf(name, zone, weight));
  const ring = makeRing({ epoch: 1, members, partitionCount: 16, replicationFactor: 3 });
  return { ring, nodes: all, changes, bucketNs: [3], ...over };
}

const join = (no: number): StagedChange => ({ type: 'join', node: `n${no}` });
const leave = (no: number): StagedChange => ({ type: 'leave', node: `n${no}` });
const remove = (no: number): StagedChange => {
  return { type: 'remove', node: `n${no}`, acceptLoss: false };
};

function withMove(ring: Ring, stage: MoveStage, from: string[], to: string[]): Ring {
  const move: Move = { partition: 0, session: 2, stage, from, to };
  const asked = stage === 'read_new' || stage === 'stable' ? to : from;
  return { ...ring, replicas: ring.replicas.with(0, asked), moves: new Map([[0, move]]) };
}

describe('a plan', () => {
  test('without changes changes nothing', () => {
    const plan = planOf(request(nodes(4), 4, []));
    expect(plan).toMatchObject({
      moves: 0,
      movedPlaces: 0,
      movedPlacesLeast: 0,
      bytesToMove: undefined,
      underWay: 0,
      warnings: [],
    });
    expect(plan.before).toEqual(plan.after);
    expect(plan.before).toEqual({ zonesViolated: [], farthestFromShare: 0 });
  });

  test('tells who gains and loses what, and how much has to be copied', () => {
    const bytes = Array.from({ length: 16 }, (_, partition) => 1_000 + partition);
    const asked = request(nodes(4), 3, [join(4)], { bytes });
    const plan = planOf(asked);
    expect(plan.members.map(({ id }) => id)).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(plan.moves).toBe(12);
    expect(plan.movedPlaces).toBe(12);
    expect(plan.movedPlacesLeast).toBe(12);
    expect(plan.nodes.map(({ placesBefore }) => placesBefore)).toEqual([16, 16, 16, 0]);
    expect(plan.nodes.map(({ placesAfter }) => placesAfter)).toEqual([12, 12, 12, 12]);
    expect(plan.nodes.map(({ share }) => share)).toEqual([12, 12, 12, 12]);
    const newcomer = plan.nodes[3];
    expect(newcomer?.lost).toEqual([]);
    const gained = newcomer?.gained ?? [];
    expect(gained).toHaveLength(12);
    for (const partition of gained) expect(plan.replicas[partition]).toContain('n4');
    const copied = gained.reduce((sum, partition) => sum + 1_000 + partition, 0);
    expect(newcomer?.bytesGained).toBe(copied);
    expect(plan.bytesToMove).toBe(copied);
    const lost = plan.nodes.slice(0, 3).flatMap((each) => each.lost);
    expect(lost.toSorted()).toEqual(gained.toSorted());
  });

  test('goes by weight, and tells how far everybody is from its share', () => {
    const change: StagedChange = { type: 'weight', node: 'n4', weight: 2 };
    const plan = planOf(request(nodes(4), 4, [change]));
    // Twice the weight of the others would be 19.2 of 48; nobody keeps a partition twice.
    expect(plan.nodes.map(({ share }) => share)).toEqual([32 / 3, 32 / 3, 32 / 3, 16]);
    expect(plan.before.farthestFromShare).toBe(0);
    expect(plan.after.farthestFromShare).toBeLessThan(1);
    expect(plan.movedPlaces).toBe(4);
    expect(plan.movedPlacesLeast).toBe(4);
    expect(plan.nodes[3]).toMatchObject({ weight: 2, placesBefore: 12, placesAfter: 16 });
  });

  test('hands the places of a replaced node to the one that comes for it', () => {
    const replace: StagedChange = { type: 'replace', dead: 'n2', by: 'n5', acceptLoss: false };
    const asked = request(nodes(5), 4, [replace]);
    const plan = planOf(asked);
    expect(plan.replicas).toEqual(
      asked.ring.replicas.map((list) => list.map((id) => (id === 'n2' ? 'n5' : id))),
    );
    expect(plan.movedPlaces).toBe(12);
    expect(plan.nodes.find((each) => each.node === 'n2')).toMatchObject({
      status: 'dead',
      placesBefore: 12,
      placesAfter: 0,
      share: 0,
    });
  });

  test('has fewer moves than the places that a list loses and gains', () => {
    const plan = planOf(request(nodes(5), 4, [leave(1), join(5)]));
    expect(plan.movedPlaces).toBe(12);
    expect(plan.moves).toBe(12);
    const fewer = planOf(
      request(nodes(4), 4, [{ type: 'replication_factor', replicationFactor: 2 }]),
    );
    expect(fewer).toMatchObject({ movedPlaces: 0, moves: 16, replicationFactor: 2 });
  });

  test('tells of zones that are violated now and will not be', () => {
    const all = nodes(6, 3);
    const change: StagedChange = { type: 'zone', node: 'n6', zone: 'z3' };
    const moved = planOf(request(all, 6, [change]));
    expect(moved.before.zonesViolated).toEqual([]);
    expect(moved.after.zonesViolated).toEqual([]);
    // The ring was drawn when n4 was of another zone.
    const asked = request(all, 6, []);
    const now = all.map((each) => (each.name === 'n4' ? { ...each, zone: 'z1' } : each));
    const plan = planOf({ ...asked, nodes: now });
    expect(plan.before.zonesViolated.length).toBeGreaterThan(0);
    expect(plan.after.zonesViolated).toEqual([]);
    expect(plan.moves).toBeGreaterThan(0);
  });

  test('names nobody that has left, and no dead node without places', () => {
    const gone = [node(5, undefined, 1, 'left'), node(6, undefined, 1, 'dead')];
    const plan = planOf(request([...nodes(4), ...gone], 4, []));
    expect(plan.nodes.map((each) => each.node)).toEqual(['n1', 'n2', 'n3', 'n4']);
  });
});

describe('moves that are under way', () => {
  const asked = request(nodes(4), 4, []);
  const from = [...(asked.ring.replicas[0] ?? [])];
  const other = ['n1', 'n2', 'n3', 'n4'].find((id) => !from.includes(id)) as string;
  const to = [other, ...from.slice(1)];

  test.each<[MoveStage, string[]]>([
    ['prepare', from],
    ['write_both', to],
    ['read_new', to],
    ['stable', to],
  ])('count with what becomes of them: %s', (stage, settled) => {
    const ring = withMove(asked.ring, stage, from, to);
    const plan = planOf({ ...asked, ring });
    expect(plan.underWay).toBe(1);
    const had = plan.nodes.filter(({ placesBefore }) => placesBefore !== 12);
    expect(had).toHaveLength(settled === from ? 0 : 2);
  });

  test('count with the way back where the newcomer is declared dead', () => {
    const ring = withMove(asked.ring, 'write_both', from, to);
    const no = Number(other.slice(1));
    const plan = planOf({ ...asked, ring, changes: [remove(no)] });
    expect(plan.nodes.find((each) => each.node === other)?.placesBefore).toBe(12);
  });
});

describe('a warning', () => {
  const codes = (asked: PlanRequest) => planOf(asked).warnings.map(({ code }) => code);

  test('where so many are dead that acknowledged writes may be lost', () => {
    expect(codes(request(nodes(5), 5, [remove(1)]))).toEqual([]);
    const two = planOf(request(nodes(5), 5, [remove(1), remove(2)]));
    const both = two.warnings[0]?.partitions ?? [];
    expect(two.warnings.map(({ code }) => code)).toEqual(['too_few_survivors']);
    expect(two.warnings[0]?.detail).toContain('n=3');
    const { ring } = request(nodes(5), 5, []);
    const expected = [...ring.replicas.keys()].filter((partition) =>
      ['n1', 'n2'].every((id) => ring.replicas[partition]?.includes(id)),
    );
    expect(both).toEqual(expected);
  });

  test('for a bucket of one replica whose only node is dead', () => {
    const asked = request(nodes(5), 5, [remove(1)], { bucketNs: [1, 3] });
    const [warning] = planOf(asked).warnings;
    expect(warning?.code).toBe('too_few_survivors');
    const first = [...asked.ring.replicas.keys()].filter(
      (partition) => asked.ring.replicas[partition]?.[0] === 'n1',
    );
    expect(warning?.partitions).toEqual(first);
  });

  test('where there are fewer members than replicas', () => {
    expect(codes(request(nodes(3), 3, [leave(1)]))).toEqual(['short_lists']);
  });

  test('where there are fewer zones than replicas', () => {
    expect(codes(request(nodes(6, 2), 6, []))).toEqual(['shared_zones']);
    expect(codes(request(nodes(6, 3), 6, []))).toEqual([]);
  });

  test('where nobody is left', () => {
    const plan = planOf(request(nodes(1), 1, [leave(1)]));
    expect(plan.members).toEqual([]);
    expect(plan.replicas.flat()).toEqual([]);
    expect(plan.warnings.map(({ code }) => code)).toEqual(['short_lists']);
  });
});
