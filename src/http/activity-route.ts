/** `GET /cluster/activity`: what all nodes have done, for whoever draws it as it goes on. */

import type { ErrorCode } from '../kernel/errors.ts';
import { isNodeId } from '../kernel/names.ts';
import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { ASKED } from './cluster-schemas.ts';
import { READ_CLUSTER } from './declared-access.ts';
import { byNode, type Endpoint, type Operation, type Route } from './openapi/operation.ts';
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
import { type Parameters, parametersOf, refuse, textParameter } from './parameters.ts';

const distribution = (what: string, bounds: string): Schema => ({
  description: what,
  ...object({
    bounds: listOf({ type: 'number' }, bounds),
    counts: listOf(
      { type: 'integer', minimum: 0 },
      'How many were at or below each bound, and at the end how many there were in all.',
    ),
  }),
});

const REQUESTS = object({
  succeeded: count('Requests.'),
  failed: count('Answered with an error.'),
  seconds: distribution('From the arrival of each to its answer.', 'In seconds, rising.'),
});

const NODE_ACTIVITY: Schema = component('NodeActivity', {
  description:
    'What a node has done since it started. What was done meanwhile is the difference of two; with another `life` all counts began at 0 again.',
  ...object({
    life: count('Drawn at random at the start.'),
    upMs: number('Since the start.', { minimum: 0 }),
    ready: flag('It takes requests.'),
    requests: mapOf(REQUESTS, 'Of clients, by operation.'),
    problems: mapOf(
      count('Answers.'),
      'Answers to clients that were problems, by their code; of batches only the whole.',
    ),
    hints: object({
      waiting: count('Kept for other nodes now.'),
      waitingBytes: count('Of them.'),
      stored: count('For nodes that did not take a write.'),
      delivered: count('That those they were for have on disk.'),
    }),
    antiEntropy: object({
      exchanges: count('Trees that differed from those of a peer.'),
      failures: count('Exchanges that were not completed; they are tried again.'),
      keysPulled: count('Brought up to date here.'),
      keysPushed: count('Brought up to date at peers.'),
    }),
    readRepairs: object({
      begun: count('Replicas that reads found behind.'),
      failed: count('That did not acknowledge what they lacked.'),
    }),
    siblings: distribution('What keys held after puts.', 'Numbers of siblings, rising.'),
    transfers: object({
      running: count('Partitions that it takes over or gives up now.'),
      bytesIn: count('Copied to it.'),
      bytesOut: count('Copied from it.'),
    }),
    raft: object({
      role: choice('In the metadata group.', ['follower', 'pre_candidate', 'candidate', 'leader']),
      term: count('The present one.'),
      commitIndex: count('Up to here the log is committed.'),
      appliedIndex: count('Up to here it is applied.'),
    }),
  }),
});

const ACTIVITY: Schema = component('Activity', {
  description: 'What the members of the cluster have done.',
  ...object({
    node: ASKED,
    nodes: listOf(
      object({
        node: text('Its name.'),
        state: choice(
          'Whether it answered the node that was asked; `does_not_say`: its program is older and does not know the question.',
          ['answered', 'silent', 'does_not_say'],
        ),
        tookMs: number('Until it answered, or was no longer waited for.', { minimum: 0 }),
        activity: orNull('Null: it did not answer.', NODE_ACTIVITY),
      }),
      'By name.',
    ),
  }),
});

const ERRORS: readonly ErrorCode[] = ['not_ready', 'overloaded', 'not_a_member'];

const GET_ACTIVITY: Operation = {
  id: 'getActivity',
  tag: 'Cluster',
  access: READ_CLUSTER,
  summary: 'What the nodes do',
  description:
    'What each member has counted since it started: requests and their latencies, problems, hints, anti-entropy, siblings, transfers, Raft. The node that is asked asks the others, and waits less than a second for them.',
  query: [
    {
      name: 'nodes',
      in: 'query',
      description: 'Only these members are asked. Default: all.',
      schema: text('Names with commas between.', { minLength: 1 }),
      example: 'n1',
    },
  ],
  answers: {
    200: {
      description: 'Their counts.',
      content: { 'application/json': { schema: ACTIVITY } },
    },
  },
  errors: ERRORS,
};

/** Without indentation, which is two thirds of it: who draws it asks each second. */
async function activity(c: AppContext, node: QuorateNode): Promise<Response> {
  const document = await node.activity.look(nodesIn(parametersOf(c, GET_ACTIVITY)));
  return new Response(JSON.stringify(document), {
    headers: { 'content-type': 'application/json' },
  });
}

function nodesIn(parameters: Parameters): readonly string[] | undefined {
  const names = textParameter(parameters, 'nodes')?.split(',');
  const wrong = names?.find((name) => !isNodeId(name));
  if (wrong === undefined) return names;
  throw refuse(
    'nodes',
    `has ${JSON.stringify(wrong.slice(0, 100))}: use names of members, as n1,n2`,
  );
}

const ENDPOINT: Endpoint = { operation: GET_ACTIVITY, serve: byNode(activity) };

export const ACTIVITY_ROUTE: Route = {
  path: '/cluster/activity',
  methods: { GET: ENDPOINT, HEAD: ENDPOINT },
};
