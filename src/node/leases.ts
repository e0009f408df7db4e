/** Leases: promises with a time limit that keys of `raft` buckets can be attached to. */

import { QuorateError } from '../kernel/errors.ts';
import { InvariantError } from '../kernel/invariant.ts';
import type { Command } from '../metadata/command.ts';
import type { MetadataGroup } from './metadata-group/metadata-group.ts';
import { errorOfReply } from './raft-buckets.ts';
import type { RequestLedger } from './request-ledger.ts';

export interface LeaseStatus {
  readonly id: number;
  readonly ttlMs: number;
  /** Keys that go when it ends. */
  readonly keys: number;
}

export class Leases {
  readonly #group: MetadataGroup;
  readonly #requests: RequestLedger;

  constructor(group: MetadataGroup, requests: RequestLedger) {
    this.#group = group;
    this.#requests = requests;
  }

  grant(ttlMs: number, timeoutMs: number): Promise<LeaseStatus> {
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      const { reply } = await this.#group.client.run({ type: 'grant_lease', ttlMs }, deadline);
      if (!reply.ok) throw errorOfReply(reply);
      if (reply.type !== 'grant_lease') throw new InvariantError('a lease without an id');
      return { id: reply.id, ttlMs, keys: 0 };
    });
  }

  /** Begins its time anew. Throws `no_such_lease` when it ran out before. */
  renew(id: number, timeoutMs: number): Promise<LeaseStatus> {
    return this.#change({ type: 'renew_lease', id }, timeoutMs, () => this.#status(id));
  }

  /** Ends it now; its keys go. */
  async revoke(id: number, timeoutMs: number): Promise<void> {
    await this.#change({ type: 'revoke_lease', id }, timeoutMs, () => undefined);
  }

  get(id: number, timeoutMs: number): Promise<LeaseStatus> {
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      await this.#group.client.readBarrier(deadline);
      return this.#status(id);
    });
  }

  #change<Result>(command: Command, timeoutMs: number, then: () => Result): Promise<Result> {
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      const { index, reply } = await this.#group.client.run(command, deadline);
      if (!reply.ok) throw errorOfReply(reply);
      await this.#group.runner.applied(index, deadline);
      return then();
    });
  }

  #status(id: number): LeaseStatus {
    const { state } = this.#group;
    const lease = state?.leases.get(id);
    if (lease !== undefined)
      return { id, ttlMs: lease.ttlMs, keys: state?.values.attached(id) ?? 0 };
    throw new QuorateError('no_such_lease', `there is no lease ${id}, or it has ended`);
  }
}
