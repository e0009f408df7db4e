/** `/cluster/salvage`: what only a dead node held, offered from its directory. */

import { isNodeId } from '../kernel/names.ts';
import { decodeSalvageBatch } from '../kernel/salvage-batch.ts';
import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { ADMIN_CLUSTER } from './declared-access.ts';
import { COMMAND_ERRORS } from './declared-errors.ts';
import { TIMEOUT } from './declared-parameters.ts';
import { json, readFields } from './json-document.ts';
import { offering } from './offered-batch.ts';
import { byNode, type Operation, type Route } from './openapi/operation.ts';
import { object, text } from './openapi/schema.ts';
import { parametersOf, refuse, timeoutParameter } from './parameters.ts';

const EXAMPLE = '{"node": "n3"}';

const SALVAGE = offering(
  {
    id: 'salvage',
    tag: 'Repair',
    summary: 'Offer what a dead node had',
    description:
      'What `quorate salvage` sends: a batch of objects from the directory of a node that was declared dead. Answers when each is on the disks of all that keep its key, or says why it is not.',
    errors: [...COMMAND_ERRORS, 'not_a_member', 'salvage_refused', 'value_too_large'],
  },
  {
    description: '`refused` objects may be offered again where `retry` says so.',
    words: ['merged', 'present', 'reaped', 'no_bucket', 'refused'],
  },
  {
    decode: decodeSalvageBatch,
    offer: (node, batch, timeoutMs) => node.salvage.offer(batch, timeoutMs),
  },
);

const CLOSE: Operation = {
  id: 'closeSalvage',
  tag: 'Repair',
  access: ADMIN_CLUSTER,
  summary: 'Take nothing more of a dead node',
  description:
    'What only this node had is given up. Deleted keys can be removed from all disks again.',
  query: [TIMEOUT],
  body: {
    description: 'Which node.',
    required: true,
    content: {
      'application/json': {
        schema: object({ node: text('The name of a dead node.') }),
        example: JSON.parse(EXAMPLE),
      },
    },
  },
  answers: {
    200: {
      description: 'It is closed.',
      content: {
        'application/json': {
          schema: object({ node: text('The dead node.'), salvage: { const: 'closed' } }),
        },
      },
    },
  },
  errors: [...COMMAND_ERRORS, 'not_a_member', 'salvage_refused', 'value_too_large'],
};

export const SALVAGE_ROUTE: Route = {
  path: '/cluster/salvage',
  methods: { POST: SALVAGE },
};

export const SALVAGE_CLOSE_ROUTE: Route = {
  path: '/cluster/salvage/close',
  methods: {
    POST: {
      operation: CLOSE,
      serve: byNode(closeSalvage),
    },
  },
};

/** Nothing of the node that the body names is taken any more. */
async function closeSalvage(c: AppContext, node: QuorateNode): Promise<Response> {
  const timeoutMs = timeoutParameter(parametersOf(c, CLOSE));
  const { node: name, ...others } = await readFields(c.env.incoming, EXAMPLE);
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw refuse(unknown, 'is not a field of this request: use node');
  if (typeof name !== 'string' || !isNodeId(name)) {
    throw refuse('node', `must be the name of a dead node: send ${EXAMPLE}`);
  }
  await node.salvage.close(name, timeoutMs);
  return json({ node: name, salvage: 'closed' });
}
