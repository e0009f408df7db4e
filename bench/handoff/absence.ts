/** Some nodes of a cluster are away for a while, all together. */

import type { LocalCluster } from '../../cluster/local-cluster.ts';
import type { NodeProcess } from '../../cluster/node-process.ts';
import type { NodeClient } from '../../src/client/http-client.ts';

export class Absence {
  readonly cluster: LocalCluster;
  readonly away: readonly string[];
  /** The nodes that stay. */
  readonly left: readonly string[];

  constructor(cluster: LocalCluster, away: readonly string[]) {
    this.cluster = cluster;
    this.away = away;
    this.left = cluster.nodes.map(({ name }) => name).filter((name) => !away.includes(name));
  }

  get urlsLeft(): readonly string[] {
    return this.left.map((name) => this.cluster.node(name).url);
  }

  get clientsLeft(): readonly NodeClient[] {
    return this.left.map((name) => this.cluster.client(name));
  }

  /** Kill -9; resolves when those that stay know of it. */
  async begin(): Promise<void> {
    await Promise.all(this.#processes.map((node) => node.kill()));
    for (const observer of this.left) {
      for (const name of this.away) await this.cluster.waitUntilReachable(observer, name, false);
    }
  }

  /** Resolves when all are ready. */
  async end(): Promise<void> {
    await Promise.all(this.#processes.map((node) => node.start()));
  }

  get #processes(): readonly NodeProcess[] {
    return this.away.map((name) => this.cluster.node(name));
  }
}
