/** `/cluster/salvage`: what only a dead node held, offered from its directory. */

import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { isNodeId } from '../kernel/names.ts';
import { OFFER_BYTES_MAX } from '../kernel/offer.ts';
import { decodeSalvageBatch, type SalvageBatch } from '../kernel/salvage-batch.ts';
import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { ASKED } from './cluster-schemas.ts';
import { ADMIN_CLUSTER } from './declared-access.ts';
import { COMMAND_ERRORS } from './declared-errors.ts';
import { TIMEOUT } from './declared-parameters.ts';
import { HeldRequest } from './held-request.ts';
import { json, readFields } from './json-document.ts';
import { byNode, type Operation, type Route } from './openapi/operation.ts';
import { choice, flag, listOf, object, text } from './openapi/schema.ts';
import { parametersOf, refuse, timeoutParameter } from './parameters.ts';
import { readBody } from './request-body.ts';

const EXAMPLE = '{"node": "n3"}';

const SALVAGE: Operation = {
  id: 'salvage',
  tag: 'Repair',
  access: ADMIN_CLUSTER,
  summary: 'Offer what a dead node had',
  description:
    'What `quorate salvage` sends: a batch of objects from the directory of a node that was declared dead. Answers when each is on the disks of all that keep its key, or says why it is not.',
  query: [TIMEOUT],
  body: {
    description: 'The batch, in the form of this version of Quorate.',
    required: true,
    content: { '*/*': {} },
  },
  answers: {
    200: {
      description: 'What became of each object, in the order in which they were offered.',
      content: {
        'application/json': {
          schema: object({
            node: ASKED,
            results: listOf(
              object(
                {
                  outcome: choice('`refused` objects may be offered again where `retry` says so.', [
                    'merged',
                    'present',
                    'reaped',
                    'no_bucket',
                    'refused',
                  ]),
                },
                {
                  code: text('Why it was refused.'),
                  detail: text('Likewise, for people.'),
                  retry: flag('The same may be offered again with hope.'),
                },
              ),
              'In order.',
            ),
          }),
        },
      },
    },
  },
  errors: [...COMMAND_ERRORS, 'not_a_member', 'salvage_refused', 'value_too_large'],
};

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
  methods: {
    POST: {
      operation: SALVAGE,
      serve: byNode(postSalvage),
    },
  },
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

/** Answers when each object is on the disks of all that keep its key, or why it is not. */
async function postSalvage(c: AppContext, node: QuorateNode): Promise<Response> {
  const timeoutMs = timeoutParameter(parametersOf(c, SALVAGE));
  const held = new HeldRequest(c, node);
  const batch = decoded(await readBody(c.env.incoming, OFFER_BYTES_MAX, held));
  const results = await node.salvage.offer(batch, timeoutMs);
  return c.json({ node: node.id, results });
}

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

function decoded(body: Uint8Array): SalvageBatch {
  try {
    return decodeSalvageBatch(body);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `the batch ${error.message}`);
  }
}
