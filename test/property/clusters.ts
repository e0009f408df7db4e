/** Random clusters and what may become of them. */

import fc from 'fast-check';
import type { Member } from '../../src/ring/ring.ts';

export interface Cluster {
  readonly members: readonly Member[];
  readonly replicationFactor: number;
}

type Zoning = (node: number) => string | undefined;

export function member(node: number, zone?: string): Member {
  return zone === undefined ? { id: `n${node}` } : { id: `n${node}`, zone };
}

/** Zones none, even, or as they fall: some large, some small, some nodes without. */
const zonings: fc.Arbitrary<Zoning> = fc.oneof(
  fc.constant<Zoning>(() => undefined),
  fc.integer({ min: 1, max: 6 }).map(
    (count): Zoning =>
      (node) =>
        `z${node % count}`,
  ),
  fc
    .array(fc.constantFrom('a', 'a', 'a', 'a', 'b', 'b', 'c', 'd', undefined), {
      minLength: 30,
      maxLength: 30,
    })
    .map(
      (zones): Zoning =>
        (node) =>
          zones[node],
    ),
);

/** Of the nodes n0, n1, ..., up to `most` of them, at most 30. */
export function clusters(most: number): fc.Arbitrary<Cluster> {
  const nodes = fc
    .integer({ min: 1, max: most })
    .chain((size) =>
      fc.shuffledSubarray([...Array(most).keys()], { minLength: size, maxLength: size }),
    );
  return fc
    .record({ nodes, zoning: zonings, replicationFactor: fc.integer({ min: 1, max: 5 }) })
    .map(({ nodes, zoning, replicationFactor }) => ({
      members: nodes.map((node) => member(node, zoning(node))),
      replicationFactor,
    }));
}

export function partitionCounts(bitsMost: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: bitsMost }).map((bits) => 2 ** bits);
}

type Change = (cluster: Cluster) => Cluster;

function changes(most: number): fc.Arbitrary<Change> {
  const node = fc.nat(most - 1);
  const zone = fc.constantFrom('a', 'b', 'z0', 'z1', undefined);
  const replicationFactor = fc.integer({ min: 1, max: 5 });
  const without = ({ members }: Cluster, gone: number) =>
    members.filter(({ id }) => id !== `n${gone}`);

  const changeOfN = replicationFactor.map(
    (replicationFactor): Change =>
      (cluster) => ({ ...cluster, replicationFactor }),
  );
  const leave = node.map(
    (gone): Change =>
      (cluster) => {
        const members = without(cluster, gone);
        return members.length > 0 ? { ...cluster, members } : cluster;
      },
  );
  // A node that is there already moves to the zone.
  const join = fc.tuple(node, zone).map(
    ([joining, zone]): Change =>
      (cluster) => {
        return { ...cluster, members: [...without(cluster, joining), member(joining, zone)] };
      },
  );
  return fc.oneof(changeOfN, leave, join);
}

/** A cluster and up to four further forms of it, each one to four changes after the last. */
export function histories(most: number): fc.Arbitrary<Cluster[]> {
  const stages = fc.array(fc.array(changes(most), { minLength: 1, maxLength: 4 }), {
    maxLength: 4,
  });
  return fc.tuple(clusters(most), stages).map(([first, stages]) => {
    const history = [first];
    for (const stage of stages) {
      history.push(stage.reduce((cluster, change) => change(cluster), history.at(-1) as Cluster));
    }
    return history;
  });
}

/** The same, with weights that differ from node to node and may change on the way. */
export function weighedHistories(most: number): fc.Arbitrary<Cluster[]> {
  const weight = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 10, 99, 100));
  const weights = fc.array(weight, { minLength: 30, maxLength: 30 });
  return fc.tuple(histories(most), weights, weights, fc.nat(5)).map(([history, some, others, at]) =>
    history.map(({ members, replicationFactor }, step) => ({
      members: members.map((node) => ({
        ...node,
        weight: (step < at ? some : others)[Number(node.id.slice(1))] as number,
      })),
      replicationFactor,
    })),
  );
}
