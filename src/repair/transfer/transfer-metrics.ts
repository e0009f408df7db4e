/** What the moving of partitions counts. */

import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';

export interface TransferMetrics {
  readonly keysIn: Counter;
  readonly keysOut: Counter;
  readonly bytesIn: Counter;
  readonly bytesOut: Counter;
  readonly keysSame: Counter;
  readonly digestBytes: Counter;
  readonly keysDropped: Counter;
  readonly running: Gauge;
  readonly failures: Counter;
  readonly rescued: Counter;
}

export function makeTransferMetrics(metrics: Metrics): TransferMetrics {
  const counter = (name: string, help: string, labels = {}) =>
    metrics.counter({ name, help, labels });
  const keys = 'Keys copied while partitions moved: to this node, or from it';
  const bytes = 'Bytes of records copied while partitions moved: to this node, or from it';
  return {
    keysIn: counter('transfer_keys_total', keys, { direction: 'in' }),
    keysOut: counter('transfer_keys_total', keys, { direction: 'out' }),
    bytesIn: counter('transfer_bytes_total', bytes, { direction: 'in' }),
    bytesOut: counter('transfer_bytes_total', bytes, { direction: 'out' }),
    keysSame: counter(
      'transfer_same_keys_total',
      'Keys that were not copied to this node, since it had them in the same version already',
    ),
    digestBytes: counter(
      'transfer_digest_bytes_total',
      'Bytes of digests with which this node told what it had already of partitions it takes over',
    ),
    keysDropped: counter(
      'transfer_dropped_keys_total',
      'Keys dropped here after those who keep them now were seen to have them',
    ),
    running: metrics.gauge({
      name: 'transfers_running',
      help: 'Partitions that this node takes over or gives up now',
    }),
    failures: counter(
      'transfer_failures_total',
      'Attempts to take over or to give up a partition that were cut short; they are repeated',
    ),
    rescued: counter(
      'transfer_rescued_records_total',
      'Records damaged where they were to be copied from, and merged from all other replicas',
    ),
  };
}
