/**
 * The keys of a partition that could go, as this node has them, in batches: what is known to be
 * reapable is looked at once more when it is taken.
 */

import { DecodeError } from '../kernel/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import { decodeRecord } from '../replica/record-codec.ts';
import type { Replica } from '../replica/replica.ts';
import { addressAt } from '../replica/store-keys.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { partitionEpoch } from '../ring/ring.ts';
import {
  type AgreeRequest,
  BATCH_KEYS_MAX,
  BATCH_RECORD_BYTES_MAX,
  type ReapItem,
} from './reap-messages.ts';

export interface ReapCandidatesPorts {
  readonly view: ClusterView;
  readonly clock: Pick<Clock, 'now'>;
  readonly store: Store;
  readonly replica: Replica;
  /** A key that was found more recently is left alone. */
  readonly ageMsMin: number;
}

/** Of one partition in one round. */
const KEYS_MAX = 10_000;

export interface Candidates {
  /** Of keys of one n each. */
  readonly batches: readonly AgreeRequest[];
  /** There are keys that are too young. */
  readonly someTooYoung: boolean;
}

interface Batch {
  readonly items: ReapItem[];
  bytes: number;
}

/** None in a partition that moves (protocols.md, section 5). */
export function candidatesIn(ports: ReapCandidatesPorts, partition: number): Candidates {
  const { view, clock, replica, ageMsMin } = ports;
  if (view.ring().moves.has(partition)) return { batches: [], someTooYoung: false };
  const known = replica.reapable.in(partition);
  const bornBefore = clock.now() - ageMsMin;
  const old = known.filter(({ foundAt }) => foundAt <= bornBefore).slice(0, KEYS_MAX);
  const byCount = new Map<number, Batch[]>();
  for (const { storedKey } of old) {
    const found = itemAt(ports, storedKey);
    if (found === undefined) replica.reapable.forget(partition, storedKey);
    else addTo(byCount, found);
  }
  const epoch = partitionEpoch(view.ring(), partition);
  const batches = [...byCount].flatMap(([n, ofCount]) =>
    ofCount.map(({ items }) => ({ tree: { partition, epoch, n }, items })),
  );
  return { batches, someTooYoung: old.length < known.length };
}

interface Found {
  readonly item: ReapItem;
  readonly n: number;
  /** Of the record. */
  readonly bytes: number;
}

/** Undefined where the key cannot go (any more). */
function itemAt(ports: ReapCandidatesPorts, storedKey: Uint8Array): Found | undefined {
  const { store, view, replica } = ports;
  const { bucketNumber, key } = addressAt(storedKey);
  const n = view.bucketNumbered(bucketNumber)?.n;
  const record = store.get(storedKey);
  if (record === undefined || n === undefined) return undefined;
  try {
    const { object, digest } = decodeRecord(record);
    if (!replica.reapable.isReapable(object)) return undefined;
    return { item: [bucketNumber, key, digest], n, bytes: record.length };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}

function addTo(byCount: Map<number, Batch[]>, { item, n, bytes }: Found): void {
  const batches = byCount.get(n) ?? [];
  byCount.set(n, batches);
  let last = batches.at(-1);
  if (
    last === undefined ||
    last.items.length >= BATCH_KEYS_MAX ||
    last.bytes >= BATCH_RECORD_BYTES_MAX
  ) {
    last = { items: [], bytes: 0 };
    batches.push(last);
  }
  last.items.push(item);
  last.bytes += bytes;
}
