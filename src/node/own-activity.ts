/** What this node has done since it started: read from its metrics and its part in the group. */

import type { NodeActivity, RequestCounts } from '../kernel/activity.ts';
import { NOTHING_OBSERVED, together } from '../kernel/distribution.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics, Reading } from '../ports/metrics.ts';
import type { RaftStatus } from '../raft/status.ts';

export interface OwnActivityPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly metrics: Pick<Metrics, 'read'>;
  /** Of this start. */
  readonly life: number;
  readonly ready: () => boolean;
  readonly raft: () => Pick<RaftStatus, 'role' | 'term' | 'commit'>;
  readonly appliedIndex: () => number;
}

export class OwnActivity {
  readonly #ports: OwnActivityPorts;
  readonly #startedAt: number;

  constructor(ports: OwnActivityPorts) {
    this.#ports = ports;
    this.#startedAt = ports.clock.now();
  }

  now(): NodeActivity {
    const { clock, metrics, life, ready, raft, appliedIndex } = this.#ports;
    const one = (name: string, label?: string) => valueIn(metrics.read(name), label);
    const { role, term, commit } = raft();
    return {
      life,
      upMs: clock.now() - this.#startedAt,
      ready: ready(),
      requests: requestsIn(metrics.read('request_seconds')),
      problems: problemsIn(metrics.read('http_problems_total')),
      hints: {
        waiting: one('hints_waiting'),
        waitingBytes: one('hints_waiting_bytes'),
        stored: one('hints_stored_total'),
        delivered: one('hints_delivered_total'),
      },
      antiEntropy: {
        exchanges: one('exchanges_total'),
        failures: one('exchange_failures_total'),
        keysPulled: one('exchanged_keys_total', 'pulled'),
        keysPushed: one('exchanged_keys_total', 'pushed'),
      },
      readRepairs: {
        begun: one('read_repairs_total'),
        failed: one('read_repair_failures_total'),
      },
      siblings: metrics.read('put_siblings')[0]?.distribution ?? NOTHING_OBSERVED,
      transfers: {
        running: one('transfers_running'),
        bytesIn: one('transfer_bytes_total', 'in'),
        bytesOut: one('transfer_bytes_total', 'out'),
      },
      raft: { role, term, commitIndex: commit, appliedIndex: appliedIndex() },
    };
  }
}

/** Of the series with this value of its label, or of the only one; 0 where there is none. */
function valueIn(readings: readonly Reading[], label: string | undefined): number {
  const wanted = readings.find(
    ({ labels }) => label === undefined || Object.values(labels).includes(label),
  );
  return wanted?.value ?? 0;
}

function requestsIn(readings: readonly Reading[]): NodeActivity['requests'] {
  const operations = new Set(readings.map(({ labels }) => labels.operation ?? ''));
  return Object.fromEntries(
    [...operations].map((operation) => {
      const own = readings.filter(({ labels }) => labels.operation === operation);
      return [operation, countsOf(own)];
    }),
  );
}

function countsOf(readings: readonly Reading[]): RequestCounts {
  const of = (outcome: string) =>
    readings.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
  const seconds = together(readings.flatMap(({ distribution = [] }) => distribution));
  return { succeeded: of('succeeded'), failed: of('failed'), seconds };
}

function problemsIn(readings: readonly Reading[]): NodeActivity['problems'] {
  const met = readings.filter(({ value }) => value > 0);
  return Object.fromEntries(met.map(({ labels, value }) => [labels.code ?? '', value]));
}
