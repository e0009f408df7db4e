/** Documents of changes of the ring: see ring-routes.ts. */

import { ASKED, NODES, PARTITIONS } from './cluster-schemas.ts';
import {
  choice,
  component,
  count,
  either,
  flag,
  listOf,
  number,
  object,
  orNull,
  type Schema,
  text,
  whole,
} from './openapi/schema.ts';

const NODE = text('The name of a node.');

function change(name: string, fields: Record<string, Schema>, optional = {}): Schema {
  return object({ change: { const: name }, ...fields }, optional);
}

const ACCEPT_LOSS = {
  acceptLoss: flag('Although only this node may have had something.'),
};

/** One that an operator wants, as it is sent and as it is shown. */
export const RING_CHANGE: Schema = component(
  'RingChange',
  either(
    'A change of the ring.',
    change('join', { node: NODE }),
    change('leave', { node: NODE }),
    change(
      'replace',
      {
        node: text('The node that is dead for good.'),
        by: text('A node without places takes its.'),
      },
      ACCEPT_LOSS,
    ),
    change('remove', { node: text('The node that is dead for good.') }, ACCEPT_LOSS),
    change('zone', { node: NODE, zone: orNull('Null: none.', { type: 'string' }) }),
    change('weight', { node: NODE, weight: whole('Its share of places beside others.', 1) }),
    change('replication_factor', { replicationFactor: whole('Replicas of a key.', 1) }),
  ),
);

const QUALITY: Schema = object({
  zonesViolated: PARTITIONS,
  farthestFromShare: number('The most that the places of a node are above or below its share.'),
});

const PLAN: Schema = component('RingPlan', {
  description: 'What the staged changes would do.',
  ...object({
    replicationFactor: count('Replicas of a key.'),
    nodes: listOf(
      object({
        node: NODE,
        status: choice('What it would be.', ['member', 'leaving', 'dead', 'left']),
        zone: orNull('Null: none.', { type: 'string' }),
        weight: number('Its share of places beside others.'),
        placesBefore: count('In replica lists.'),
        placesAfter: count('In replica lists.'),
        share: number('The places that it should have by its weight, were they divisible.'),
        gained: PARTITIONS,
        lost: PARTITIONS,
        bytesGained: orNull('That it is to be given, about; null: not known.', count('Bytes.')),
      }),
      'By name.',
    ),
    underWay: count('Partitions that are moving now.'),
    moves: count('Moves of one partition by one member each.'),
    movedPlaces: count('Copies of a partition that have to be made.'),
    movedPlacesLeast: count('No balanced placement could do with fewer.'),
    bytesToMove: orNull('About; null: not known.', count('Bytes.')),
    before: QUALITY,
    after: QUALITY,
    warnings: listOf(
      object({
        code: text('For programs.'),
        detail: text('For people.'),
        partitions: PARTITIONS,
      }),
      'What speaks against it.',
    ),
  }),
});

const CHANGES: Schema = listOf(RING_CHANGE, 'The changes.');

const DONE: Schema = either(
  'What the request has done.',
  object({
    done: choice('The changes are under way, or forgotten.', ['committed', 'cleared']),
    changes: CHANGES,
  }),
  object({
    done: { const: 'aborted' },
    movesNotBegun: count('So many moves will not be begun.'),
    movesToEnd: count('So many go back or to their end.'),
  }),
);

export const RING_PLAN_STATUS: Schema = component('RingPlanStatus', {
  description: 'What is staged, what it would do, and what is under way.',
  ...object({
    node: ASKED,
    epoch: count('Of the ring.'),
    done: orNull('Null: it only asked, or staged.', DONE),
    staged: CHANGES,
    plan: orNull('Null: nothing is staged.', PLAN),
    movesLeft: orNull('Yet to be begun of what was committed; null: nothing.', count('Moves.')),
    notes: listOf(
      object({
        code: choice('For programs.', ['node_silent', 'salvage_open']),
        node: NODE,
        detail: text('What to do.'),
      }),
      'What somebody has to see to.',
    ),
  }),
});

export const TRANSFERS: Schema = component('Transfers', {
  description: 'Partitions on their way.',
  ...object({
    node: ASKED,
    bytesPerSecond: orNull('The most that each node takes in; null: no bound.', count('Bytes.')),
    moves: listOf(
      object({
        partition: count('Its number.'),
        stage: choice('How far it is.', ['prepare', 'write_both', 'read_new', 'stable']),
        from: NODES,
        to: NODES,
        waits: orNull('Why it does not go on; null: it does.', { type: 'string' }),
        keys: count('Copied to all that receive it.'),
        bytes: count('Likewise.'),
        keysInAll: orNull('About so many there are; null: not known.', count('Keys.')),
      }),
      'Those that have begun.',
    ),
    movesLeft: count('Moves that are yet to begin.'),
    bytesLeft: orNull('About so many are yet to be copied; null: not known.', count('Bytes.')),
    bytesMoved: count('Taken in by all nodes that the node that was asked has heard of.'),
  }),
});
