/**
 * Runs the gossip machine: gives it time, messages and what the metadata group says of the
 * members; sends what it wants sent, over the control lane; tells how each member stands.
 *
 * Invariant: an incarnation is on disk before any message bears it.
 */

import type { MemberView } from '../../gossip/effects.ts';
import { Gossip } from '../../gossip/gossip.ts';
import type { Facts, MemberNo, Message } from '../../gossip/message.ts';
import { LAN } from '../../gossip/options.ts';
import type { GossipStatus } from '../../gossip/status.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { NodeAddress, NodeRecord } from '../../metadata/node-record.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import { callType, type Transport } from '../../ports/transport.ts';
import type { GroupIdentity } from '../metadata-group/group-identity.ts';
import { GossipObserver } from './gossip-observer.ts';
import { readIncarnation, writeIncarnation } from './incarnation.ts';

interface GossipEnvelope {
  readonly from: MemberNo;
  readonly message: Message;
}

const GOSSIP = callType<GossipEnvelope, void>('gossip', 'control');

/** How late news of a refused connection may be, and at least how often time passes. */
const LOOK_MS_MAX = 100;
const ROUNDING_MS = 1;

export interface GossipRunnerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly transport: Transport;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly identity: GroupIdentity;
  readonly address: NodeAddress;
  /** The members as the metadata group has them; the same array until they change. */
  readonly roster: () => readonly NodeRecord[];
  /** What is told to others along with being alive. */
  readonly facts: () => Facts;
  readonly onFatal: (error: unknown) => void;
}

export class GossipRunner {
  readonly #ports: GossipRunnerPorts;
  readonly #gossip: Gossip;
  readonly #observer: GossipObserver;
  #roster: readonly NodeRecord[] = [];
  #facts: Facts;
  readonly #numbers = new Map<NodeId, MemberNo>();
  readonly #refused = new Set<MemberNo>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(ports: GossipRunnerPorts) {
    this.#ports = ports;
    const { identity, clock, random, store, address } = ports;
    this.#facts = ports.facts();
    this.#observer = new GossipObserver(ports);
    this.#gossip = new Gossip(
      {
        ...LAN,
        self: identity.nodeNo,
        name: identity.name,
        cluster: identity.clusterId,
        address,
        facts: this.#facts,
        random: () => random.float(),
        wallTimeMs: () => clock.wallTime(),
      },
      { incarnation: readIncarnation(store) },
    );
  }

  start(): void {
    this.#ports.transport.serve(GOSSIP, (envelope, { from }) => this.#receive(envelope, from));
    this.#look();
  }

  /** Tells the others that this node goes: from now on they turn to others first. */
  leave(): void {
    this.#gossip.leave(this.#ports.clock.now());
    this.#carryOut();
  }

  stop(): void {
    this.leave();
    this.#stopped = true;
    this.#timer?.cancel();
  }

  status(): GossipStatus {
    return this.#gossip.status();
  }

  member(node: NodeId): MemberView | undefined {
    const number = this.#numbers.get(node);
    return number === undefined ? undefined : this.#gossip.member(number);
  }

  /** The node was suspected, or worse, and has not been heard to live since. */
  accused(node: NodeId): boolean {
    const state = this.member(node)?.state;
    return state === 'suspect' || state === 'dead' || state === 'left';
  }

  #receive({ from, message }: GossipEnvelope, name: NodeId): void {
    if (this.#stopped || from === this.#ports.identity.nodeNo) return;
    // The connection has proven the name; where the number is another's, it speaks for nobody.
    const known = this.#numbers.get(name);
    if (known !== undefined && known !== from) return;
    this.#gossip.receive(from, message, this.#ports.clock.now());
    this.#carryOut();
  }

  #look(): void {
    if (this.#stopped) return;
    const { clock } = this.#ports;
    this.#takeRoster();
    this.#takeFacts();
    this.#hearRefusals();
    this.#gossip.tick(clock.now());
    this.#carryOut();
    this.#observer.look(this.#gossip);
    const leftMs = this.#gossip.nextWakeMs - clock.now();
    // All that was due is done. After a pause of the process its time differs from the clock's by
    // a fraction, in which what is due next can be lost to rounding.
    const waitMs = leftMs > 0 ? Math.min(LOOK_MS_MAX, leftMs) : ROUNDING_MS;
    this.#timer = clock.setTimer(waitMs, () => this.#look());
  }

  #takeRoster(): void {
    const roster = this.#ports.roster();
    if (roster === this.#roster) return;
    this.#roster = roster;
    this.#numbers.clear();
    for (const { name, nodeNo } of roster) this.#numbers.set(name, nodeNo);
    this.#gossip.setRoster(
      roster.map(({ nodeNo, name, address }) => ({ member: nodeNo, name, address })),
      this.#ports.clock.now(),
    );
  }

  #takeFacts(): void {
    const facts = this.#ports.facts();
    const { metadataIndex, hintHorizon } = this.#facts;
    if (facts.metadataIndex === metadataIndex && facts.hintHorizon === hintHorizon) return;
    this.#facts = facts;
    this.#gossip.setFacts(facts);
  }

  /** Once each time that the transport finds nobody there. */
  #hearRefusals(): void {
    const { transport, clock, identity } = this.#ports;
    for (const [name, number] of this.#numbers) {
      if (number === identity.nodeNo) continue;
      if (transport.reachable(name)) this.#refused.delete(number);
      else if (!this.#refused.has(number)) {
        this.#refused.add(number);
        this.#gossip.refused(number, clock.now());
      }
    }
  }

  #carryOut(): void {
    while (!this.#stopped && this.#gossip.hasEffects) {
      const { persistIncarnation, messages, changes } = this.#gossip.effects();
      if (persistIncarnation !== undefined) this.#persist(persistIncarnation);
      for (const { to, message } of messages) this.#send(to, message);
      for (const change of changes) this.#observer.changed(change);
    }
  }

  #persist(incarnation: number): void {
    const { store, clock, onFatal } = this.#ports;
    writeIncarnation(store, incarnation)
      .then(() => {
        if (this.#stopped) return;
        this.#gossip.persisted(incarnation, clock.now());
        this.#carryOut();
      })
      .catch(onFatal);
  }

  #send(to: MemberNo, message: Message): void {
    const { transport, clock, identity } = this.#ports;
    const name = this.#gossip.member(to)?.name;
    if (name === undefined) this.#gossip.sendFailed(to, clock.now());
    else transport.send(name, GOSSIP, { from: identity.nodeNo, message });
  }
}
