/**
 * Leases: what keys of raft buckets may be tied to, so that they go when their owner does
 * (etcd's leases; Chubby, section 2.8).
 *
 * The state machine has no clock. The leader measures how long ago it saw a renewal applied
 * and proposes the expiry; a renewal that the log ordered before it wins, because an expiry
 * names the renewal that it means.
 */

import { QuorateError } from '../kernel/errors.ts';
import { type Codec, record, uint } from './codec.ts';

export const LEASES_MAX = 10_000;
export const LEASE_TTL_MS_MIN = 1_000;
export const LEASE_TTL_MS_MAX = 86_400_000;

export interface Lease {
  /** The index of the entry that granted it. */
  readonly id: number;
  readonly ttlMs: number;
  /** The index of the entry that renewed it last, or granted it. */
  readonly renewedAt: number;
}

/** A lease as it was when somebody judged that its time is up. */
export type LeaseExpiry = Pick<Lease, 'id' | 'renewedAt'>;

export const leaseCodec: Codec<Lease> = record<Lease>({ id: uint, ttlMs: uint, renewedAt: uint });

export class Leases {
  /** In the order of their ids. */
  readonly #byId = new Map<number, Lease>();

  constructor(leases: Iterable<Lease> = []) {
    for (const lease of leases) this.#byId.set(lease.id, lease);
  }

  all(): ReadonlyMap<number, Lease> {
    return this.#byId;
  }

  get(id: number): Lease | undefined {
    return this.#byId.get(id);
  }

  /** Throws `no_such_lease`. */
  demand(id: number): Lease {
    const lease = this.#byId.get(id);
    if (lease === undefined) {
      const detail = `there is no lease ${id}; it has expired or was revoked`;
      throw new QuorateError('no_such_lease', detail);
    }
    return lease;
  }

  grant(ttlMs: number, index: number): Lease {
    if (!Number.isInteger(ttlMs) || ttlMs < LEASE_TTL_MS_MIN || ttlMs > LEASE_TTL_MS_MAX) {
      const detail = `a lease lasts ${LEASE_TTL_MS_MIN} to ${LEASE_TTL_MS_MAX} ms; not ${ttlMs}`;
      throw new QuorateError('bad_parameter', detail, { parameter: 'ttlMs' });
    }
    if (this.#byId.size >= LEASES_MAX) {
      throw new QuorateError('too_many_leases', `there are ${LEASES_MAX} leases; revoke one first`);
    }
    const lease = { id: index, ttlMs, renewedAt: index };
    this.#byId.set(lease.id, lease);
    return lease;
  }

  renew(id: number, index: number): void {
    this.#byId.set(id, { ...this.demand(id), renewedAt: index });
  }

  revoke(id: number): void {
    this.demand(id);
    this.#byId.delete(id);
  }

  /** Whether it expired: not if it is gone, or was renewed since it was judged. */
  expire({ id, renewedAt }: LeaseExpiry): boolean {
    if (this.#byId.get(id)?.renewedAt !== renewedAt) return false;
    return this.#byId.delete(id);
  }
}
