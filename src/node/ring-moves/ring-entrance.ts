/**
 * A node that is new to the cluster asks for its share of the ring, or for the places of the
 * dead node that it is to replace, and commits to that by itself.
 *
 * What an operator has staged is his to commit: it would be begun along with this. So a node
 * waits while there is anything but such wishes. Several nodes that come at once stage theirs
 * side by side, and whoever is first commits to all of them, but for those who do not answer any
 * more: their share would wait for them. What they staged is taken back; should they come back,
 * they stage it again.
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Command } from '../../metadata/command.ts';
import { committing, planned } from '../../metadata/planning.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Liveness } from '../../ports/liveness.ts';
import type { Logger } from '../../ports/logger.ts';
import type { StagedChange } from '../../ring/changes.ts';
import type { MetadataGroup } from '../metadata-group/metadata-group.ts';
import { errorOfReply } from '../raft-buckets.ts';
import { refuseWhileAlive } from './refuse-while-alive.ts';

export interface RingEntrancePorts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly group: MetadataGroup;
  readonly liveness: Pick<Liveness, 'reachable'>;
  readonly onFatal: (error: unknown) => void;
}

const LOOK_EVERY_MS = 250;
const COMMAND_MS_MAX = 5_000;

export class RingEntrance {
  readonly #ports: RingEntrancePorts;
  #stopped = false;

  constructor(ports: RingEntrancePorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#goOn().catch(this.#ports.onFatal);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #goOn(): Promise<void> {
    const { clock, group, logger } = this.#ports;
    while (!this.#stopped) {
      const { state } = group;
      if (state !== undefined && group.registered) {
        if (hasEntered(state, this.#ports.self)) return;
        try {
          await this.#enter(state);
        } catch (error) {
          if (!(error instanceof QuorateError)) throw error;
          logger.debug('the ring cannot be joined yet', { error });
        }
      }
      await new Promise<void>((resolve) => void clock.setTimer(LOOK_EVERY_MS, resolve));
    }
  }

  async #enter(state: MetadataState): Promise<void> {
    if (state.ring() === undefined) return;
    const staged = state.staged();
    if (!staged.every((change) => isWishOfNewcomer(state, change))) return;
    const own = ownChange(state, this.#ports.self);
    const isSilent = (change: StagedChange) =>
      !isSame(change, own) && !this.#ports.liveness.reachable(newcomerOf(change) ?? '');
    if (staged.some(isSilent)) {
      this.#ports.logger.info('what silent nodes staged is taken back', { staged });
      await this.#run({ type: 'unstage_changes' });
      return;
    }
    refuseWhileAlive([...staged, own], state, this.#ports.liveness);
    if (!staged.some((change) => isSame(change, own))) {
      await this.#run({ type: 'stage_change', change: own });
      return;
    }
    const plan = planned(state);
    if (plan === undefined) return;
    await this.#run(committing(plan, state.planEpoch));
    this.#ports.logger.info('joining the ring', { change: own.type });
  }

  async #run(command: Command): Promise<void> {
    const { group, clock } = this.#ports;
    const deadline = clock.now() + COMMAND_MS_MAX;
    const { index, reply } = await group.client.run(command, deadline);
    if (!reply.ok) throw errorOfReply(reply);
    await group.runner.applied(index, deadline);
  }
}

/** It is in the ring, or will never be. */
function hasEntered(state: MetadataState, self: NodeId): boolean {
  const isMember = state.nodeNamed(self)?.status === 'member';
  return !isMember || (state.ring()?.members.some(({ id }) => id === self) ?? false);
}

/** Where the places of whom it was to replace are given to others by now, it joins like any other. */
function ownChange(state: MetadataState, self: NodeId): StagedChange {
  const replaced = state.nodeNamed(self)?.replaces;
  const hasPlaces = state.ring()?.members.some(({ id }) => id === replaced);
  return replaced === undefined || hasPlaces !== true
    ? { type: 'join', node: self }
    : { type: 'replace', dead: replaced, by: self, acceptLoss: false };
}

/** What the node that the change brings in would stage by itself. */
function isWishOfNewcomer(state: MetadataState, change: StagedChange): boolean {
  const node = newcomerOf(change);
  return node !== undefined && isSame(change, ownChange(state, node));
}

function newcomerOf(change: StagedChange): NodeId | undefined {
  if (change.type === 'join') return change.node;
  return change.type === 'replace' ? change.by : undefined;
}

function isSame(change: StagedChange, own: StagedChange): boolean {
  return JSON.stringify(change) === JSON.stringify(own);
}
