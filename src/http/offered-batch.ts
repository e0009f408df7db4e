/**
 * What `/cluster/restore` and `/cluster/salvage` have in common: a batch of keys that a command
 * offers, and the answer that tells what became of each.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { OFFER_BYTES_MAX } from '../kernel/offer.ts';
import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { ASKED } from './cluster-schemas.ts';
import { ADMIN_CLUSTER } from './declared-access.ts';
import { TIMEOUT } from './declared-parameters.ts';
import { HeldRequest } from './held-request.ts';
import { byNode, type Endpoint, type Operation } from './openapi/operation.ts';
import { choice, flag, listOf, object, text } from './openapi/schema.ts';
import { parametersOf, timeoutParameter } from './parameters.ts';
import { readBody } from './request-body.ts';

type Said = Pick<Operation, 'id' | 'tag' | 'summary' | 'description' | 'errors'>;

interface Outcomes {
  readonly description: string;
  readonly words: readonly string[];
}

interface Taking<Batch> {
  /** Throws `DecodeError`. */
  readonly decode: (body: Uint8Array) => Batch;
  readonly offer: (
    node: QuorateNode,
    batch: Batch,
    timeoutMs: number,
  ) => Promise<readonly object[]>;
}

/** Answers when each key is on the disks of all that keep it, or why it is not. */
export function offering<Batch>(
  said: Said,
  outcomes: Outcomes,
  { decode, offer }: Taking<Batch>,
): Endpoint {
  const operation = operationOf(said, outcomes);
  const serve = async (c: AppContext, node: QuorateNode): Promise<Response> => {
    const timeoutMs = timeoutParameter(parametersOf(c, operation));
    const held = new HeldRequest(c, node);
    const body = await readBody(c.env.incoming, OFFER_BYTES_MAX, held);
    const results = await offer(node, decoded(body, decode), timeoutMs);
    return c.json({ node: node.id, results });
  };
  return { operation, serve: byNode(serve) };
}

function operationOf(said: Said, { description, words }: Outcomes): Operation {
  return {
    ...said,
    access: ADMIN_CLUSTER,
    query: [TIMEOUT],
    body: {
      description: 'The batch, in the form of this version of Quorate.',
      required: true,
      content: { '*/*': {} },
    },
    answers: {
      200: {
        description: 'What became of each key, in the order in which they were offered.',
        content: {
          'application/json': {
            schema: object({
              node: ASKED,
              results: listOf(
                object(
                  { outcome: choice(description, words) },
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
  };
}

function decoded<Batch>(body: Uint8Array, decode: (body: Uint8Array) => Batch): Batch {
  try {
    return decode(body);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `the batch ${error.message}`);
  }
}
