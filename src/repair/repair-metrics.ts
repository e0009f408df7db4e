/** What anti-entropy counts. */

import type { Counter, Gauge, Metrics } from '../ports/metrics.ts';

/** What a message between two replicas is made of. */
export type Part = 'roots' | 'trees' | 'items' | 'objects';

export interface RepairMetrics {
  readonly exchanges: Counter;
  readonly exchangeFailures: Counter;
  readonly keysPulled: Counter;
  readonly keysPushed: Counter;
  /** Sent by this node, as one that asks or one that answers. */
  readonly sentBytes: Readonly<Record<Part, Counter>>;
  readonly treesBuilt: Counter;
  readonly rotFound: Counter;
  readonly partitionsWithoutTrees: Gauge;
  readonly recordsRebuilt: Counter;
}

export function makeRepairMetrics(metrics: Metrics): RepairMetrics {
  const counter = (name: string, help: string, labels = {}) =>
    metrics.counter({ name, help, labels });
  const keys = 'Keys brought up to date by exchanges with other replicas: here, or there';
  const sent = 'Bytes that this node sent to compare replicas and to bring them up to date';
  return {
    exchanges: counter('exchanges_total', 'Trees that differed from a peer’s and were exchanged'),
    exchangeFailures: counter(
      'exchange_failures_total',
      'Exchanges that could not be completed; they are tried again',
    ),
    keysPulled: counter('exchanged_keys_total', keys, { direction: 'pulled' }),
    keysPushed: counter('exchanged_keys_total', keys, { direction: 'pushed' }),
    sentBytes: {
      roots: counter('exchange_sent_bytes_total', sent, { part: 'roots' }),
      trees: counter('exchange_sent_bytes_total', sent, { part: 'trees' }),
      items: counter('exchange_sent_bytes_total', sent, { part: 'items' }),
      objects: counter('exchange_sent_bytes_total', sent, { part: 'objects' }),
    },
    treesBuilt: counter('tree_builds_total', 'Partitions whose trees were built from a scan'),
    rotFound: counter(
      'tree_rot_found_total',
      'Partitions whose trees differed from what a scan of the store found',
    ),
    partitionsWithoutTrees: metrics.gauge({
      name: 'partitions_without_trees',
      help: 'Partitions that take part in no exchange, since their trees are yet to be built',
    }),
    recordsRebuilt: counter(
      'damaged_records_rebuilt_total',
      'Damaged records rebuilt from all other replicas',
    ),
  };
}

/** About what the hashes of a tree take on the wire, with the numbers of their nodes. */
export function partBytes({ nodes, hashes }: { nodes: readonly number[]; hashes: Uint8Array }) {
  return 3 * nodes.length + hashes.length;
}
