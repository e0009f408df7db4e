/** `/cluster/repair`: how the replicas stand to each other, and runs that are asked for. */

import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { ASKED, NODES, PARTITIONS } from './cluster-schemas.ts';
import { ADMIN_CLUSTER, READ_CLUSTER } from './declared-access.ts';
import { BUCKET_ERRORS, COMMAND_ERRORS, NODE_ERRORS } from './declared-errors.ts';
import { TIMEOUT } from './declared-parameters.ts';
import { json, readFields } from './json-document.ts';
import { byNode, type Endpoint, type Operation, type Route } from './openapi/operation.ts';
import {
  choice,
  component,
  count,
  flag,
  listOf,
  number,
  object,
  orNull,
  type Schema,
  text,
} from './openapi/schema.ts';
import { parametersOf, refuse, timeoutParameter } from './parameters.ts';
import { decodeKey } from './request-target.ts';

const EXAMPLE = '{"bucket": "carts"} or {"scrub": true}';
const LOSS_EXAMPLE = '{"bucket": "carts", "key": "alice"}';
const ACCEPTED = 202;

const RUN = {
  run: count('Counts from 1 since the node started.'),
  kind: choice('What it does.', ['exchange', 'scrub']),
  bucket: orNull('Only keys of this bucket are exchanged; null: of all.', { type: 'string' }),
  state: choice('Whether it is over.', ['running', 'done']),
  elapsedMs: number('Since it began.', { minimum: 0 }),
  done: count('Trees compared with a peer and equal now, or partitions read.'),
  total: count('How many there are.'),
  peersFailed: NODES,
  keys: count('In the trees compared, or read.'),
  keysPulled: count('That this node was given.'),
  keysPushed: count('That it gave to others.'),
  bytes: count('Of messages both ways, or read.'),
};

const REPAIR: Schema = component('Repair', {
  description: 'How the replicas stand to each other.',
  ...object({
    node: ASKED,
    run: orNull('What was asked for last; null: nothing since it started.', object(RUN)),
    damagedRecords: count('That the node cannot read.'),
    partitionsWithoutTrees: PARTITIONS,
    partitions: listOf(
      object({
        partition: count('Its number.'),
        peers: listOf(
          object({
            peer: text('The name of a node.'),
            agoMs: orNull('Since both were known to have the same; null: not since it started.', {
              type: 'number',
            }),
          }),
          'The other nodes that keep it.',
        ),
      }),
      'Those that the node keeps.',
    ),
  }),
});

const GET_REPAIR: Operation = {
  id: 'getRepair',
  tag: 'Repair',
  access: READ_CLUSTER,
  summary: 'How the replicas stand',
  description:
    'When the node that is asked and each peer were last known to have the same, and how far the last run is.',
  answers: {
    200: { description: 'How they stand.', content: { 'application/json': { schema: REPAIR } } },
  },
  errors: NODE_ERRORS,
};

const START_REPAIR: Operation = {
  id: 'startRepair',
  tag: 'Repair',
  access: ADMIN_CLUSTER,
  summary: 'Compare the replicas now',
  description:
    'Begins a run on the node that is asked: a comparison with its peers, or a scrub, which reads every record. `GET /cluster/repair` tells how far it is.',
  body: {
    description: 'What to do; without a body everything is compared.',
    required: false,
    content: {
      'application/json': {
        schema: object(
          {},
          {
            bucket: text('Only keys of this bucket are exchanged.'),
            scrub: flag('Read every record, instead of comparing replicas.'),
          },
        ),
        example: { bucket: 'carts' },
      },
    },
  },
  answers: {
    [ACCEPTED]: {
      description: 'It has begun, or another run was under way already.',
      content: {
        'application/json': {
          schema: component('RepairRun', object({ node: ASKED, ...RUN })),
        },
      },
    },
  },
  errors: [...BUCKET_ERRORS, 'bucket_mode', 'value_too_large'],
};

const ACCEPT_LOSS: Operation = {
  id: 'acceptLoss',
  tag: 'Repair',
  access: ADMIN_CLUSTER,
  summary: 'Give up a damaged record',
  description:
    'Of the node that is asked, where nobody can rebuild the record: what the other replicas have that can be read stands then.',
  query: [TIMEOUT],
  body: {
    description: 'Which one; the key is spelled as in a path.',
    required: true,
    content: {
      'application/json': {
        schema: object({ bucket: text('The name of the bucket.'), key: text('The key.') }),
        example: JSON.parse(LOSS_EXAMPLE),
      },
    },
  },
  answers: {
    200: {
      description: 'What became of it.',
      content: {
        'application/json': {
          schema: object({
            node: ASKED,
            record: choice('`rebuilt` from those who can read theirs; `gone`: nobody can.', [
              'whole',
              'rebuilt',
              'gone',
            ]),
          }),
        },
      },
    },
  },
  errors: [
    ...BUCKET_ERRORS,
    ...COMMAND_ERRORS,
    'bad_key',
    'bucket_mode',
    'partition_moving',
    'stale_epoch',
    'not_a_replica',
    'too_few_replicas',
    'read_quorum_not_met',
    'value_too_large',
  ],
};

const READ: Endpoint = {
  operation: GET_REPAIR,
  serve:
    ({ node }) =>
    () =>
      getRepair(node),
};

export const REPAIR_ROUTE: Route = {
  path: '/cluster/repair',
  methods: {
    GET: READ,
    HEAD: READ,
    POST: {
      operation: START_REPAIR,
      serve: byNode(postRepair),
    },
  },
};

export const ACCEPTED_LOSS_ROUTE: Route = {
  path: '/cluster/repair/accept-loss',
  methods: {
    POST: {
      operation: ACCEPT_LOSS,
      serve: byNode(postAcceptedLoss),
    },
  },
};

function getRepair(node: QuorateNode): Response {
  return json({ node: node.id, ...node.repairStatus() });
}

/** Begins a run on the node that is asked, and answers with what it is known by. */
async function postRepair(c: AppContext, node: QuorateNode): Promise<Response> {
  const { bucket, scrub = false, ...others } = await readFields(c.env.incoming, EXAMPLE);
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) {
    throw refuse(unknown, `is not a field of this request: use bucket, scrub`);
  }
  if (bucket !== undefined && typeof bucket !== 'string') {
    throw refuse('bucket', `must be the name of a bucket: send ${EXAMPLE}`);
  }
  if (typeof scrub !== 'boolean') throw refuse('scrub', `must be true or false: send ${EXAMPLE}`);
  if (scrub && bucket !== undefined) {
    throw refuse('bucket', 'does not go with scrub, which reads everything: leave one of them out');
  }
  const run = node.runRepair({ kind: scrub ? 'scrub' : 'exchange', bucket });
  return json({ node: node.id, ...run }, ACCEPTED);
}

/** Gives up a damaged record of the node that is asked; the key is spelled as in a path. */
async function postAcceptedLoss(c: AppContext, node: QuorateNode): Promise<Response> {
  const query = parametersOf(c, ACCEPT_LOSS);
  const { bucket, key, ...others } = await readFields(c.env.incoming, LOSS_EXAMPLE);
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) {
    throw refuse(unknown, 'is not a field of this request: use bucket, key');
  }
  if (typeof bucket !== 'string') throw refuse('bucket', `is needed: send ${LOSS_EXAMPLE}`);
  if (typeof key !== 'string') throw refuse('key', `is needed: send ${LOSS_EXAMPLE}`);
  const record = await node.losses.accept(bucket, decodeKey(key), timeoutParameter(query));
  return json({ node: node.id, record });
}
