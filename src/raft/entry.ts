/**
 * What a Raft group agrees on: entries of the log, and the few facts that each member keeps
 * on disk beside them (Raft, figure 2).
 */

/** A member of the group: the small number that the metadata group gave the node, from 1 on. */
export type MemberNo = number;

/** In the place of a member: nobody. */
export const NOBODY: MemberNo = 0;

/** Where an entry stands; both from 1 on, 0 before the first entry. */
export interface Position {
  readonly index: number;
  readonly term: number;
}

/**
 * Who decides. A configuration is joint while `outgoing` is not empty: then majorities of
 * `voters` and of `outgoing` are needed (Raft, section 6). Each list is rising. A learner may
 * stand in `outgoing` too: it still votes until the joint configuration is left.
 */
export interface Configuration {
  readonly voters: readonly MemberNo[];
  readonly outgoing: readonly MemberNo[];
  readonly learners: readonly MemberNo[];
}

export interface CommandEntry extends Position {
  readonly type: 'command';
  readonly data: Uint8Array;
}

/** The whole configuration, in force from the moment the entry is in the log. */
export interface ConfigurationEntry extends Position {
  readonly type: 'configuration';
  readonly configuration: Configuration;
}

/** What a new leader begins its term with, so that it has something of its own to commit. */
export interface EmptyEntry extends Position {
  readonly type: 'empty';
}

export type Entry = CommandEntry | ConfigurationEntry | EmptyEntry;

/** Kept on disk before anything that depends on it is said. */
export interface HardState {
  readonly term: number;
  /** Whom this member voted for in the term, or `NOBODY`. */
  readonly vote: MemberNo;
  /** Everything up to here is committed; may lag behind. */
  readonly commit: number;
}

/** What a snapshot stands for: all entries up to this position. */
export interface SnapshotMeta extends Position {
  /** In force at that position. */
  readonly configuration: Configuration;
}
