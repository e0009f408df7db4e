/**
 * What nodes have done since they started, as they tell each other and as `GET /cluster/activity`
 * tells it. Counts only rise; what was done meanwhile is the difference of two (activity-rates.ts).
 */

import type { Distribution } from './distribution.ts';

export interface NodeActivity {
  /** Of this start of the node: with another one all counts begin at 0 again. */
  readonly life: number;
  /** Since the start. */
  readonly upMs: number;
  /** It takes requests of clients. */
  readonly ready: boolean;
  /** Of clients, by operation. */
  readonly requests: Readonly<Record<string, RequestCounts>>;
  /** Answers to clients that were problems, by code; of which there was none is left out. */
  readonly problems: Readonly<Record<string, number>>;
  readonly hints: {
    /** Kept for other nodes now. */
    readonly waiting: number;
    readonly waitingBytes: number;
    readonly stored: number;
    readonly delivered: number;
  };
  readonly antiEntropy: {
    /** Trees that differed from a peer's. */
    readonly exchanges: number;
    readonly failures: number;
    readonly keysPulled: number;
    readonly keysPushed: number;
  };
  readonly readRepairs: {
    /** Replicas that were found behind. */
    readonly begun: number;
    readonly failed: number;
  };
  /** How many siblings keys held after puts. */
  readonly siblings: Distribution;
  readonly transfers: {
    /** Partitions that the node takes over or gives up now. */
    readonly running: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
  };
  readonly raft: {
    readonly role: 'follower' | 'pre_candidate' | 'candidate' | 'leader';
    readonly term: number;
    readonly commitIndex: number;
    readonly appliedIndex: number;
  };
}

export interface RequestCounts {
  readonly succeeded: number;
  readonly failed: number;
  /** From the arrival to the answer, of both. */
  readonly seconds: Distribution;
}

/** `does_not_say`: its program is older and does not know the question. */
export type ActivityState = 'answered' | 'silent' | 'does_not_say';

export interface ActivityEntry {
  readonly node: string;
  readonly state: ActivityState;
  /** From the question to the answer, or until it was no longer waited for. */
  readonly tookMs: number;
  /** Null: it did not answer. */
  readonly activity: NodeActivity | null;
}

export interface ActivityDocument {
  /** The node that was asked. */
  readonly node: string;
  /** By name. */
  readonly nodes: readonly ActivityEntry[];
}
