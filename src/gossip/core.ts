/** The state of one member that all parts of the machine share, and what belongs to none. */

import { Awareness } from './awareness.ts';
import { ClockOffsets } from './clock-offsets.ts';
import type { ChangeKind, MemberChange } from './effects.ts';
import type { Relay } from './indirect.ts';
import { type Member, viewOf } from './member.ts';
import { Members } from './members.ts';
import type { MemberNo, News } from './message.ts';
import { NewsQueue } from './news-queue.ts';
import type { GossipOptions, Recovered } from './options.ts';
import { Outbox } from './outbox.ts';
import { OwnTime } from './own-time.ts';
import { ProbeOrder } from './probe-order.ts';
import type { Probe } from './probing.ts';
import { Self } from './self.ts';

/** Times at which something regular is due; never until the first incarnation is on disk. */
export interface Due {
  probeMs: number;
  gossipMs: number;
  pushPullMs: number;
  rejoinMs: number;
}

/** What would otherwise go by unseen, since the start. */
export interface Counters {
  probesFailed: number;
  refutations: number;
  /** The transport said that nobody listens there. */
  refusals: number;
  /** Messages that did not leave this node (memberlist #242). */
  sendFailures: number;
  /** Pings that were meant for another member. */
  pingsMisdirected: number;
  /** One member, one incarnation, two addresses. */
  addressConflicts: number;
  strangersRefused: number;
  newsDropped: number;
  relaysRefused: number;
  pushPullsRefused: number;
  /** Pauses of the own process. */
  stalls: number;
}

export interface Core {
  readonly options: GossipOptions;
  readonly time: OwnTime;
  readonly self: Self;
  readonly members: Members;
  readonly order: ProbeOrder;
  readonly news: NewsQueue;
  readonly awareness: Awareness;
  readonly clocks: ClockOffsets;
  /** By number. */
  readonly probes: Map<number, Probe>;
  readonly relays: Map<number, Relay>;
  readonly outbox: Outbox;
  readonly due: Due;
  readonly counters: Counters;
  /** Who accused this member and is told at once, when the refutation may be. */
  readonly toldFirst: Set<MemberNo>;
  seeds: readonly MemberNo[];
  changes: MemberChange[];
  lastProbe: number;
  /** In this gossip interval. */
  pushPullReplies: number;
  hasTakenLeave: boolean;
}

export function newCore(options: GossipOptions, recovered: Recovered): Core {
  const never = Number.POSITIVE_INFINITY;
  return {
    options,
    time: new OwnTime(options.stallMs),
    self: new Self(options, recovered),
    members: new Members(options.self, options.strangersMax),
    order: new ProbeOrder(options.random),
    news: new NewsQueue(options.newsQueueMax),
    awareness: new Awareness(options.awarenessMax),
    clocks: new ClockOffsets(),
    probes: new Map(),
    relays: new Map(),
    outbox: new Outbox(),
    due: { probeMs: never, gossipMs: never, pushPullMs: never, rejoinMs: never },
    counters: {
      probesFailed: 0,
      refutations: 0,
      refusals: 0,
      sendFailures: 0,
      pingsMisdirected: 0,
      addressConflicts: 0,
      strangersRefused: 0,
      newsDropped: 0,
      relaysRefused: 0,
      pushPullsRefused: 0,
      stalls: 0,
    },
    toldFirst: new Set(),
    seeds: [],
    changes: [],
    lastProbe: 0,
    pushPullReplies: 0,
    hasTakenLeave: false,
  };
}

export function noteChange(core: Core, kind: ChangeKind, member: Member): void {
  core.changes.push({ kind, view: viewOf(member) });
}

/** To be sent on to all. */
export function spread(core: Core, news: News): void {
  if (core.news.put(news)) core.counters.newsDropped += 1;
}

/** No word of it is left here. */
export function forget(core: Core, member: Member): void {
  core.members.forget(member);
  core.news.forget(member.no);
  core.clocks.forget(member.no);
  noteChange(core, 'forgotten', member);
}

/** The next time of something regular; turns that were missed are not made up for. */
export function nextTurn(dueMs: number, intervalMs: number, nowMs: number): number {
  const nextMs = dueMs + intervalMs;
  return nextMs > nowMs ? nextMs : nowMs + intervalMs;
}
