/**
 * What became of changes to raft buckets that have an id of their client (kernel/request-id.ts):
 * such a change runs once, by way of whatever nodes and however often it is asked for, and who
 * asks again hears the same. (sessions.ts does this for one command of one node.)
 *
 * An id names a change to one key: under another key it names another change. Outcomes are kept
 * apart from the values, so they outlive a delete.
 *
 * Invariant: `mark` is the highest time of those ids whose outcomes are forgotten. Of a change
 * from a time up to the mark that is not found here nobody knows whether it ran, so it does not.
 * Those with the lowest times are forgotten first, in whatever order they came: a client whose
 * clock is ahead costs the others nothing.
 */

import { ByteWriter, mapKeyOf } from '../kernel/bytes.ts';
import type { ErrorCode } from '../kernel/errors.ts';
import { timeOfRequest } from '../kernel/request-id.ts';
import { bytes, type Codec, record } from './codec.ts';
import { type CommandReply, type Refusal, replyCodec } from './reply.ts';
import { bytesOfMapKey, newSortedTree, type SortedTree } from './sorted-tree.ts';

/** Some 8 MiB of memory on every node; with the longest keys 40. */
export const OUTCOMES_MAX = 32_768;

/** As far as a name, like a stored key, has room for it. */
const BUCKET_NUMBER_MAX = 2 ** 48 - 1;

/** Refusals that are final. Others depend on more than the key, and may be over a moment later. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'condition_failed',
  'not_a_number',
  'out_of_range',
  'value_too_large',
]);

export interface NamedChange {
  readonly requestId: Uint8Array;
  readonly bucketNumber: number;
  readonly key: Uint8Array;
}

export interface KeptOutcome {
  /** Id, bucket and key of the change, so that they sort by time. */
  readonly name: Uint8Array;
  readonly reply: CommandReply;
}

export const outcomeCodec: Codec<KeptOutcome> = record<KeptOutcome>({
  name: bytes,
  reply: replyCodec,
});

export class RequestOutcomes {
  readonly #byName: SortedTree<CommandReply> = newSortedTree();
  #mark: number;

  constructor(mark: number) {
    this.#mark = mark;
  }

  /** Takes up what a snapshot had. Nothing of what is given is kept. */
  restore({ name, reply }: KeptOutcome): void {
    this.#byName.set(mapKeyOf(name), reply);
  }

  get count(): number {
    return this.#byName.size;
  }

  /** Ms since 1970; 0: nothing is forgotten. */
  get mark(): number {
    return this.#mark;
  }

  /** The reply to this change: of `execute`, or the kept one where it ran before. */
  run(change: NamedChange, execute: () => CommandReply): CommandReply {
    // No bucket has such a number, so the change is refused, and as often as it is asked for.
    if (change.bucketNumber > BUCKET_NUMBER_MAX) return execute();
    const name = nameOf(change);
    const kept = this.#byName.get(name);
    if (kept !== undefined) return kept;
    if (timeOfRequest(change.requestId) <= this.#mark) return forgotten();
    const reply = execute();
    if (reply.ok || FINAL.has(reply.code)) this.#keep(name, reply);
    return reply;
  }

  /** As of this call, by name; later changes do not show in it. */
  capture(): Iterable<KeptOutcome> {
    const tree = this.#byName.clone();
    return (function* () {
      for (const [name, reply] of tree.entries()) yield { name: bytesOfMapKey(name), reply };
    })();
  }

  #keep(name: string, reply: CommandReply): void {
    this.#byName.set(name, reply);
    if (this.#byName.size <= OUTCOMES_MAX) return;
    const first = this.#byName.minKey() as string;
    this.#byName.delete(first);
    this.#mark = Math.max(this.#mark, timeOfRequest(bytesOfMapKey(first)));
  }
}

function nameOf({ requestId, bucketNumber, key }: NamedChange): string {
  const writer = new ByteWriter();
  writer.raw(requestId);
  writer.u48(bucketNumber);
  writer.raw(key);
  return mapKeyOf(writer.view());
}

function forgotten(): Refusal {
  const detail =
    'changes as old as this one, by the time in its id, are no longer remembered, so whether it ran is not known, and it was not run now; read the key to find out';
  return { ok: false, code: 'outcome_unknown', detail, facts: { forgotten: true } };
}
