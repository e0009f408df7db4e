/** `/cluster/repair`: how the replicas stand to each other, and runs that are asked for. */

import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { json, readFields } from './json-document.ts';
import { parseQuery, refuse, timeoutParameter } from './parameters.ts';
import { decodeKey, queryOf } from './request-target.ts';

const EXAMPLE = '{"bucket": "carts"} or {"scrub": true}';
const LOSS_EXAMPLE = '{"bucket": "carts", "key": "alice"}';
const ACCEPTED = 202;

export function getRepair(node: QuorateNode): Response {
  return json({ node: node.id, ...node.repairStatus() });
}

/** Begins a run on the node that is asked, and answers with what it is known by. */
export async function postRepair(c: AppContext, node: QuorateNode): Promise<Response> {
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
export async function postAcceptedLoss(c: AppContext, node: QuorateNode): Promise<Response> {
  const query = parseQuery(queryOf(c.env.incoming.url ?? '/'), ['timeout']);
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
