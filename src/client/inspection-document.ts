/**
 * Where a key lives, and what each node alone holds of it: the document of
 * `GET /cluster/keys/{bucket}/{key}`, and how people are told of its actors.
 */

import type { BucketMode, ConflictPolicy } from './cluster-documents.ts';

/** A value that was told, or the beginning of a longer one. */
export interface HeldContent {
  readonly contentType: string;
  /** Of the whole value. */
  readonly bytes: number;
  /** Where its bytes are text. */
  readonly value?: string;
  readonly valueBase64?: string;
  readonly meta?: Readonly<Record<string, string>>;
  readonly expiresAt?: string;
  /** It is too long to be told here, or was not asked for. */
  readonly omitted?: true;
  /** How one begins that is too long. */
  readonly headBase64?: string;
}

export interface HeldSibling extends HeldContent {
  readonly dot: string;
  readonly wallTime: string;
}

/** By actor the latest write. */
export type ClockDocument = Readonly<Record<string, number>>;

export interface HeldVersion {
  readonly digest: string;
  readonly clock: ClockDocument;
  readonly tombstone: boolean;
  readonly siblings: readonly HeldSibling[];
}

/** How a version stands to what all nodes that answered know together. */
export interface Standing {
  readonly behind: boolean;
  /** What others know of and this version does not. */
  readonly lacks: ClockDocument;
  /** What no other node knows of. */
  readonly alone: ClockDocument;
  /** Siblings that are here though others know that they were replaced. */
  readonly replaced: readonly string[];
}

export interface HeldHint {
  readonly target: string;
  readonly since: string;
  /** Null: damaged. */
  readonly version: HeldVersion | null;
  readonly compared: Standing | null;
}

/** Ballots are texts; null: none. */
export interface HeldRegister {
  readonly promised: string | null;
  readonly accepted: string | null;
  /** It is no vote of this acceptor. */
  readonly copied: boolean;
  readonly version: string | null;
  readonly content: HeldContent | null;
}

export interface HeldValue extends HeldContent {
  readonly revision: number;
  readonly lease: number | null;
}

export type InspectionRole =
  | 'replica'
  | 'newcomer'
  | 'leaver'
  | 'fallback'
  /** Of a raft bucket: in the metadata group. */
  | 'voter'
  | 'learner';

export interface InspectedNode {
  readonly node: string;
  readonly role: InspectionRole;
  readonly reachable: boolean;
  readonly tookMs: number;
  readonly outcome: 'ok' | 'absent' | 'damaged' | 'silent' | 'refused';
  /** Of one that is silent or refused; the rest is then not there. */
  readonly problem?: { readonly code: string; readonly detail: string };
  readonly epoch?: number | null;
  readonly appliedIndex?: number;
  /** False: its start is not registered. */
  readonly counted?: boolean;
  readonly behind?: boolean;
  /** Mode dynamo. */
  readonly version?: HeldVersion | null;
  readonly compared?: Standing | null;
  readonly hints?: readonly HeldHint[];
  /** Mode paxos. */
  readonly register?: HeldRegister | null;
  /** Mode raft. */
  readonly value?: HeldValue | null;
}

export interface InspectionDocument {
  /** The node that was asked. */
  readonly node: string;
  readonly bucket: {
    readonly name: string;
    readonly mode: BucketMode;
    readonly n?: number;
    readonly conflict?: ConflictPolicy;
  };
  readonly key?: string;
  readonly keyBase64?: string;
  /** 16 hexadecimal digits. */
  readonly hash: string;
  /** Null in a raft bucket, which also has no replicas. */
  readonly partition: number | null;
  readonly epoch: number | null;
  readonly replicas: readonly string[];
  readonly fallbacks: readonly string[];
  readonly move: {
    readonly stage: 'prepare' | 'write_both' | 'read_new' | 'stable';
    readonly from: readonly string[];
    readonly to: readonly string[];
  } | null;
  /** What all that answered know together; null: nothing. Mode dynamo. */
  readonly known?: {
    readonly digest: string;
    readonly clock: ClockDocument;
    /** Values that are there, by their dots. */
    readonly siblings: readonly string[];
  } | null;
  /** The ballot of the present state; null: none, or the answers do not prove it. Mode paxos. */
  readonly chosen?: string | null;
  /** Nodes by the actors that are known to be theirs. */
  readonly actors: Readonly<Record<string, string>>;
  /** In the order in which they are tried. */
  readonly nodes: readonly InspectedNode[];
}

/**
 * Actors by names that people can tell apart: that of the node, with the number of the actor
 * where the node has several, and the actor itself where nobody knows whose it is.
 */
export function actorNames({ actors }: InspectionDocument): (actor: string) => string {
  const owned = Object.values(actors);
  const several = new Set(owned.filter((node, at) => owned.indexOf(node) !== at));
  return (actor) => {
    const node = actors[actor];
    if (node === undefined) return actor;
    return several.has(node) ? `${node}(${actor})` : node;
  };
}

/** `actor:counter`. */
export function dotName(dot: string, nameOf: (actor: string) => string): string {
  const colon = dot.lastIndexOf(':');
  return `${nameOf(dot.slice(0, colon))}:${dot.slice(colon + 1)}`;
}
