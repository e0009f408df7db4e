/** What the machine wants done, and tells. It does nothing itself. */

import type { Address, Facts, MemberNo, Message } from './message.ts';

/**
 * How a member stands here. `unheard`: it is in the roster and no word of it has come since
 * this start. A suspect is still dealt with as a member that lives (SWIM, section 4.2).
 */
export type MemberState = 'unheard' | 'alive' | 'suspect' | 'dead' | 'left';

/** A copy. */
export interface MemberView {
  readonly member: MemberNo;
  readonly name: string;
  readonly address: Address;
  readonly state: MemberState;
  readonly incarnation: number;
  readonly facts: Facts;
  /** Whether the metadata group has it, as far as this member knows. */
  readonly inRoster: boolean;
}

/**
 * - `joined`: first word that it lives; `revived`: that it lives after all, or again
 * - `suspected`, `died`, `left`
 * - `moved`: another address; `facts`: newer facts
 * - `forgotten`: it is no member any more, or was one by hearsay alone
 */
export type ChangeKind =
  | 'joined'
  | 'suspected'
  | 'revived'
  | 'died'
  | 'left'
  | 'moved'
  | 'facts'
  | 'forgotten';

export interface MemberChange {
  readonly kind: ChangeKind;
  /** After the change. */
  readonly view: MemberView;
}

export interface Envelope {
  readonly to: MemberNo;
  readonly message: Message;
}

export interface Effects {
  /**
   * To be on disk before `persisted` is called with it. Until then no message bears it, so
   * the messages below need not wait.
   */
  readonly persistIncarnation: number | undefined;
  /** Pings and acks first: they are timed. */
  readonly messages: readonly Envelope[];
  readonly changes: readonly MemberChange[];
}
