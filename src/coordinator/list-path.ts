/**
 * One page of the keys of a bucket, over all partitions, in one rising order.
 *
 * Every partition is answered by R of its replicas, so a listing promises what a read at R
 * does. Each node lists all partitions it was chosen for together; up to the least of the
 * last keys that the nodes reached, everything is known, and the page ends there. A key is
 * listed when the merged versions show a value, as a read of it would at this moment;
 * tombstones and keys whose values have expired are not.
 *
 * Where the ring changes meanwhile, the nodes are chosen anew when this one knows of it.
 */

import { answerOf } from '../causality/answer.ts';
import { decodeObject } from '../causality/object-codec.ts';
import { merge, type SiblingObject } from '../causality/sibling-object.ts';
import { compareBytes, mapKeyOf } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import { checkBucketName, KEY_BYTES_MAX, type NodeId } from '../kernel/names.ts';
import { LIST_KEYS, type ListReply } from '../replica/messages.ts';
import type { Bucket, Level } from '../ring/cluster-view.ts';
import { partitionEpoch, type Ring, replicasOf } from '../ring/ring.ts';
import type { Environment } from './environment.ts';
import { dynamoBucket } from './key-plan.ts';
import { resolveLevel } from './levels.ts';

export interface ListRequest {
  readonly bucket: string;
  readonly prefix: Uint8Array;
  /** Only greater keys; undefined: from the first on. */
  readonly after: Uint8Array | undefined;
  /** Keys in the page, at most. */
  readonly limit: number;
  readonly r: Level | undefined;
}

export interface KeyPage {
  /** Rising. */
  readonly keys: readonly Uint8Array[];
  /** Where the next page begins; undefined when this was the last. */
  readonly next: Uint8Array | undefined;
}

/** Replicas are asked for at least so many keys at a time: some of them may be tombstones. */
const STRETCH_KEYS_MIN = 256;

/** Part of the time left after which others are asked in the place of a node, where there are any. */
const LATE_SHARE = 0.25;

interface Assignment {
  readonly node: NodeId;
  readonly partitions: { partition: number; epoch: number }[];
}

/** Throws `read_quorum_not_met` when a partition has fewer than R replicas that answer. */
export async function listPage(
  env: Environment,
  request: ListRequest,
  deadline: number,
): Promise<KeyPage> {
  checkBucketName(request.bucket);
  invariant(
    Math.max(request.prefix.length, request.after?.length ?? 0) <= KEY_BYTES_MAX,
    'a prefix or a last key that no key can have',
  );
  const bucket = dynamoBucket(env.view, request.bucket);
  const wallTime = env.clock.wallTime();
  const keys: Uint8Array[] = [];
  let after = request.after;
  for (;;) {
    const stretch = await nextStretch(env, request, bucket, after, deadline);
    for (const { key, object } of stretch.entries) {
      if (answerOf(object, bucket.conflict, wallTime).siblings.length === 0) continue;
      if (keys.length === request.limit) return { keys, next: keys.at(-1) };
      keys.push(key);
    }
    if (stretch.horizon === undefined) return { keys, next: undefined };
    if (keys.length === request.limit) return { keys, next: keys.at(-1) };
    after = stretch.horizon;
  }
}

interface Stretch {
  readonly entries: readonly { readonly key: Uint8Array; readonly object: SiblingObject }[];
  /** Everything up to this key is in `entries`; undefined: there is nothing more. */
  readonly horizon: Uint8Array | undefined;
}

async function nextStretch(
  env: Environment,
  request: ListRequest,
  bucket: Bucket,
  after: Uint8Array | undefined,
  deadline: number,
): Promise<Stretch> {
  const failed = new Set<NodeId>();
  for (;;) {
    const { epoch } = env.view.ring();
    let newest = epoch;
    const { assignments, spare } = assign(env, bucket, request.r, failed);
    const now = env.clock.now();
    const until = spare ? now + (deadline - now) * LATE_SHARE : deadline;
    const replies = await Promise.all(
      assignments.map(({ node, partitions }) =>
        env.transport
          .call(
            node,
            LIST_KEYS,
            {
              bucketNumber: bucket.number,
              partitions,
              prefix: request.prefix,
              ...(after && { after }),
              limit: Math.max(request.limit, STRETCH_KEYS_MIN),
            },
            { deadline: until },
          )
          .catch((error: unknown) => {
            const later = laterEpochIn(error, epoch);
            if (later === undefined) failed.add(node);
            else newest = Math.max(newest, later);
            env.onFailure(node, error);
          }),
      ),
    );
    const complete = replies.filter((reply) => reply !== undefined);
    if (complete.length === replies.length) return mergeReplies(complete);
    if (!(await env.view.until(() => env.view.ring().epoch >= newest, deadline))) {
      const detail = `the ring changed while the keys were listed: ${env.self} has not heard of epoch ${newest}`;
      throw new QuorateError('stale_epoch', detail);
    }
  }
}

interface Assigned {
  readonly assignments: readonly Assignment[];
  /** Others could list what any one of these nodes does not. */
  readonly spare: boolean;
}

/** The epoch of a partition that the node which refused knows, where it is later than this ring. */
function laterEpochIn(error: unknown, epoch: number): number | undefined {
  if (!(error instanceof QuorateError) || error.code !== 'stale_epoch') return undefined;
  const known = error.facts.epoch ?? 0;
  return known > epoch ? known : undefined;
}

/** R replicas for every partition, those that failed left out, grouped by node. */
function assign(
  env: Environment,
  bucket: Bucket,
  level: Level | undefined,
  failed: ReadonlySet<NodeId>,
): Assigned {
  const ring = env.view.ring();
  const nodes = ring.members.map(({ id }) => id);
  const others = nodes.filter((node) => node !== env.self && !failed.has(node));
  const order = [
    ...(failed.has(env.self) ? [] : [env.self]),
    ...env.ranking.order(others, (node) => env.liveness.reachable(node)),
  ];
  const byNode = new Map<NodeId, Assignment>();
  let spare = true;
  for (let partition = 0; partition < ring.partitionCount; partition++) {
    const { live, needed } = choose(ring, partition, bucket, level, order);
    spare &&= live.length > needed;
    for (const node of live.slice(0, needed)) {
      const assignment = byNode.get(node) ?? { node, partitions: [] };
      assignment.partitions.push({ partition, epoch: partitionEpoch(ring, partition) });
      byNode.set(node, assignment);
    }
  }
  return { assignments: [...byNode.values()], spare };
}

function choose(
  ring: Ring,
  partition: number,
  bucket: Bucket,
  level: Level | undefined,
  order: readonly NodeId[],
): { readonly live: readonly NodeId[]; readonly needed: number } {
  const replicas = replicasOf(ring, partition, bucket.n);
  const needed = resolveLevel('r', level ?? bucket.r, replicas.length);
  const live = order.filter((node) => replicas.includes(node));
  if (live.length >= needed) return { live, needed };
  throw new QuorateError(
    'read_quorum_not_met',
    `${live.length} of the ${needed} replicas needed of partition ${partition} could list their keys`,
    { reached: live, needed },
  );
}

function mergeReplies(replies: readonly ListReply[]): Stretch {
  const cut = replies.filter(({ complete }) => !complete).map((reply) => lastKey(reply));
  const horizon = cut.sort(compareBytes)[0];
  const merged = new Map<string, { key: Uint8Array; object: SiblingObject }>();
  for (const { entries } of replies) {
    for (const { key, version } of entries) {
      if (horizon !== undefined && compareBytes(key, horizon) > 0) break;
      const object = decodeObject(version);
      const known = merged.get(mapKeyOf(key));
      const both = known === undefined ? object : merge(known.object, object);
      merged.set(mapKeyOf(key), { key, object: both });
    }
  }
  const entries = [...merged.values()].sort((a, b) => compareBytes(a.key, b.key));
  return { entries, horizon };
}

function lastKey(reply: ListReply): Uint8Array {
  const last = reply.entries.at(-1);
  if (last === undefined) throw new QuorateError('internal', 'an empty page that is not the last');
  return last.key;
}
