/** What people see of the gossip: a line in the log for what changed, metrics, wrong clocks. */

import type { ChangeKind, MemberChange } from '../../gossip/effects.ts';
import type { Gossip } from '../../gossip/gossip.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';

/** Wall clocks further apart than this are reported: expiry is judged by them. */
const CLOCKS_APART_MS = 500;
/** The same clock again after so long. */
const TELL_AGAIN_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

const COUNTED: Partial<Record<ChangeKind, string>> = {
  suspected: 'Members that this node began to suspect',
  died: 'Members that were given up for dead',
  revived: 'Members that were suspected or dead and were heard to live',
};

interface ObserverPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export class GossipObserver {
  readonly #ports: ObserverPorts;
  readonly #counters = new Map<ChangeKind, Counter>();
  readonly #reachable: Gauge;
  readonly #awareness: Gauge;
  readonly #clocksApart: Gauge;
  readonly #toldAt = new Map<number, number>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: ObserverPorts) {
    this.#ports = ports;
    const { metrics } = ports;
    for (const [kind, help] of Object.entries(COUNTED)) {
      this.#counters.set(
        kind as ChangeKind,
        metrics.counter({ name: `gossip_${kind}_total`, help }),
      );
    }
    this.#reachable = metrics.gauge({
      name: 'gossip_reachable_members',
      help: 'Members that are not dead as far as this node has heard, itself among them',
    });
    this.#awareness = metrics.gauge({
      name: 'gossip_awareness',
      help: 'How slow this node takes itself to be: 0 is well, 7 the worst',
    });
    this.#clocksApart = metrics.gauge({
      name: 'clock_offset_max_seconds',
      help: 'The farthest that the wall clock of another member is from the one here, at least',
    });
  }

  changed({ kind, view }: MemberChange): void {
    this.#counters.get(kind)?.add();
    if (kind === 'facts') return;
    const { name: member, incarnation } = view;
    const fields = { member, incarnation };
    if (kind === 'died') this.#ports.logger.warn('member died', fields);
    else this.#ports.logger.info(`member ${kind}`, fields);
  }

  look(gossip: Gossip): void {
    const now = this.#ports.clock.now();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    const { reachable, awareness, clockOffsets } = gossip.status();
    this.#reachable.set(reachable);
    this.#awareness.set(awareness);
    let farthestMs = 0;
    for (const { member, offsetMs, errorMs } of clockOffsets) {
      const atLeastMs = Math.max(0, Math.abs(offsetMs) - errorMs);
      farthestMs = Math.max(farthestMs, atLeastMs);
      const toldAt = this.#toldAt.get(member) ?? Number.NEGATIVE_INFINITY;
      if (atLeastMs < CLOCKS_APART_MS || now - toldAt < TELL_AGAIN_MS) continue;
      this.#toldAt.set(member, now);
      this.#ports.logger.warn('wall clocks are apart: values expire by them', {
        member: gossip.member(member)?.name ?? member,
        offsetMs: Math.round(offsetMs),
        errorMs: Math.round(errorMs),
      });
    }
    this.#clocksApart.set(farthestMs / 1_000);
  }
}
