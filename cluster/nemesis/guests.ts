/** Nodes that join a cluster for a while: one after the other, since each waits for the last. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../local-cluster.ts';
import type { NodeProcess } from '../node-process.ts';

/** For the last one to be gone, once the cluster is whole. */
const LEAVING_MS_MAX = 120_000;
const RETRY_MS = 250;

export class Guests {
  readonly #cluster: LocalCluster;
  /** What has been asked for is done in order. */
  #line: Promise<void> = Promise.resolve();
  #guest: NodeProcess | undefined;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(cluster: LocalCluster) {
    this.#cluster = cluster;
  }

  /** A further node comes as soon as it is let in. */
  join(): void {
    this.#line = this.#line.then(async () => {
      const before = this.#cluster.nodes.length;
      // Under other faults it may not get in within its time: then it is started again later.
      await this.#cluster.join().catch(() => {});
      this.#guest = this.#cluster.nodes[before];
    });
  }

  /** Resolves when the one that came last is gone. */
  leave(): Promise<void> {
    this.#line = this.#line.then(async () => {
      const guest = this.#guest;
      if (guest === undefined) return;
      for (;;) {
        const failure = await this.#tryToLeave(guest);
        if (failure === undefined) return;
        if (performance.now() >= this.#deadline) throw failure;
        await sleep(RETRY_MS);
      }
    });
    return this.#line;
  }

  /** Resolves when all that came are gone; the cluster is whole. */
  async gone(): Promise<void> {
    this.#deadline = performance.now() + LEAVING_MS_MAX;
    await this.#line;
    if (this.#guest !== undefined) await this.#cluster.waitUntilSettled(LEAVING_MS_MAX);
  }

  async #tryToLeave(guest: NodeProcess): Promise<Error | undefined> {
    try {
      if (!guest.isRunning) await guest.start();
      await this.#cluster.leave(guest.name);
      return undefined;
    } catch (error) {
      const gone = await this.#cluster.isMember(guest.name).then(
        (member) => !member,
        () => false,
      );
      if (!gone) return error as Error;
      await guest.stop();
      return undefined;
    }
  }
}
