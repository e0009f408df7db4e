/**
 * Gets what a write made of an object to all primaries of the key, and, where `sloppy` lets
 * it, to a fallback in the place of each one that is unreachable, fails or is late, with a
 * hint naming that primary.
 *
 * Ends for the client when enough places are filled on disk, when that has become impossible,
 * or at the deadline. The work goes on after that: a primary that fails later still gets
 * somebody to keep the object for it.
 *
 * Where the ring changes meanwhile the write keeps its dot and is sent again by the plan of the
 * new ring, and counted from zero (protocols.md, section 8): what an acknowledgement of the
 * earlier epoch is worth under the new lists nobody can tell. A coordinator that lost its place
 * by then only sends.
 */

import type { NodeId } from '../kernel/names.ts';
import { spanned } from '../kernel/trace.ts';
import type { Timer } from '../ports/clock.ts';
import type { CoordinatedWrite } from '../replica/replica.ts';
import type { Level } from '../ring/cluster-view.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import { isOutdated, planAfter } from '../routing/planning-again.ts';
import type { Environment } from './environment.ts';
import { type Sending, sendObject } from './object-sending.ts';
import {
  type Counted,
  countPlaces,
  type Holders,
  isHeld,
  type Quorum,
  quorumOf,
} from './quorum.ts';
import { fallbacksOf, StandIns, standInAfterMs } from './stand-ins.ts';

/** A node that is slower than the client's patience still gets the write. */
const REPLICATION_MS = 5_000;

export interface WriteLevels {
  readonly w: Level;
  /** Of these, acknowledgements of primaries. */
  readonly pw: Level;
}

export interface Replicating extends Sending {
  readonly write: CoordinatedWrite;
  /** The primary whose place this node's copy fills: this node itself, unless it stands in. */
  readonly place: NodeId;
  /** One for each list that writes ask by the first plan. */
  readonly quorums: readonly Quorum[];
  /** Of which they are: for later plans. */
  readonly levels: WriteLevels;
  readonly sloppy: boolean;
  /** In `clock.now()`. */
  readonly deadline: number;
}

export interface Replicated {
  readonly enough: boolean;
  /** Who has the object on disk, each for one place. */
  readonly counted: Counted;
  /** How many had to, of the list that needed most. */
  readonly needed: number;
  /** The highest reap number under which the object was sent. */
  readonly reap: number;
}

export function replicate(
  env: Environment,
  plan: KeyPlan,
  replicating: Replicating,
): Promise<Replicated> {
  return new Promise((resolve) => new Replication(env, plan, replicating, resolve).begin());
}

class Replication {
  readonly #env: Environment;
  readonly #replicating: Replicating;
  readonly #resolve: (replicated: Replicated) => void;
  readonly #standInAfterMs: number;
  readonly #firstPlan: KeyPlan;
  #plan: KeyPlan;
  /** One for each list that writes ask by the plan. */
  #quorums: readonly Quorum[];
  #standIns: StandIns;
  /** By node, the places for which it has the object on disk. */
  #kept = new Map<NodeId, NodeId[]>();
  /** By node, the places for which it is being asked to keep the object. */
  #asked = new Map<NodeId, NodeId[]>();
  /** The plan is older than the ring, and the next one is waited for. */
  #outdated = false;
  #reap: number;
  #over = false;
  #timer: Timer | undefined;

  constructor(
    env: Environment,
    plan: KeyPlan,
    replicating: Replicating,
    resolve: (replicated: Replicated) => void,
  ) {
    this.#env = env;
    this.#firstPlan = plan;
    this.#plan = plan;
    this.#replicating = replicating;
    this.#resolve = resolve;
    this.#reap = replicating.write.reap;
    this.#quorums = replicating.quorums;
    this.#standIns = standInsOf(env, plan, replicating);
    this.#standInAfterMs = standInAfterMs(replicating.deadline, env.clock.now());
  }

  /** Asks everybody whom the plan names. */
  begin(): void {
    const { self, liveness } = this.#env;
    const { written } = this.#plan;
    const place = this.#ownPlace();
    if (place !== undefined) {
      if (place !== self) this.#standIns.use(self, place);
      this.#ask(self, place);
    }
    for (const primary of written) {
      if (primary === self) continue;
      const isKept = !liveness.responsive(primary) && (primary === place || this.#standIn(primary));
      // A suspect or silent one may well take it, and only its own answer counts for PW.
      if (!isKept || liveness.mayAnswer(primary)) this.#ask(primary, primary);
    }
    this.#judge();
    if (!this.#over) this.#startTimer();
  }

  /** The place for which this node keeps the object; undefined: by this plan it only sends. */
  #ownPlace(): NodeId | undefined {
    const { self } = this.#env;
    const { place } = this.#replicating;
    const { written, fallbacks } = this.#plan;
    if (written.includes(self)) return self;
    return written.includes(place) && fallbacks.includes(self) ? place : undefined;
  }

  /** Has the next fallback keep the object for the primary. */
  #standIn(primary: NodeId): boolean {
    const fallback = this.#standIns.next(primary);
    if (fallback !== undefined) this.#ask(fallback, primary);
    return fallback !== undefined;
  }

  /** What comes of it counts as long as the plan holds. */
  #ask(node: NodeId, place: NodeId): void {
    const plan = this.#plan;
    listed(this.#asked, node).push(place);
    this.#send(plan, node, place).then(
      () => {
        if (plan === this.#plan) this.#onKept(node, place);
      },
      (error: unknown) => {
        this.#env.onFailure(node, error, plan.trace);
        if (plan === this.#plan) this.#onFailed(node, place, error);
      },
    );
  }

  /** Resolves when the node has the object on disk, for the place. */
  async #send(plan: KeyPlan, node: NodeId, place: NodeId): Promise<void> {
    const { write, place: ownPlace } = this.#replicating;
    const isHere = node === this.#env.self && place === ownPlace;
    if (isHere && plan === this.#firstPlan) return this.#untilDurable(node, place, write);
    const until = this.#patience();
    const reap = await sendObject(this.#env, plan, this.#replicating, { node, place }, until);
    this.#reap = Math.max(this.#reap, reap);
  }

  async #untilDurable(self: NodeId, place: NodeId, write: CoordinatedWrite): Promise<void> {
    const startedAt = this.#env.clock.now();
    const span = this.#plan.trace?.begin(self === place ? 'store' : 'hint', self, place);
    await spanned(span, write.durable);
    this.#env.roundTrips.wrote(self, startedAt);
  }

  /** Until when the object is sent around, whether anybody still waits for it or not. */
  #patience(): number {
    return Math.max(this.#replicating.deadline, this.#env.clock.now() + REPLICATION_MS);
  }

  #onKept(node: NodeId, place: NodeId): void {
    unlist(this.#asked, node, place);
    listed(this.#kept, node).push(place);
    // Who may come to keep it is judged where somebody fails: here nobody is lost.
    if (!this.#over && this.#isEnough(this.#kept)) this.#end();
  }

  #onFailed(node: NodeId, place: NodeId, error: unknown): void {
    unlist(this.#asked, node, place);
    if (isOutdated(this.#plan, error)) this.#planAgain(error);
    if (this.#outdated) return;
    if (node !== place) this.#standIns.drop(node);
    if (!has(this.#kept, place) && !has(this.#asked, place)) this.#standIn(place);
    this.#judge();
  }

  /** Meanwhile acknowledgements by the plan as it was still count: whoever gave one knew no other. */
  async #planAgain(error: unknown): Promise<void> {
    if (this.#outdated) return;
    this.#outdated = true;
    try {
      this.#plan = await planAfter(this.#env, this.#plan, error, this.#patience());
    } catch (left) {
      // The time is up, or the bucket is gone: nobody else can be asked.
      this.#env.onFailure(this.#env.self, left, this.#plan.trace);
      return;
    }
    this.#outdated = false;
    this.#quorums = quorumsOf(this.#plan, this.#replicating);
    this.#standIns = standInsOf(this.#env, this.#plan, this.#replicating);
    this.#kept = new Map();
    this.#asked = new Map();
    this.#timer?.cancel();
    this.begin();
  }

  /** Ends when there are enough, and when there can never be. */
  #judge(): void {
    if (this.#over) return;
    if (this.#isEnough(this.#kept)) this.#end();
    else if (!this.#outdated && !this.#isEnough(this.#outlook())) this.#end();
  }

  #isEnough(holders: Holders): boolean {
    return this.#quorums.every((quorum) => isHeld(quorum, holders));
  }

  /** Who may come to keep the object: those who do, those asked, and those one could ask. */
  #outlook(): Holders {
    const outlook = new Map<NodeId, readonly NodeId[]>(this.#kept);
    for (const [node, places] of this.#asked) {
      outlook.set(node, [...places, ...(this.#kept.get(node) ?? [])]);
    }
    for (const node of this.#standIns.unused) outlook.set(node, this.#plan.written);
    return outlook;
  }

  /** One timer at a time: until somebody is late, while others could stand in, or the deadline. */
  #startTimer(): void {
    const { clock } = this.#env;
    const left = Math.max(0, this.#replicating.deadline - clock.now());
    const canStandIn = this.#standIns.unused.length > 0;
    this.#timer =
      canStandIn && this.#standInAfterMs < left
        ? clock.setTimer(this.#standInAfterMs, () => this.#onLate())
        : clock.setTimer(left, () => this.#end());
  }

  #onLate(): void {
    const isShort = ({ primaries, needed }: Quorum) =>
      countPlaces(this.#kept, primaries).size < needed;
    if (!this.#outdated && this.#quorums.some(isShort)) {
      for (const place of this.#plan.written) if (!has(this.#kept, place)) this.#standIn(place);
    }
    this.#startTimer();
  }

  #end(): void {
    this.#over = true;
    this.#timer?.cancel();
    const counted = new Map<NodeId, NodeId>();
    let needed = 0;
    for (const quorum of this.#quorums) {
      for (const [node, place] of countPlaces(this.#kept, quorum.primaries)) {
        if (!counted.has(node)) counted.set(node, place);
      }
      needed = Math.max(needed, quorum.needed);
    }
    const enough = this.#isEnough(this.#kept);
    this.#resolve({ enough, counted, needed, reap: this.#reap });
  }
}

function quorumsOf({ writeLists }: KeyPlan, { levels }: Replicating): readonly Quorum[] {
  return writeLists.map((list) => quorumOf(list, levels.w, levels.pw));
}

function standInsOf(env: Environment, plan: KeyPlan, { sloppy }: Replicating): StandIns {
  return new StandIns(sloppy ? fallbacksOf(env, plan) : []);
}

function listed(lists: Map<NodeId, NodeId[]>, node: NodeId): NodeId[] {
  const list = lists.get(node) ?? [];
  lists.set(node, list);
  return list;
}

function unlist(lists: Map<NodeId, NodeId[]>, node: NodeId, place: NodeId): void {
  const left = (lists.get(node) ?? []).filter((listedPlace) => listedPlace !== place);
  if (left.length === 0) lists.delete(node);
  else lists.set(node, left);
}

/** Whether somebody is listed for the place. */
function has(lists: ReadonlyMap<NodeId, readonly NodeId[]>, place: NodeId): boolean {
  for (const places of lists.values()) if (places.includes(place)) return true;
  return false;
}
