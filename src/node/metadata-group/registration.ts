/**
 * Has the group learn of this start, for as long as it takes: until then the node counts for
 * nothing. A start that is refused must not go on.
 */

import { QuorateError } from '../../kernel/errors.ts';
import { InvariantError } from '../../kernel/invariant.ts';
import { LATEST_VERSION } from '../../metadata/cluster-version.ts';
import type { Command } from '../../metadata/command.ts';
import type { NodeAddress } from '../../metadata/node-record.ts';
import type { Start } from '../../metadata/starts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { CommandClient } from './command-client.ts';
import type { GroupIdentity } from './group-identity.ts';
import type { RaftRunner } from './raft-runner.ts';

export interface RegistrationPorts {
  readonly identity: GroupIdentity;
  readonly start: () => Start;
  readonly address: NodeAddress;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly client: CommandClient;
  readonly runner: RaftRunner;
  readonly isStopped: () => boolean;
}

/** How long one attempt may take. */
const ATTEMPT_MS_MAX = 5_000;
const PAUSE_MS = 50;

/**
 * Resolves with true when the group knows of the start and this node knows that it does; with
 * false where the node stops before. Throws `InvariantError` where the start is refused.
 */
export async function registerStart(ports: RegistrationPorts): Promise<boolean> {
  const { identity, start, address, clock, logger, client, runner } = ports;
  const { nodeNo, directoryId } = identity;
  const named = { nodeNo, directoryId, address, version: LATEST_VERSION };
  const command: Command = { type: 'register_start', ...named, ...start() };
  while (!ports.isStopped()) {
    try {
      const { index, reply } = await client.runIdempotent(command, clock.now() + ATTEMPT_MS_MAX);
      if (!reply.ok) throw new InvariantError(refusedStart(reply.code, reply.detail));
      await runner.applied(index, Number.POSITIVE_INFINITY);
      return true;
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      logger.debug('start not registered yet', { error });
      await new Promise<void>((resolve) => clock.setTimer(PAUSE_MS, resolve));
    }
  }
  return false;
}

export function refusedStart(code: string, detail: string): string {
  return `the cluster refuses this start (${code}): ${detail}`;
}
