/** The cluster as this node sees it, for operators: `/cluster` and what is under it. */

import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { CLUSTER, HINTS, MEMBERS, METADATA_GROUP, RING, TOMBSTONES } from './cluster-schemas.ts';
import { ADMIN_CLUSTER, READ_ANY, READ_CLUSTER } from './declared-access.ts';
import { COMMAND_ERRORS, NODE_ERRORS } from './declared-errors.ts';
import { TIMEOUT } from './declared-parameters.ts';
import { givenFaults } from './fault-routes.ts';
import { json, readFields } from './json-document.ts';
import { byNode, type Endpoint, type Operation, type Route } from './openapi/operation.ts';
import { object, type Schema, text } from './openapi/schema.ts';
import { parametersOf, refuse, timeoutParameter } from './parameters.ts';

const EXAMPLE = '{"to": "n2"}';

function clusterMembers(node: QuorateNode): Response {
  const { members } = node.status();
  return json({ members });
}

function clusterRing(node: QuorateNode): Response {
  const { epoch, partitionCount, replicationFactor, replicas, partitionEpochs } = node.ring();
  const partitions = replicas.map((nodes, partition) => ({
    partition,
    epoch: partitionEpochs[partition],
    replicas: nodes,
  }));
  return json({ epoch, partitionCount, replicationFactor, partitions });
}

/** What the node that is asked keeps for others. */
function clusterHints(node: QuorateNode): Response {
  return json({ node: node.id, targets: node.hints() });
}

/** What was deleted or has expired and waits to be reaped by the node that is asked, and why. */
function clusterTombstones(node: QuorateNode): Response {
  return json({ node: node.id, ...node.reapStatus() });
}

/** Hands the lead of the metadata group to the voter that the body names. */
async function transferLeadership(c: AppContext, node: QuorateNode): Promise<Response> {
  const timeoutMs = timeoutParameter(parametersOf(c, TRANSFER_LEADERSHIP));
  const { to, ...others } = await readFields(c.env.incoming, EXAMPLE);
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw refuse(unknown, `is not a field of this request: use to`);
  if (typeof to !== 'string') throw refuse('to', `must be the name of a node: send ${EXAMPLE}`);
  await node.transferLeadership(to, timeoutMs);
  return new Response(null, { status: 204 });
}

/** Of an operation that answers with a document and asks for nothing. */
function told(operation: Omit<Operation, 'tag' | 'answers'>, schema: Schema): Operation {
  const content = { 'application/json': { schema } };
  return {
    tag: 'Cluster',
    ...operation,
    answers: { 200: { description: 'What the node sees.', content } },
  };
}

function reading(path: string, endpoint: Endpoint): Route {
  return { path, methods: { GET: endpoint, HEAD: endpoint } };
}

export const CLUSTER_ROUTE = reading('/cluster', {
  operation: told(
    {
      id: 'getCluster',
      // Whoever talks to the replicas of a key has to know who they are.
      access: READ_ANY,
      summary: 'The cluster',
      description: 'Members, who can be reached, and the ring in numbers.',
      errors: [],
    },
    CLUSTER,
  ),
  serve:
    ({ node, faults }) =>
    () =>
      json({ ...node.status(), ...givenFaults(faults) }),
});

export const MEMBERS_ROUTE = reading('/cluster/members', {
  operation: told(
    {
      id: 'getMembers',
      access: READ_ANY,
      summary: 'The members',
      description: 'The members of the cluster, as in `GET /cluster`.',
      errors: [],
    },
    MEMBERS,
  ),
  serve:
    ({ node }) =>
    () =>
      clusterMembers(node),
});

export const RING_ROUTE = reading('/cluster/ring', {
  operation: told(
    {
      id: 'getRing',
      access: READ_ANY,
      summary: 'The ring',
      description:
        'Which nodes keep each partition. A client that knows it can ask a replica at once.',
      errors: NODE_ERRORS,
    },
    RING,
  ),
  serve:
    ({ node }) =>
    () =>
      clusterRing(node),
});

export const HINTS_ROUTE = reading('/cluster/hints', {
  operation: told(
    {
      id: 'getHints',
      access: READ_CLUSTER,
      summary: 'Hints',
      description: 'What the node that is asked keeps for others until they have it.',
      errors: [],
    },
    HINTS,
  ),
  serve:
    ({ node }) =>
    () =>
      clusterHints(node),
});

export const TOMBSTONES_ROUTE = reading('/cluster/tombstones', {
  operation: told(
    {
      id: 'getTombstones',
      access: READ_CLUSTER,
      summary: 'Tombstones',
      description:
        'What was deleted or has expired and waits to be removed from all disks by the node that is asked, and why.',
      errors: [],
    },
    TOMBSTONES,
  ),
  serve:
    ({ node }) =>
    () =>
      clusterTombstones(node),
});

export const METADATA_GROUP_ROUTE = reading('/cluster/raft', {
  operation: told(
    {
      id: 'getMetadataGroup',
      access: READ_CLUSTER,
      summary: 'The metadata group',
      description:
        'The Raft group that owns ring, buckets and leases, as the node that is asked sees it.',
      errors: ['ring_forming'],
    },
    METADATA_GROUP,
  ),
  serve:
    ({ node }) =>
    () =>
      json(node.groupStatus()),
});

const TRANSFER_LEADERSHIP: Operation = {
  id: 'transferLeadership',
  tag: 'Cluster',
  access: ADMIN_CLUSTER,
  summary: 'Hand over the lead of the metadata group',
  description:
    'The voter that is named begins an election at once, and the present leader stands aside.',
  query: [TIMEOUT],
  body: {
    description: 'Who is to lead.',
    required: true,
    content: {
      'application/json': {
        schema: object({ to: text('The name of a voter.') }),
        example: JSON.parse(EXAMPLE),
      },
    },
  },
  answers: { 204: { description: 'It leads.' } },
  errors: [...COMMAND_ERRORS, 'change_refused', 'not_a_member', 'value_too_large'],
};

export const LEADERSHIP_ROUTE: Route = {
  path: '/cluster/raft/transfer',
  methods: {
    POST: {
      operation: TRANSFER_LEADERSHIP,
      serve: byNode(transferLeadership),
    },
  },
};
