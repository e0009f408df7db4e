/** The cluster as this node sees it, for operators: `/cluster` and what is under it. */

import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { json, readFields } from './json-document.ts';
import { parseQuery, refuse, timeoutParameter } from './parameters.ts';
import { queryOf } from './request-target.ts';

export function clusterMembers(node: QuorateNode): Response {
  const { members } = node.status();
  return json({ members });
}

export function clusterRing(node: QuorateNode): Response {
  const { epoch, partitionCount, replicationFactor, replicas, partitionEpochs } = node.ring();
  const partitions = replicas.map((nodes, partition) => ({
    partition,
    epoch: partitionEpochs[partition],
    replicas: nodes,
  }));
  return json({ epoch, partitionCount, replicationFactor, partitions });
}

/** What the node that is asked keeps for others. */
export function clusterHints(node: QuorateNode): Response {
  return json({ node: node.id, targets: node.hints() });
}

/** What was deleted or has expired and waits to be reaped by the node that is asked, and why. */
export function clusterTombstones(node: QuorateNode): Response {
  return json({ node: node.id, ...node.reapStatus() });
}

/** Hands the lead of the metadata group to the voter that the body names. */
export async function transferLeadership(c: AppContext, node: QuorateNode): Promise<Response> {
  const timeoutMs = timeoutParameter(parseQuery(queryOf(c.env.incoming.url ?? '/'), ['timeout']));
  const { to, ...others } = await readFields(c.env.incoming, EXAMPLE);
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw refuse(unknown, `is not a field of this request: use to`);
  if (typeof to !== 'string') throw refuse('to', `must be the name of a node: send ${EXAMPLE}`);
  await node.transferLeadership(to, timeoutMs);
  return new Response(null, { status: 204 });
}

const EXAMPLE = '{"to": "n2"}';
