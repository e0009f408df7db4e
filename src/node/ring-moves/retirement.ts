/**
 * Lets nodes go that have no places any more: who is leaving when it keeps nothing for others
 * either, who is dead at once. By the node that leads the metadata group.
 *
 * The state machine refuses who has places. Hints it knows nothing of: those of a node that is
 * switched off too early would be lost, so nobody is let go who does not say that it has none.
 */

import { isExpected } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Command } from '../../metadata/command.ts';
import { holdersOf } from '../../metadata/ring-moves.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Transport } from '../../ports/transport.ts';
import { TRANSFER_STATUS } from './transfer-status.ts';

export interface RetirementPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly transport: Transport;
  /** Has the group carry out a command that may run twice. */
  readonly run: (command: Command) => Promise<unknown>;
  readonly onFatal: (error: unknown) => void;
}

const LOOK_EVERY_MS = 500;
const ASK_MS_MAX = 1_000;

export class Retirement {
  readonly #ports: RetirementPorts;
  #busy = false;
  /** In `clock.now()`. */
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(ports: RetirementPorts) {
    this.#ports = ports;
  }

  /** Of the leader: may be called at any time. */
  look(state: MetadataState): void {
    const now = this.#ports.clock.now();
    if (this.#busy || now < this.#nextAt) return;
    const candidates = candidatesOf(state);
    if (candidates.length === 0) return;
    this.#busy = true;
    this.#nextAt = now + LOOK_EVERY_MS;
    this.#retire(candidates)
      .catch((error: unknown) => {
        if (!isExpected(error)) return this.#ports.onFatal(error);
        this.#ports.logger.debug('a node that leaves stays yet', { error });
      })
      .finally(() => {
        this.#busy = false;
      });
  }

  async #retire(candidates: readonly Candidate[]): Promise<void> {
    for (const { name, isAlive } of candidates) {
      if (isAlive && !(await this.#hasNothing(name))) continue;
      await this.#ports.run({ type: 'retire_node', name });
    }
  }

  /** It says that it keeps nothing for others, and from there on takes nothing. */
  async #hasNothing(node: NodeId): Promise<boolean> {
    const { transport, clock } = this.#ports;
    const deadline = clock.now() + ASK_MS_MAX;
    try {
      const share = await transport.call(node, TRANSFER_STATUS, null, { deadline });
      return share.departing && share.hintsHeld === 0;
    } catch (error) {
      if (!isExpected(error)) throw error;
      return false;
    }
  }
}

interface Candidate {
  readonly name: NodeId;
  readonly isAlive: boolean;
}

function candidatesOf(state: MetadataState): readonly Candidate[] {
  const ring = state.ring();
  if (ring === undefined) return [];
  const inRing = new Set(ring.members.map(({ id }) => id));
  const going = state
    .nodes()
    .filter(({ name, status }) => status === 'leaving' || (status === 'dead' && inRing.has(name)));
  if (going.length === 0) return [];
  const holders = holdersOf(ring, state.goal());
  return going
    .filter(({ name }) => !holders.has(name))
    .map(({ name, status }) => ({ name, isAlive: status === 'leaving' }));
}
