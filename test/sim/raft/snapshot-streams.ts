/**
 * Snapshots on their way: a copy of what the sender has applied comes some time later, or
 * never, and the sender is told, sometimes wrongly, how it went.
 */

import type { SnapshotWanted } from '../../../src/raft/effects.ts';
import type { MemberNo, SnapshotMeta } from '../../../src/raft/entry.ts';
import type { SimMember } from './sim-member.ts';
import { must } from './violation.ts';
import type { World } from './world.ts';

export class SnapshotStreams {
  readonly #world: World;
  readonly #memberOf: (no: MemberNo) => SimMember | undefined;

  constructor(world: World, memberOf: (no: MemberNo) => SimMember | undefined) {
    this.#world = world;
    this.#memberOf = memberOf;
  }

  begin(sender: SimMember, wanted: SnapshotWanted): void {
    const { events, random, pace, coverage, safety } = this.#world;
    const meta = this.#copyOf(sender, wanted);
    safety.snapshot(sender.no, meta);
    coverage.snapshotsSent++;
    const { term } = sender.raft.status();
    const life = sender.life;
    events.after(random.float() * pace.streamMax, () => {
      const arrives = !random.chance(pace.streamFailure) && this.#isOpen(sender.no, wanted.to);
      const toldTruly = !random.chance(pace.streamFailure / 4);
      if (!arrives) coverage.snapshotsFailed++;
      if (arrives) this.#memberOf(wanted.to)?.receive(sender.no, { type: 'snapshot', term, meta });
      events.after(random.float() * pace.streamMax, () => {
        if (life !== sender.life) return;
        sender.step((raft) => raft.snapshotSent(wanted.to, meta.index, arrives === toldTruly));
      });
    });
  }

  /** The latest on the sender's disk, or one made now if that does not reach far enough. */
  #copyOf(sender: SimMember, wanted: SnapshotWanted): SnapshotMeta {
    const onDisk = sender.disk.durable.snapshot;
    if (onDisk.index >= wanted.index && this.#world.random.chance(0.5)) return onDisk;
    const meta = sender.snapshotNow() ?? onDisk;
    must(
      meta.index >= wanted.index,
      () => `${sender.no} wants a snapshot of ${wanted.index} sent and has applied ${meta.index}`,
    );
    return meta;
  }

  #isOpen(from: MemberNo, to: MemberNo): boolean {
    return !this.#world.network.isCut(from, to) && this.#memberOf(to)?.isUp === true;
  }
}
