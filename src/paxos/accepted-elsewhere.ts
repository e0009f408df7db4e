/**
 * What other acceptors have accepted of a key, where the record of one is damaged. Each is asked
 * at the present epoch of the partition, so none of them accepts anything of an earlier one after
 * its answer.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Transport } from '../ports/transport.ts';
import type { Addressed } from '../replica/messages.ts';
import { type AcceptorRecord, BLANK } from './acceptor-record.ts';
import { ballotOfList, compareBallots } from './ballot.ts';
import { READ_REGISTER, readRegisterRequest } from './messages.ts';

export interface ElsewherePorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly transport: Transport;
}

const ANSWER_MS_MAX = 5_000;

/** The highest that any of them has accepted, as a record that is copied. Throws what any of them throws. */
export async function highestElsewhere(
  { clock, transport }: ElsewherePorts,
  nodes: readonly NodeId[],
  address: Addressed,
): Promise<AcceptorRecord> {
  const deadline = clock.now() + ANSWER_MS_MAX;
  const request = readRegisterRequest(address, undefined);
  const answers = await Promise.all(
    nodes.map(async (node): Promise<AcceptorRecord> => {
      const reply = await transport.call(node, READ_REGISTER, request, { deadline });
      const [accepted, , register] = reply;
      if (register === 'same') {
        throw new QuorateError('bad_request', `${node} says "same" of a ballot it was not told`);
      }
      const ballot = ballotOfList(accepted);
      return { promised: ballot, accepted: ballot, copied: true, register };
    }),
  );
  return answers.reduce(
    (highest, one) => (compareBallots(one.accepted, highest.accepted) > 0 ? one : highest),
    BLANK,
  );
}
