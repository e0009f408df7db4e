/** Watches the metadata group of a simulated cluster: what befell it in this run. */

import type { TestCluster } from '../harness.ts';
import type { GroupCounts } from './coverage.ts';

const CHUNK_TAKEN = /arrived .* reply \d+ group\.snapshot$/;

export class GroupObserver {
  readonly #cluster: TestCluster;
  /** Leaders by term, and sets of voters. */
  readonly #leaders = new Set<string>();
  readonly #voters = new Set<string>();
  /** By member and index; the one that each begins with is among them. */
  readonly #snapshots = new Set<string>();
  #snapshotChunksSent = 0;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
    cluster.simulation.onTrace = (line) => {
      if (CHUNK_TAKEN.test(line)) this.#snapshotChunksSent++;
    };
  }

  /** Asks every node that is up. What comes and goes between two looks is not counted. */
  async look(): Promise<void> {
    for (const id of this.#cluster.up) {
      const status = await this.#cluster.request(id, async (node) => node.groupStatus());
      this.#snapshots.add(`${id} ${status.snapshotIndex}`);
      if (status.role !== 'leader') continue;
      this.#leaders.add(`${status.term} ${id}`);
      this.#voters.add(status.voters.toSorted().join());
    }
  }

  get counts(): GroupCounts {
    return {
      leaderChanges: this.#leaders.size - 1,
      voterChanges: this.#voters.size - 1,
      snapshots: this.#snapshots.size - this.#cluster.nodeIds.length,
      snapshotChunksSent: this.#snapshotChunksSent,
    };
  }
}
