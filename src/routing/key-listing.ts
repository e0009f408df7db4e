/**
 * One page of the keys of a bucket, over all partitions, in one rising order.
 *
 * Every partition is answered by as many of its replicas as a read of its keys asks. Each node
 * lists all partitions it was chosen for together; up to the least of the last keys that the
 * nodes reached, everything is known, and the page ends there.
 *
 * Where the ring changes meanwhile, the nodes are chosen anew when this one knows of it.
 */

import { compareBytes, mapKeyOf } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import { KEY_BYTES_MAX, type NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { CallType, Transport } from '../ports/transport.ts';
import type { ListReply, ListRequest as NodeListRequest } from '../replica/messages.ts';
import type { Bucket, ClusterView } from '../ring/cluster-view.ts';
import { partitionEpoch, type Ring, replicasOf } from '../ring/ring.ts';
import type { LatencyRanking } from './latency-ranking.ts';

/** Which keys of a bucket. */
export interface KeyRange {
  readonly prefix: Uint8Array;
  /** Only greater keys; undefined: from the first on. */
  readonly after: Uint8Array | undefined;
  /** Keys in the page, at most. */
  readonly limit: number;
}

export interface KeyPage {
  /** Rising. */
  readonly keys: readonly Uint8Array[];
  /** Where the next page begins; undefined when this was the last. */
  readonly next: Uint8Array | undefined;
}

/** How the keys of one mode of buckets are listed. */
export interface Listing<State> {
  readonly type: CallType<NodeListRequest, ListReply>;
  readonly bucket: Bucket;
  /** How many of so many replicas have to answer for a partition. */
  readonly needed: (replicas: number) => number;
  /** What a node says of a key. */
  readonly decode: (version: Uint8Array) => State;
  /** What two nodes say together. */
  readonly merge: (a: State, b: State) => State;
  /** The key has a value. */
  readonly isShown: (state: State) => boolean;
}

export interface ListingPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly liveness: Liveness;
  readonly ranking: LatencyRanking;
  /** A node did not do what it was asked. */
  readonly onFailure: (node: NodeId, error: unknown) => void;
}

/** Replicas are asked for at least so many keys at a time: some of them may have no value. */
const STRETCH_KEYS_MIN = 256;

/** Part of the time left after which others are asked in the place of a node, where there are any. */
const LATE_SHARE = 0.25;

/** Throws `read_quorum_not_met` when a partition has too few replicas that answer. */
export async function listPage<State>(
  ports: ListingPorts,
  listing: Listing<State>,
  range: KeyRange,
  deadline: number,
): Promise<KeyPage> {
  invariant(
    Math.max(range.prefix.length, range.after?.length ?? 0) <= KEY_BYTES_MAX,
    'a prefix or a last key that no key can have',
  );
  const keys: Uint8Array[] = [];
  let after = range.after;
  for (;;) {
    const stretch = await nextStretch(ports, listing, { ...range, after }, deadline);
    for (const { key, state } of stretch.entries) {
      if (!listing.isShown(state)) continue;
      if (keys.length === range.limit) return { keys, next: keys.at(-1) };
      keys.push(key);
    }
    if (stretch.horizon === undefined) return { keys, next: undefined };
    if (keys.length === range.limit) return { keys, next: keys.at(-1) };
    after = stretch.horizon;
  }
}

interface Entry<State> {
  readonly key: Uint8Array;
  readonly state: State;
}

interface Stretch<State> {
  readonly entries: readonly Entry<State>[];
  /** Everything up to this key is in `entries`; undefined: there is nothing more. */
  readonly horizon: Uint8Array | undefined;
}

async function nextStretch<State>(
  ports: ListingPorts,
  listing: Listing<State>,
  { prefix, after, limit }: KeyRange,
  deadline: number,
): Promise<Stretch<State>> {
  const { view, clock, transport } = ports;
  const bucketNumber = listing.bucket.number;
  const asked = { bucketNumber, prefix, limit: Math.max(limit, STRETCH_KEYS_MIN) };
  const failed = new Set<NodeId>();
  for (;;) {
    const { epoch } = view.ring();
    let newest = epoch;
    const { assignments, spare } = assign(ports, listing, failed);
    const now = clock.now();
    const until = spare ? now + (deadline - now) * LATE_SHARE : deadline;
    const replies = await Promise.all(
      assignments.map(({ node, partitions }) => {
        const request = { ...asked, partitions, ...(after && { after }) };
        return transport
          .call(node, listing.type, request, { deadline: until })
          .catch((error: unknown) => {
            const later = laterEpochIn(error, epoch);
            if (later === undefined) failed.add(node);
            else newest = Math.max(newest, later);
            ports.onFailure(node, error);
          });
      }),
    );
    const complete = replies.filter((reply) => reply !== undefined);
    if (complete.length === replies.length) return mergeReplies(listing, complete);
    if (!(await view.until(() => view.ring().epoch >= newest, deadline))) {
      const detail = `the ring changed while the keys were listed: ${ports.self} has not heard of epoch ${newest}`;
      throw new QuorateError('stale_epoch', detail);
    }
  }
}

/** The epoch of a partition that the node which refused knows, where it is later than this ring. */
function laterEpochIn(error: unknown, epoch: number): number | undefined {
  if (!(error instanceof QuorateError) || error.code !== 'stale_epoch') return undefined;
  const known = error.facts.epoch ?? 0;
  return known > epoch ? known : undefined;
}

interface Assignment {
  readonly node: NodeId;
  readonly partitions: { partition: number; epoch: number }[];
}

interface Assigned {
  readonly assignments: readonly Assignment[];
  /** Others could list what any one of these nodes does not. */
  readonly spare: boolean;
}

/** Enough replicas for every partition, those that failed left out, grouped by node. */
function assign<State>(
  { self, view, liveness, ranking }: ListingPorts,
  listing: Listing<State>,
  failed: ReadonlySet<NodeId>,
): Assigned {
  const ring = view.ring();
  const nodes = ring.members.map(({ id }) => id);
  const others = nodes.filter((node) => node !== self && !failed.has(node));
  const order = [
    ...(failed.has(self) ? [] : [self]),
    ...ranking.order(others, (node) => liveness.responsive(node)),
  ];
  const byNode = new Map<NodeId, Assignment>();
  let spare = true;
  for (let partition = 0; partition < ring.partitionCount; partition++) {
    const { live, needed } = choose(ring, partition, listing, order);
    spare &&= live.length > needed;
    for (const node of live.slice(0, needed)) {
      const assignment = byNode.get(node) ?? { node, partitions: [] };
      assignment.partitions.push({ partition, epoch: partitionEpoch(ring, partition) });
      byNode.set(node, assignment);
    }
  }
  return { assignments: [...byNode.values()], spare };
}

function choose<State>(
  ring: Ring,
  partition: number,
  { bucket, needed: neededOf }: Listing<State>,
  order: readonly NodeId[],
): { readonly live: readonly NodeId[]; readonly needed: number } {
  const replicas = replicasOf(ring, partition, bucket.n);
  const needed = neededOf(replicas.length);
  const live = order.filter((node) => replicas.includes(node));
  if (live.length >= needed) return { live, needed };
  throw new QuorateError(
    'read_quorum_not_met',
    `${live.length} of the ${needed} replicas needed of partition ${partition} could list their keys`,
    { reached: live, needed },
  );
}

function mergeReplies<State>(
  { decode, merge }: Listing<State>,
  replies: readonly ListReply[],
): Stretch<State> {
  const cut = replies.filter(({ complete }) => !complete).map((reply) => lastKey(reply));
  const horizon = cut.sort(compareBytes)[0];
  const merged = new Map<string, Entry<State>>();
  for (const { entries } of replies) {
    for (const { key, version } of entries) {
      if (horizon !== undefined && compareBytes(key, horizon) > 0) break;
      const state = decode(version);
      const known = merged.get(mapKeyOf(key));
      const both = known === undefined ? state : merge(known.state, state);
      merged.set(mapKeyOf(key), { key, state: both });
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
