/** `/cluster/salvage`: what only a dead node held, offered from its directory. */

import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { isNodeId } from '../kernel/names.ts';
import { decodeSalvageBatch, type SalvageBatch } from '../kernel/salvage-batch.ts';
import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { HeldRequest } from './held-request.ts';
import { json, readFields } from './json-document.ts';
import { parseQuery, refuse, timeoutParameter } from './parameters.ts';
import { readBody } from './request-body.ts';
import { queryOf } from './request-target.ts';

/** A batch has a mebibyte, but for one object that is larger (replica/limits.ts). */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

const EXAMPLE = '{"node": "n3"}';

/** Answers when each object is on the disks of all that keep its key, or why it is not. */
export async function postSalvage(c: AppContext, node: QuorateNode): Promise<Response> {
  const timeoutMs = timeoutOf(c);
  const held = new HeldRequest(c, node);
  const batch = decoded(await readBody(c.env.incoming, BODY_BYTES_MAX, held));
  const results = await node.salvage.offer(batch, timeoutMs);
  return c.json({ node: node.id, results });
}

/** Nothing of the node that the body names is taken any more. */
export async function closeSalvage(c: AppContext, node: QuorateNode): Promise<Response> {
  const timeoutMs = timeoutOf(c);
  const { node: name, ...others } = await readFields(c.env.incoming, EXAMPLE);
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw refuse(unknown, 'is not a field of this request: use node');
  if (typeof name !== 'string' || !isNodeId(name)) {
    throw refuse('node', `must be the name of a dead node: send ${EXAMPLE}`);
  }
  await node.salvage.close(name, timeoutMs);
  return json({ node: name, salvage: 'closed' });
}

function timeoutOf(c: AppContext): number {
  return timeoutParameter(parseQuery(queryOf(c.env.incoming.url ?? '/'), ['timeout']));
}

function decoded(body: Uint8Array): SalvageBatch {
  try {
    return decodeSalvageBatch(body);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `the batch ${error.message}`);
  }
}
