/**
 * A record that is damaged where it was to be copied from: what all other replicas of the key
 * have, merged, is taken in its place (protocols.md, section 1, as in ../record-rebuild.ts).
 *
 * To leave it out would lose an acknowledged write, or bring an older value to light: the
 * receiver would answer "absent" where the source answered with an error. One that is silent may
 * be the one that has the write, so all of them have to answer, but for those that are dead. Where
 * nobody can read it the move waits until an operator accepts the loss (../record-rebuild.ts), or
 * deletes the bucket.
 */

import { decodeObject, encodeObject } from '../../causality/object-codec.ts';
import { ABSENT, isAbsent, merge } from '../../causality/sibling-object.ts';
import { DecodeError } from '../../kernel/bytes.ts';
import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import { percentEncode } from '../../kernel/percent.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Transport } from '../../ports/transport.ts';
import { type CarriedState, FETCH_OBJECT, fetchRequest } from '../../replica/messages.ts';
import type { Address } from '../../replica/store-keys.ts';
import type { Bucket } from '../../ring/cluster-view.ts';
import type { Move } from '../../ring/move.ts';

export interface RecordRescuePorts {
  readonly self: NodeId;
  readonly clock: Pick<Clock, 'now'>;
  readonly transport: Transport;
  readonly isDead: (node: NodeId) => boolean;
}

const FETCH_MS_MAX = 5_000;

export class RecordRescue {
  readonly #ports: RecordRescuePorts;

  constructor(ports: RecordRescuePorts) {
    this.#ports = ports;
  }

  /**
   * Undefined where none of them knows the key. Throws `corrupt_record`, with what an operator
   * can do, where there is nobody to ask, or one of them has it damaged too; and what keeps one
   * from answering.
   */
  async fetch(
    { from }: Pick<Move, 'from'>,
    bucket: Bucket,
    source: NodeId,
    address: Address & { readonly epoch: number },
  ): Promise<CarriedState | undefined> {
    const { self, isDead } = this.#ports;
    const others = from.slice(0, bucket.n).filter((node) => node !== source && !isDead(node));
    if (others.length === 0) {
      throw unreadable(bucket, address, `on ${source}, and nobody else alive has it`);
    }
    // What this node has is merged when the rest is taken.
    const asked = others.filter((node) => node !== self);
    const fetched = await Promise.all(
      asked.map((node) =>
        this.#fetch(node, address).catch((error: unknown) => {
          const isDamaged = error instanceof QuorateError && error.code === 'corrupt_record';
          throw isDamaged ? unreadable(bucket, address, `on ${source} and on ${node}`) : error;
        }),
      ),
    );
    const known = fetched.map(({ object }) => object).reduce(merge, ABSENT);
    if (isAbsent(known)) return undefined;
    const reap = Math.min(...fetched.map((one) => one.reap));
    return { encoded: encodeObject(known), reap };
  }

  async #fetch(node: NodeId, address: Address & { readonly epoch: number }) {
    const { transport, clock } = this.#ports;
    const deadline = clock.now() + FETCH_MS_MAX;
    const request = fetchRequest(address, null);
    const [reap, , version] = await transport.call(node, FETCH_OBJECT, request, { deadline });
    if (!(version instanceof Uint8Array)) return { reap, object: ABSENT };
    try {
      return { reap, object: decodeObject(version) };
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw new QuorateError('bad_request', `an object of ${node} ${error.message}`);
    }
  }
}

function unreadable({ name }: Bucket, { partition, key }: Address, where: string): QuorateError {
  const text = percentEncode(key);
  return new QuorateError(
    'corrupt_record',
    `damaged record: key ${text} of bucket ${name} (partition ${partition}) cannot be read ${where}; to go on without it: quorate repair --bucket ${name} --accept-loss ${text}`,
  );
}
