/** The document of a key that was looked into: made in inspection-document.ts. */

import { ASKED, NODES } from './cluster-schemas.ts';
import { HAS_KEY, KEY_PROPERTIES } from './list-route.ts';
import {
  choice,
  component,
  count,
  flag,
  listOf,
  mapOf,
  number,
  object,
  orNull,
  type Schema,
  text,
} from './openapi/schema.ts';
import { EXPIRY_SCHEMA } from './representation.ts';
import { CONTENT_TYPE_SCHEMA, VALUE_PROPERTIES } from './value-document.ts';

const DIGEST = text('Tells versions apart: 16 hexadecimal digits.', {
  pattern: '^[0-9a-f]{16}$',
});

const TIME = { format: 'date-time' };

const COUNTER: Schema = { type: 'integer', minimum: 1 };

function clock(description: string): Schema {
  return mapOf(COUNTER, description);
}

function dots(description: string): Schema {
  return listOf({ type: 'string' }, description);
}

const CLOCK = clock('By actor the latest write that is known.');

/** Of one value. */
const CONTENT = {
  contentType: CONTENT_TYPE_SCHEMA,
  bytes: count('Of the whole value.'),
};
const CONTENT_MORE = {
  ...VALUE_PROPERTIES,
  expiresAt: EXPIRY_SCHEMA,
  omitted: flag('The value is too long to be told here, or was not asked for.'),
  headBase64: text('How a value begins that is too long, in base64.', {
    contentEncoding: 'base64',
  }),
};

const VERSION: Schema = component('HeldVersion', {
  description: 'A version of the key, as it lies in one record.',
  ...object({
    digest: DIGEST,
    clock: CLOCK,
    tombstone: flag('It was deleted, and nothing was written beside that.'),
    siblings: listOf(
      object(
        {
          dot: text('The write that it is from.'),
          wallTime: text('When it was written, by the clock of a node.', TIME),
          ...CONTENT,
        },
        CONTENT_MORE,
      ),
      'By dot.',
    ),
  }),
});

const COMPARED = orNull(
  'Null: there is nothing to compare.',
  component('Standing', {
    description: 'How a version stands to what all nodes that answered know together.',
    ...object({
      behind: flag('Others know more.'),
      lacks: clock('By actor the latest write that others know of and this version does not.'),
      alone: clock('By actor the latest write that no other node knows of.'),
      replaced: dots('Siblings that are here though others know that they were replaced.'),
    }),
  }),
);

const HELD_VERSION = orNull('Null: there is none, or it is damaged.', VERSION);

const HINT: Schema = object({
  target: text('For whom it is kept.'),
  since: text('Since when, by the clock of who keeps it.', TIME),
  version: HELD_VERSION,
  compared: COMPARED,
});

const BALLOT = orNull('Null: none.', text('A ballot.', { pattern: '^\\d+\\.\\d+\\.\\d+\\.\\d+$' }));

const REGISTER: Schema = component('HeldRegister', {
  description: 'What an acceptor of a paxos bucket promised and accepted.',
  ...object({
    promised: BALLOT,
    accepted: BALLOT,
    copied: flag('It came by copying a partition, and is no vote of this acceptor.'),
    version: BALLOT,
    content: orNull('Null: there is no value.', object(CONTENT, CONTENT_MORE)),
  }),
});

const RAFT_VALUE: Schema = component('HeldValue', {
  description: 'A value of a raft bucket.',
  ...object(
    {
      revision: count('The index of the entry that wrote it.'),
      lease: orNull('Null: it goes with none.', count('The lease that it goes with.')),
      ...CONTENT,
    },
    CONTENT_MORE,
  ),
});

const NODE: Schema = component('InspectedNode', {
  description: 'A node that was asked, and what it alone holds.',
  ...object(
    {
      node: text('Its name.'),
      role: choice('What it is to the key.', [
        ...['replica', 'newcomer', 'leaver', 'fallback'],
        ...['voter', 'learner'],
      ]),
      reachable: flag('It could be reached lately, and is suspected of nothing.'),
      tookMs: number('Until it had answered, or was given up.', { minimum: 0 }),
      outcome: choice('What came of asking it.', ['ok', 'absent', 'damaged', 'silent', 'refused']),
    },
    {
      problem: object({
        code: text('Why nothing was told: that of an error, or what became of the connection.'),
        detail: text('In words.'),
      }),
      epoch: orNull('Of the partition, as it knows it; null: it does not.', count('An index.')),
      appliedIndex: count('Up to here it has applied the log of the metadata group.'),
      counted: flag('Its start is registered: it counts for quorums.'),
      behind: flag('Others know more than what it holds.'),
      version: HELD_VERSION,
      compared: COMPARED,
      hints: listOf(HINT, 'What it keeps for others, by target.'),
      register: orNull('Null: there is none, or it is damaged.', REGISTER),
      value: orNull('Null: there is none.', RAFT_VALUE),
    },
  ),
});

const MOVE: Schema = object({
  stage: choice('How far it is.', ['prepare', 'write_both', 'read_new', 'stable']),
  from: NODES,
  to: NODES,
});

const KNOWN: Schema = object({
  digest: DIGEST,
  clock: CLOCK,
  siblings: dots('Values that are there, by their dots.'),
});

export const INSPECTION: Schema = component('Inspection', {
  description: 'Where a key lives, and what each node alone holds of it.',
  ...object(
    {
      node: ASKED,
      bucket: object(
        { name: text('Its name.'), mode: choice('Its mode.', ['dynamo', 'paxos', 'raft']) },
        {
          n: count('Replicas of each key.'),
          conflict: choice('What becomes of concurrent values.', ['siblings', 'lww']),
        },
      ),
      hash: text('Of bucket and key: 16 hexadecimal digits.', { pattern: '^[0-9a-f]{16}$' }),
      partition: orNull('Null in a raft bucket.', count('Where the hash lies.')),
      epoch: orNull('Null in a raft bucket.', count('Of the partition.')),
      replicas: NODES,
      fallbacks: NODES,
      move: orNull('The move of the partition that is under way; null: none.', MOVE),
      actors: mapOf({ type: 'string' }, 'Nodes by the actors that are known to be theirs.'),
      nodes: listOf(NODE, 'In the order in which they are tried.'),
    },
    {
      ...KEY_PROPERTIES,
      known: orNull('What all that answered know together; null: nothing. Mode dynamo.', KNOWN),
      chosen: orNull(
        'Under which ballot the present state was accepted; null: nothing was, or the answers do not prove it. Mode paxos.',
        { type: 'string' },
      ),
    },
  ),
  ...HAS_KEY,
});
