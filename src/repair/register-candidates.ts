/**
 * The registers of a partition that could be erased, as this node has them: without a value, or
 * with one that has expired, and no change with an id of the last hour is known of them. Within
 * that time a client may ask for the same change again, and be told what became of it. Who comes
 * later in the list waits for longer.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { timeOfRequest } from '../kernel/request-id.ts';
import { type AcceptorRecord, decodeAcceptorRecord } from '../paxos/acceptor-record.ts';
import { listOfBallot } from '../paxos/ballot.ts';
import { presentContent } from '../paxos/evaluate.ts';
import type { RecordedChange } from '../paxos/register.ts';
import { decodeRegister } from '../paxos/register-codec.ts';
import type { Store } from '../ports/store.ts';
import { type Address, addressAt, registerKey } from '../replica/store-keys.ts';
import { ID_WINDOW_MS } from './id-window.ts';
import type { RegisterItem } from './register-messages.ts';

export interface Candidate {
  readonly item: RegisterItem;
  /**
   * The highest time of an id that a client gave and that the register tells of, or has
   * forgotten; ms, 0: none.
   */
  readonly idTime: number;
  /** Its value has expired, and has to be made absent first. */
  readonly isExpired: boolean;
}

export type Judged =
  | { readonly type: 'candidate'; readonly candidate: Candidate }
  /** It could go from then on, if it stays as it is; wall time, ms. */
  | { readonly type: 'later'; readonly at: number }
  | { readonly type: 'stays' };

/**
 * `now`: wall time, ms since 1970; `oldMs`: when an id is old. Throws `DecodeError` where the
 * record is damaged.
 */
export function judgeRegister(
  storedKey: Uint8Array,
  stored: Uint8Array,
  now: number,
  oldMs: number = ID_WINDOW_MS,
): Judged {
  const record = decodeAcceptorRecord(stored);
  const register = decodeRegister(record.register);
  const { changes, evictedAt } = register;
  const oldAt = Math.max(evictedAt, latest(changes)) + oldMs;
  const { content } = register;
  if (content !== undefined && content.expiresAt === undefined) return { type: 'stays' };
  const at = Math.max(oldAt, content?.expiresAt ?? 0);
  if (at > now) return { type: 'later', at };
  const isExpired = content !== undefined && presentContent(register, now) === undefined;
  const idTime = Math.max(evictedAt, latest(changes.filter(({ given }) => given)));
  const candidate = { item: itemOf(addressAt(storedKey), record), idTime, isExpired };
  return { type: 'candidate', candidate };
}

/** The register as it is here now; undefined where it cannot go (any more). */
export function candidateAt(store: Store, address: Address, now: number): Candidate | undefined {
  const storedKey = registerKey(address);
  const stored = store.get(storedKey);
  if (stored === undefined) return undefined;
  try {
    const judged = judgeRegister(storedKey, stored, now);
    return judged.type === 'candidate' ? judged.candidate : undefined;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}

function itemOf({ bucketNumber, key }: Address, { accepted }: AcceptorRecord): RegisterItem {
  return [bucketNumber, Uint8Array.from(key), listOfBallot(accepted)];
}

function latest(changes: readonly RecordedChange[]): number {
  return Math.max(0, ...changes.map(({ id }) => timeOfRequest(id)));
}
