/**
 * What this node may propose without a prepare: by key, the ballot that a prepare quorum
 * promised along with the last accept, and the register that this accept made.
 *
 * A grant is taken out while it is used, and put back by success only. Losing one costs a round
 * trip; nothing rests on having it, or on nobody else proposing: acceptors that promised
 * something higher since refuse it.
 *
 * What is kept has its bytes for itself: as they came they would keep alive the messages that they
 * came in, however large.
 */

import type { NodeId } from '../kernel/names.ts';
import type { Gauge, Metrics } from '../ports/metrics.ts';
import { type Ballot, sameBallot } from './ballot.ts';
import type { Register } from './register.ts';

export interface Grant {
  /** Promised by a prepare quorum, and not used yet. */
  readonly ballot: Ballot;
  /** Under which the register was chosen. */
  readonly accepted: Ballot;
  readonly register: Register;
  /**
   * When the round began that showed this to be chosen and nothing later to be, in the
   * proposer's own count; see there.
   */
  readonly asOf: number;
  /** Nodes whose replies showed it. */
  readonly reached: readonly NodeId[];
}

const GRANTS_MAX = 10_000;
/** Of the registers in them, about. */
const GRANT_BYTES_MAX = 32 * 1024 * 1024;
/** About what a recorded change takes in memory. */
const CHANGE_BYTES = 400;

export class Grants {
  readonly #grants = new Map<string, Grant>();
  readonly #count: Gauge;
  readonly #registerBytes: Gauge;
  #bytes = 0;

  constructor(metrics: Metrics) {
    this.#count = metrics.gauge({
      name: 'register_grants',
      help: 'Keys of paxos buckets that this node may change without a prepare',
    });
    this.#registerBytes = metrics.gauge({
      name: 'register_grants_bytes',
      help: 'Of what these keys hold, and is kept in memory',
    });
  }

  /** Leaves the grant where it is; undefined where there is none of this epoch. */
  get(key: string, epoch: number): Grant | undefined {
    const grant = this.#grants.get(key);
    return grant?.ballot.epoch === epoch ? grant : undefined;
  }

  /** Takes the grant out; undefined where there is none of this epoch. */
  take(key: string, epoch: number): Grant | undefined {
    const grant = this.#grants.get(key);
    if (grant === undefined) return undefined;
    this.#remove(key, grant);
    this.#show();
    return grant.ballot.epoch === epoch ? grant : undefined;
  }

  /**
   * A round that began at `asOf` showed that this ballot is the latest under which something was
   * chosen. Nothing changes for a grant that rests on another ballot, or is in use.
   */
  confirm(key: string, { accepted, asOf, reached }: Pick<Grant, 'accepted' | 'asOf' | 'reached'>) {
    const grant = this.#grants.get(key);
    if (grant === undefined || !sameBallot(grant.accepted, accepted)) return;
    if (grant.asOf < asOf) this.#grants.set(key, { ...grant, asOf, reached });
  }

  /** Forgets those that were used longest ago where there are too many. */
  put(key: string, grant: Grant): void {
    this.take(key, grant.ballot.epoch);
    this.#grants.set(key, { ...grant, register: withOwnBytes(grant.register) });
    this.#bytes += bytesOf(grant);
    for (const [oldest, its] of this.#grants) {
      if (this.#grants.size <= GRANTS_MAX && this.#bytes <= GRANT_BYTES_MAX) break;
      this.#remove(oldest, its);
    }
    this.#show();
  }

  #remove(key: string, grant: Grant): void {
    this.#grants.delete(key);
    this.#bytes -= bytesOf(grant);
  }

  #show(): void {
    this.#count.set(this.#grants.size);
    this.#registerBytes.set(this.#bytes);
  }
}

function bytesOf({ register: { content, changes } }: Grant): number {
  const ofChanges = changes.length * CHANGE_BYTES;
  if (content === undefined) return ofChanges;
  const { value, carried, contentType, meta } = content;
  const ofTexts = meta.reduce((sum, [name, text]) => sum + name.length + text.length, 0);
  return ofChanges + value.length + (carried?.length ?? 0) + contentType.length + ofTexts;
}

function withOwnBytes(register: Register): Register {
  const { content, changes } = register;
  return {
    ...register,
    content: content && {
      ...content,
      value: ownBytes(content.value),
      carried: content.carried && ownBytes(content.carried),
    },
    changes: changes.map((change) =>
      isOwn(change.id) ? change : { ...change, id: ownBytes(change.id) },
    ),
  };
}

function ownBytes(bytes: Uint8Array): Uint8Array {
  return isOwn(bytes) ? bytes : new Uint8Array(bytes);
}

function isOwn(bytes: Uint8Array): boolean {
  return bytes.length === bytes.buffer.byteLength;
}
