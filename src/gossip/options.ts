/** What a machine is made from: who it is, what its disk remembers, and the figures of a LAN. */

import type { Address, Facts, MemberNo } from './message.ts';

/** Milliseconds of the host's monotonic clock. */
export interface GossipTimes {
  /** One member is probed in so long, times awareness + 1 (SWIM, section 3.1: T'). */
  readonly probeIntervalMs: number;
  /** Without an ack for so long, others are asked to ping. Not scaled by awareness. */
  readonly probeTimeoutMs: number;
  readonly gossipIntervalMs: number;
  /** The dead are gossiped to for so long, so that they can refute; strangers then go. */
  readonly gossipToDeadMs: number;
  /** Between push-pulls; longer in clusters of more than 32. */
  readonly pushPullIntervalMs: number;
  /** Between attempts to reach somebody who is dead here. */
  readonly rejoinIntervalMs: number;
  /** An input that comes so much later than it was due tells of a pause of the own process. */
  readonly stallMs: number;
}

export interface GossipBounds {
  /** Members asked to ping in one's stead (SWIM, section 3.1: k). */
  readonly proxies: number;
  /** Members gossiped to in an interval. */
  readonly gossipPeers: number;
  /** News is sent so often, times ceil(log10(n + 1)) (SWIM, section 4.1: lambda log n). */
  readonly retransmitMult: number;
  /** The least suspicion timeout in probe intervals, times max(1, log10 n) (Lifeguard: alpha). */
  readonly suspicionMult: number;
  /** The longest suspicion timeout, in least ones (Lifeguard: beta). */
  readonly suspicionMaxMult: number;
  /** A suspect is pinged by everyone in each of so many last intervals before it is dead. */
  readonly lastCalls: number;
  /** The worst that a member can think of itself (Lifeguard: S). */
  readonly awarenessMax: number;
  /** In one message, each at most 500 bytes. */
  readonly newsPerMessageMax: number;
  /** News that waits to be sent on, at most one item for each member. */
  readonly newsQueueMax: number;
  /** Members known by gossip alone. */
  readonly strangersMax: number;
  /** Pings under way for others. */
  readonly relaysMax: number;
  /** In one push-pull, each at most 500 bytes; of more members some are chosen at random. */
  readonly pushPullMembersMax: number;
  /** Push-pulls that are answered in one gossip interval. */
  readonly pushPullRepliesMax: number;
}

export interface GossipOptions extends GossipTimes, GossipBounds {
  readonly self: MemberNo;
  readonly name: string;
  /** Id of the cluster: push-pulls of others are refused. */
  readonly cluster: string;
  readonly address: Address;
  readonly facts: Facts;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Of the wall clock: told to others and compared with theirs; nothing here goes by it. */
  readonly wallTimeMs: () => number;
}

/** What the disk remembers. */
export interface Recovered {
  /** The last that was persisted; 0 in a new directory. */
  readonly incarnation: number;
}

/** memberlist's `DefaultLANConfig`; what it does not have is marked. */
export const LAN: GossipTimes & GossipBounds = {
  probeIntervalMs: 1_000,
  probeTimeoutMs: 500,
  gossipIntervalMs: 200,
  gossipToDeadMs: 30_000,
  pushPullIntervalMs: 30_000,
  /** Ours (consul and serf reconnect every 30 s). */
  rejoinIntervalMs: 10_000,
  /** Ours: as long as a probe waits. */
  stallMs: 500,
  proxies: 3,
  gossipPeers: 3,
  retransmitMult: 4,
  suspicionMult: 4,
  suspicionMaxMult: 6,
  /** Ours: in a thousand wrong suspicions among 100, one is refuted without all hearing of it. */
  lastCalls: 4,
  awarenessMax: 7,
  /** Ours, as the four that follow: memberlist fills a datagram of 1,400 bytes. */
  newsPerMessageMax: 16,
  newsQueueMax: 1_000,
  strangersMax: 64,
  relaysMax: 128,
  pushPullMembersMax: 1_000,
  /** memberlist bounds those under way at once, by 128. */
  pushPullRepliesMax: 8,
};
