/**
 * Raft as a step machine (Ongaro, "Consensus: Bridging Theory and Practice"; shaped after
 * etcd's raft). Inputs are methods that run to completion; `effects` then says what must be
 * persisted, sent and applied. It knows no time but ticks, and does nothing by itself.
 *
 * What a host must do: persist in the order asked and report each write once; send messages of
 * a write only when it would survive a power cut; apply in order; and call `effects` until
 * `hasEffects` is false after each turn's inputs. Messages may be lost, repeated, reordered.
 */

import { invariant } from '../kernel/invariant.ts';
import { requestCommitted } from './committed.ts';
import type { TargetConfiguration } from './configuration.ts';
import { type Core, keepsToLeader, mayCampaign, newCore } from './core.ts';
import { dispatch } from './dispatch.ts';
import type { Effects, PersistAcknowledgement } from './effects.ts';
import { beginPreVote, countOwnVote, tickFollower } from './elections.ts';
import { type Configuration, type MemberNo, NOBODY, type SnapshotMeta } from './entry.ts';
import { advanceOwnMatch } from './leadership.ts';
import type { Message } from './message.ts';
import type { RaftOptions, Recovered } from './options.ts';
import { hasOutput, takeOutput } from './output.ts';
import { type Proposed, proposeChange, proposeCommands } from './proposals.ts';
import { requestRead } from './reads.ts';
import { tickLeader } from './replication.ts';
import { compactLog, snapshotInstalled, snapshotSent } from './snapshots.ts';
import { type RaftStatus, statusOf } from './status.ts';
import { beginTransfer } from './transfer.ts';

export class Raft {
  readonly #core: Core;

  constructor(options: RaftOptions, recovered: Recovered) {
    invariant(options.heartbeatTicks > 0, 'a leader beats once in a tick at most');
    invariant(
      options.electionTicks > options.heartbeatTicks,
      'elections are rarer than heartbeats',
    );
    this.#core = newCore(options, recovered);
  }

  tick(): void {
    const { role } = this.#core;
    if (role.name === 'leader') tickLeader(this.#core, role);
    else tickFollower(this.#core);
  }

  /** From anyone, member or not: somebody may not know yet that they are none (any more). */
  receive(from: MemberNo, message: Message): void {
    invariant(from !== NOBODY && from !== this.#core.options.self, 'messages come from others');
    dispatch(this.#core, from, message);
  }

  propose(commands: readonly Uint8Array[]): Proposed {
    return proposeCommands(this.#core, commands);
  }

  proposeConfiguration(target: TargetConfiguration): Proposed {
    return proposeChange(this.#core, target);
  }

  /**
   * Asks for an index at which a read is linearizable; the answer comes among the effects.
   * @param id chosen by the host, not that of another read that waits
   * @returns false if this member does not lead
   */
  read(id: number): boolean {
    const { role } = this.#core;
    if (role.name !== 'leader') return false;
    requestRead(this.#core, role, id);
    return true;
  }

  /** @returns false if this member does not lead, or the other one could not */
  transfer(to: MemberNo): boolean {
    const { role } = this.#core;
    return role.name === 'leader' && beginTransfer(this.#core, role, to);
  }

  /** The write that the acknowledgement came with would survive a power cut. */
  persisted(acknowledgement: PersistAcknowledgement): void {
    const core = this.#core;
    const installed = core.disk.acknowledged(acknowledgement, core.term, core.log);
    if (installed !== undefined) snapshotInstalled(core, installed);
    if (acknowledgement.term === core.term) countOwnVote(core);
    if (core.role.name === 'leader') advanceOwnMatch(core, core.role);
  }

  /** Everything up to the index is in the host's state. */
  applied(index: number): void {
    invariant(index <= this.#core.handedOut, 'only what was handed out can have been applied');
    this.#core.applied = Math.max(this.#core.applied, index);
  }

  /** The host has a snapshot of its own on disk; entries before `firstIndexKept` are forgotten. */
  compacted(snapshot: SnapshotMeta, firstIndexKept: number): void {
    compactLog(this.#core, snapshot, firstIndexKept);
  }

  /** The host has sent a snapshot that reaches to the index, or failed to. */
  snapshotSent(to: MemberNo, index: number, ok: boolean): void {
    const { role } = this.#core;
    if (role.name === 'leader') snapshotSent(role, to, index, ok);
  }

  /** Messages to the member are being lost: no use in sending many before one is answered. */
  unreachable(to: MemberNo): void {
    const { role } = this.#core;
    const progress = role.name === 'leader' ? role.progress.get(to) : undefined;
    if (progress?.state !== 'replicate' || to === this.#core.options.self) return;
    progress.becomeProbe(progress.match + 1);
    progress.pause();
  }

  /**
   * Begins an election now, if the others agree. With lease reads it is not done while this
   * member has promised to keep to a leader.
   */
  campaign(): void {
    const core = this.#core;
    const mustKeep = core.options.leaseReads && keepsToLeader(core);
    if (core.role.name !== 'leader' && mayCampaign(core) && !mustKeep) beginPreVote(core);
  }

  /**
   * Asks another member for what is committed and not known to be so here: for one that waits
   * for entries and does not hear of them from the leader. The answer is a message like others;
   * there is none where that member knows no more, or has compacted what is asked for.
   */
  requestCommitted(from: MemberNo): void {
    const { self } = this.#core.options;
    invariant(from !== NOBODY && from !== self, 'messages go to others');
    requestCommitted(this.#core, from);
  }

  get hasEffects(): boolean {
    return hasOutput(this.#core);
  }

  /** What has accumulated since the last call. */
  effects(): Effects {
    return takeOutput(this.#core);
  }

  status(): RaftStatus {
    return statusOf(this.#core);
  }

  /** Undefined if the entry is not there, or no longer known. */
  termAt(index: number): number | undefined {
    return this.#core.log.termAt(index);
  }

  /** In force at the index, which is not before the snapshot's, or what the host has applied. */
  configurationAt(index: number): Configuration {
    return this.#core.configurations.at(index);
  }
}
