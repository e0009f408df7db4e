/**
 * Who belongs to the group, and which configuration is in force at which index.
 *
 * A configuration is in force from the moment its entry is in the log (Raft, section 6), so a
 * truncation brings the one before it back into force. The history keeps those that a
 * truncation or a local snapshot may still need: that of the snapshot and all later ones.
 */

import { invariant } from '../kernel/invariant.ts';
import type { Configuration, Entry, MemberNo, SnapshotMeta } from './entry.ts';

/** What somebody wants the group to be. */
export interface TargetConfiguration {
  readonly voters: readonly MemberNo[];
  readonly learners: readonly MemberNo[];
}

const rising = (members: Iterable<MemberNo>): MemberNo[] => [...members].sort((a, b) => a - b);

const sameMembers = (one: readonly MemberNo[], other: readonly MemberNo[]): boolean =>
  one.length === other.length && one.every((member, place) => member === other[place]);

/** Joint: majorities of both the new and the old voters are needed. */
export function isJoint(configuration: Configuration): boolean {
  return configuration.outgoing.length > 0;
}

/** Whether the member's vote counts, in one of the majorities at least. */
export function isVoter(configuration: Configuration, member: MemberNo): boolean {
  return configuration.voters.includes(member) || configuration.outgoing.includes(member);
}

/** Those whose votes count, rising. */
export function votersOf(configuration: Configuration): readonly MemberNo[] {
  return rising(new Set([...configuration.voters, ...configuration.outgoing]));
}

/** Everyone who gets the log, rising. */
export function membersOf(configuration: Configuration): readonly MemberNo[] {
  const { voters, outgoing, learners } = configuration;
  return rising(new Set([...voters, ...outgoing, ...learners]));
}

export function sameConfiguration(one: Configuration, other: Configuration): boolean {
  return (
    sameMembers(one.voters, other.voters) &&
    sameMembers(one.outgoing, other.outgoing) &&
    sameMembers(one.learners, other.learners)
  );
}

/** Someone must decide, and everyone has one role. */
export function isValidTarget(target: TargetConfiguration): boolean {
  const all = [...target.voters, ...target.learners];
  return (
    target.voters.length > 0 &&
    new Set(all).size === all.length &&
    all.every((member) => Number.isSafeInteger(member) && member > 0)
  );
}

/**
 * The configuration that leads from the current one to the target, or undefined if that is
 * what is in force. Learners decide nothing, so as long as the voters stay, no joint
 * configuration is needed.
 */
export function stepTowards(
  current: Configuration,
  target: TargetConfiguration,
): Configuration | undefined {
  invariant(!isJoint(current), 'a joint configuration is left before the next change');
  const voters = rising(target.voters);
  const learners = rising(target.learners);
  const outgoing = sameMembers(voters, current.voters) ? [] : current.voters;
  const step = { voters, outgoing, learners };
  return sameConfiguration(step, current) ? undefined : step;
}

/** What a joint configuration is left to. */
export function withoutOutgoing(configuration: Configuration): Configuration {
  return { ...configuration, outgoing: [] };
}

interface InForceFrom {
  readonly index: number;
  readonly configuration: Configuration;
}

export class ConfigurationHistory {
  /** Never empty; rising by index, the first that of the snapshot. */
  #inForce: InForceFrom[];

  constructor(snapshot: SnapshotMeta, entries: readonly Entry[]) {
    this.#inForce = [{ index: snapshot.index, configuration: snapshot.configuration }];
    this.append(entries.filter((entry) => entry.index > snapshot.index));
  }

  get #newest(): InForceFrom {
    const newest = this.#inForce.at(-1);
    invariant(newest !== undefined, 'there is always a configuration in force');
    return newest;
  }

  get latest(): Configuration {
    return this.#newest.configuration;
  }

  /** Index of the entry that brought the latest, or of the snapshot that holds it. */
  get latestIndex(): number {
    return this.#newest.index;
  }

  /** In force at the index, which is not before that of the snapshot. */
  at(index: number): Configuration {
    const inForce = this.#inForce.findLast((one) => one.index <= index);
    invariant(inForce !== undefined, 'what was before the snapshot is not known any more');
    return inForce.configuration;
  }

  /** Whether the member is a voter at the index, or in a configuration after it. */
  hasVoterSince(index: number, member: MemberNo): boolean {
    const first = this.#inForce.findLastIndex((one) => one.index <= index);
    return this.#inForce
      .slice(Math.max(first, 0))
      .some(({ configuration }) => isVoter(configuration, member));
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.type !== 'configuration') continue;
      invariant(entry.index > this.latestIndex, 'configurations come in the order of the log');
      this.#inForce.push({ index: entry.index, configuration: entry.configuration });
    }
  }

  /** The entries from the index on are no longer in the log. */
  truncate(fromIndex: number): void {
    this.#inForce = this.#inForce.filter((one) => one.index < fromIndex);
    invariant(this.#inForce.length > 0, 'what a snapshot holds is never truncated');
  }

  /** A local snapshot was made: what was before it will not be asked for again. */
  compact(snapshot: SnapshotMeta): void {
    invariant(
      sameConfiguration(this.at(snapshot.index), snapshot.configuration),
      'a snapshot bears the configuration that was in force at its index',
    );
    const later = this.#inForce.filter((one) => one.index > snapshot.index);
    this.#inForce = [{ index: snapshot.index, configuration: snapshot.configuration }, ...later];
  }

  /**
   * The whole log was replaced by a snapshot. The host may not have heard of it yet and ask
   * about what it is still to apply, from `applied` to `handedOut`.
   */
  replace(snapshot: SnapshotMeta, applied: number, handedOut: number): void {
    const first = this.#inForce.findLastIndex((one) => one.index <= applied);
    const known = this.#inForce.slice(Math.max(first, 0)).filter((one) => one.index <= handedOut);
    const { index, configuration } = snapshot;
    this.#inForce = [...known, { index, configuration }];
  }
}
