/** `/cluster/keys/{bucket}/{key}`: where a key lives, and what each node alone holds of it. */

import { QuorateError } from '../kernel/errors.ts';
import type { HeldContent, InspectedNode, QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { READ_BUCKET } from './declared-access.ts';
import { BUCKET_ERRORS } from './declared-errors.ts';
import { TIMEOUT, VALUES } from './declared-parameters.ts';
import { holdAnswer } from './held-request.ts';
import { inspectionDocument } from './inspection-document.ts';
import { INSPECTION } from './inspection-schemas.ts';
import { json } from './json-document.ts';
import { byNode, type Endpoint, type Operation, type Route } from './openapi/operation.ts';
import { parametersOf, timeoutParameter, valuesParameter } from './parameters.ts';
import { INSPECTED_KEYS, isKeyPath, keyOfPath, pathOf } from './request-target.ts';

const INSPECT_KEY: Operation = {
  id: 'inspectKey',
  tag: 'Cluster',
  access: READ_BUCKET,
  summary: 'Look into a key',
  description:
    'Where the key lives, and what each node alone holds of it: replicas, and those that may keep hints. Each is asked by itself, in the bucket’s mode: siblings and clocks, ballots, or the revision in the log.\n\nIt only reads: nothing is repaired, nothing counts for a quorum, and a bucket that is not there is not made. Who does not answer in time is `silent`. Nodes are read at different moments, so a write that is on its way looks like one that is missing.',
  query: [VALUES, TIMEOUT],
  answers: {
    200: {
      description: 'What was found.',
      content: { 'application/json': { schema: INSPECTION } },
    },
  },
  errors: [...BUCKET_ERRORS, 'bad_key', 'no_such_route'],
};

async function inspectKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const parameters = parametersOf(c, INSPECT_KEY);
  const path = pathOf(c.env.incoming.url ?? '/');
  if (!isKeyPath(path, INSPECTED_KEYS)) {
    throw new QuorateError('no_such_route', `${path} names no key: add / and the key`);
  }
  const { bucket, key } = keyOfPath(path, INSPECTED_KEYS);
  const values = valuesParameter(parameters);
  const timeoutMs = timeoutParameter(parameters);
  const found = await node.keyInspection.inspect(bucket, key, values, timeoutMs);
  const contents = found.nodes.flatMap(contentsOf);
  holdAnswer(
    c,
    node,
    contents.map(({ head }) => ({ value: head })),
  );
  return json(inspectionDocument(found, node.id));
}

function contentsOf({ answer }: InspectedNode): readonly HeldContent[] {
  if (answer.outcome !== 'told') return [];
  const { holding } = answer.held;
  switch (holding.mode) {
    case 'dynamo': {
      const versions = [holding.record, ...holding.hints.map(({ version }) => version)];
      return versions.flatMap((version) =>
        version === null || version === 'damaged' ? [] : version.siblings,
      );
    }
    case 'paxos': {
      const { register } = holding;
      const content = register === null || register === 'damaged' ? null : register.content;
      return content === null ? [] : [content];
    }
    case 'raft':
      return holding.value === null ? [] : [holding.value];
  }
}

const READ: Endpoint = { operation: INSPECT_KEY, serve: byNode(inspectKey) };

export const INSPECTED_KEY_ROUTE: Route = {
  path: '/cluster/keys/{bucket}/{key}',
  methods: { GET: READ, HEAD: READ },
};
