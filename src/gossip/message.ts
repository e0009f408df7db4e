/**
 * What members say to each other, after memberlist's messages. The connection that brings one
 * has proven the sender's number and cluster. Messages may be lost, repeated and reordered.
 */

import { isNodeId } from '../kernel/names.ts';

/** The node's number (`nodeNo`): given once by the metadata group, rising, never reused. */
export type MemberNo = number;

export interface Address {
  readonly host: string;
  readonly peerPort: number;
  readonly clientPort: number;
}

/** Small numbers that members tell of themselves, and that gossip only carries. */
export interface Facts {
  /** Up to here the member has applied the log of the metadata group. */
  readonly metadataIndex: number;
  readonly hintHorizon: number;
}

/** What a member says of itself: the newest is that of the highest (incarnation, sequence). */
export interface Presence {
  readonly member: MemberNo;
  readonly name: string;
  readonly address: Address;
  readonly incarnation: number;
  /** Rises with every change of the facts, which need no new incarnation. */
  readonly sequence: number;
  readonly facts: Facts;
}

/** A member lives in this incarnation: its own word, whoever passes it on. */
export interface Alive extends Presence {
  readonly type: 'alive';
}

/** The accuser had no answer from the member (SWIM, section 4.2). */
export interface Suspect {
  readonly type: 'suspect';
  readonly member: MemberNo;
  readonly incarnation: number;
  readonly accuser: MemberNo;
}

/** Nobody refuted the suspicion; from the member itself: it left (memberlist). */
export interface Dead {
  readonly type: 'dead';
  readonly member: MemberNo;
  readonly incarnation: number;
  readonly accuser: MemberNo;
}

export type News = Alive | Suspect | Dead;

/** Asks for an acknowledgement; whoever is not the target does not answer. */
export interface Ping {
  readonly type: 'ping';
  /** The sender's number for what it waits for. */
  readonly probe: number;
  readonly target: MemberNo;
  readonly sender: Presence;
  /** The sender's wall clock, for `clockOffsets` alone. */
  readonly wallTimeMs: number;
  readonly news: readonly News[];
}

export interface Ack {
  readonly type: 'ack';
  readonly probe: number;
  readonly sender: Presence;
  /** The ping's, so that the pinger need not remember it (NTP's origin timestamp). */
  readonly pingWallTimeMs: number;
  readonly wallTimeMs: number;
  readonly news: readonly News[];
}

/** Ping the target for me (SWIM, section 3.1). */
export interface IndirectPing {
  readonly type: 'indirect_ping';
  readonly probe: number;
  readonly target: MemberNo;
}

/** The target answered the proxy. */
export interface IndirectAck {
  readonly type: 'indirect_ack';
  readonly probe: number;
}

/** The proxy is well and has no answer from the target yet (Lifeguard, section IV-A). */
export interface Nack {
  readonly type: 'nack';
  readonly probe: number;
}

export interface Gossiped {
  readonly type: 'gossip';
  readonly news: readonly News[];
}

/** How a member stands with the sender of a push-pull. */
export interface MemberRecord extends Presence {
  readonly state: 'alive' | 'suspect' | 'dead' | 'left';
  /** Of the incarnation that is accused, which `Presence.incarnation` may not have reached. */
  readonly stateIncarnation: number;
  /** Who accused it, or itself. */
  readonly accuser: MemberNo;
}

/** All that the sender knows; the reply is the same (memberlist, push-pull). */
export interface PushPull {
  readonly type: 'push_pull';
  readonly isReply: boolean;
  readonly cluster: string;
  readonly members: readonly MemberRecord[];
}

export type Message = Ping | Ack | IndirectPing | IndirectAck | Nack | Gossiped | PushPull;

/** A name in DNS has so many characters at most. */
const HOST_LENGTH_MAX = 253;

/** A start was made, and an item of news has a size that is known: 500 bytes at most. */
export function isSound({ incarnation, name, address }: Presence): boolean {
  return incarnation > 0 && isNodeId(name) && address.host.length <= HOST_LENGTH_MAX;
}

export function isSameAddress(a: Address, b: Address): boolean {
  return a.host === b.host && a.peerPort === b.peerPort && a.clientPort === b.clientPort;
}
