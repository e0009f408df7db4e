/** Numbers about this node's part in the metadata group. */

import type { MetadataState } from '../../metadata/state.ts';
import type { Gauge, Metrics } from '../../ports/metrics.ts';
import type { RaftStatus } from '../../raft/status.ts';

export class GroupMetrics {
  readonly #gauges: Readonly<Record<keyof Figures, Gauge>>;
  readonly #leaderChanges;
  #leader: number | undefined;

  constructor(metrics: Metrics) {
    const gauge = (name: string, help: string) => metrics.gauge({ name: `raft_${name}`, help });
    this.#gauges = {
      term: gauge('term', 'Term of the metadata group as this member knows it'),
      leading: gauge('leading', '1 while this node leads the metadata group'),
      commitIndex: gauge('commit_index', 'Last entry known to be committed'),
      appliedIndex: gauge('applied_index', 'Last entry applied here'),
      lastIndex: gauge('last_index', 'Last entry of the log here'),
      logEntries: gauge('log_entries', 'Entries of the log that are kept here'),
      uncommittedBytes: gauge('uncommitted_bytes', 'Proposed and not committed, on the leader'),
      values: gauge('values', 'Keys in raft buckets'),
      valueBytes: gauge('value_bytes', 'Bytes of keys and values in raft buckets'),
    };
    this.#leaderChanges = metrics.counter({
      name: 'raft_leader_changes_total',
      help: 'How often this member saw another leader of the metadata group',
    });
  }

  observe(status: RaftStatus, state: MetadataState | undefined): void {
    const figures = figuresOf(status, state);
    for (const name of Object.keys(figures) as (keyof Figures)[]) {
      this.#gauges[name].set(figures[name]);
    }
    if (status.leader === this.#leader || status.leader === 0) return;
    if (this.#leader !== undefined) this.#leaderChanges.add();
    this.#leader = status.leader;
  }
}

type Figures = ReturnType<typeof figuresOf>;

function figuresOf(status: RaftStatus, state: MetadataState | undefined) {
  return {
    term: status.term,
    leading: status.role === 'leader' ? 1 : 0,
    commitIndex: status.commit,
    appliedIndex: state?.index ?? 0,
    lastIndex: status.lastIndex,
    logEntries: status.lastIndex - status.firstIndex + 1,
    uncommittedBytes: status.uncommittedBytes,
    values: state?.values.count ?? 0,
    valueBytes: state?.values.bytes ?? 0,
  };
}
