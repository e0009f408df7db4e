/**
 * Gets what a write made of an object to all primaries of the key, and, where `sloppy` lets
 * it, to a fallback in the place of each one that is unreachable, fails or is late, with a
 * hint naming that primary.
 *
 * Ends for the client when enough places are filled on disk, when that has become impossible,
 * or at the deadline. The work goes on after that: a primary that fails later still gets
 * somebody to keep the object for it.
 */

import type { NodeId } from '../kernel/names.ts';
import type { Timer } from '../ports/clock.ts';
import {
  type CarriedState,
  hintRequest,
  STORE_HINT,
  STORE_OBJECT,
  storeRequest,
} from '../replica/messages.ts';
import type { CoordinatedWrite } from '../replica/replica.ts';
import type { Environment } from './environment.ts';
import type { KeyPlan } from './key-plan.ts';
import { type Counted, countPlaces, isMet, type Quorum } from './quorum.ts';
import { abreastOf, isStaleReap } from './reading-again.ts';
import { fallbacksOf, StandIns, standInAfterMs } from './stand-ins.ts';

/** A node that is slower than the client's patience still gets the write. */
const REPLICATION_MS = 5_000;

export interface Replicating {
  readonly write: CoordinatedWrite;
  /** The write as it is known here by now: see local-copy.ts. */
  readonly readAgain: () => CarriedState | undefined;
  /** The primary whose place this node's copy fills: this node itself, unless it stands in. */
  readonly place: NodeId;
  readonly quorum: Quorum;
  readonly sloppy: boolean;
  /** In `clock.now()`. */
  readonly deadline: number;
}

export interface Replicated {
  readonly enough: boolean;
  /** Who has the object on disk, each for one place. */
  readonly counted: Counted;
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
  readonly #plan: KeyPlan;
  readonly #replicating: Replicating;
  readonly #resolve: (replicated: Replicated) => void;
  readonly #standIns: StandIns;
  readonly #standInAfterMs: number;
  /** By node, the places for which it has the object on disk. */
  readonly #kept = new Map<NodeId, NodeId[]>();
  /** By node, the places for which it is being asked to keep the object. */
  readonly #asked = new Map<NodeId, NodeId[]>();
  #reap: number;
  #over = false;
  #timer: Timer | undefined;

  constructor(
    env: Environment,
    plan: KeyPlan,
    replicating: Replicating,
    resolve: (replicated: Replicated) => void,
  ) {
    const { sloppy, deadline } = replicating;
    this.#env = env;
    this.#plan = plan;
    this.#replicating = replicating;
    this.#resolve = resolve;
    this.#reap = replicating.write.reap;
    this.#standIns = new StandIns(sloppy ? fallbacksOf(env, plan) : []);
    this.#standInAfterMs = standInAfterMs(deadline, env.clock.now());
  }

  begin(): void {
    const { self, liveness } = this.#env;
    const { place } = this.#replicating;
    if (place !== self) this.#standIns.use(self, place);
    this.#ask(self, place);
    for (const primary of this.#plan.replicas) {
      if (primary === self) continue;
      const isKept = !liveness.reachable(primary) && (primary === place || this.#standIn(primary));
      // A suspect may well take it, and only its own answer counts for PW.
      if (!isKept || liveness.mayAnswer(primary)) this.#ask(primary, primary);
    }
    this.#judge();
    if (!this.#over) this.#startTimer();
  }

  /** Has the next fallback keep the object for the primary. */
  #standIn(primary: NodeId): boolean {
    const fallback = this.#standIns.next(primary);
    if (fallback !== undefined) this.#ask(fallback, primary);
    return fallback !== undefined;
  }

  #ask(node: NodeId, place: NodeId): void {
    listed(this.#asked, node).push(place);
    this.#send(node, place).then(
      () => this.#onKept(node, place),
      (error: unknown) => {
        this.#env.onFailure(node, error);
        this.#onFailed(node, place);
      },
    );
  }

  /** Resolves when the node has the object on disk, for the place. */
  async #send(node: NodeId, place: NodeId): Promise<void> {
    const { self, clock } = this.#env;
    const { write, deadline, place: ownPlace } = this.#replicating;
    if (node === self && place === ownPlace) return write.durable;
    const until = Math.max(deadline, clock.now() + REPLICATION_MS);
    let state: CarriedState = write;
    for (;;) {
      try {
        return await this.#sendState(node, place, state, until);
      } catch (error) {
        if (!isStaleReap(error)) throw error;
        if (!(await abreastOf(this.#env, this.#plan, error, until))) throw error;
        const again = this.#replicating.readAgain();
        if (again === undefined || again.reap <= state.reap) throw error;
        state = again;
        this.#reap = Math.max(this.#reap, again.reap);
      }
    }
  }

  async #sendState(
    node: NodeId,
    place: NodeId,
    state: CarriedState,
    deadline: number,
  ): Promise<void> {
    const { self, transport, fallback } = this.#env;
    const { address } = this.#plan;
    if (node === self) return fallback.store(place, address, state);
    if (node === place) {
      await transport.call(node, STORE_OBJECT, storeRequest(address, state), { deadline });
    } else {
      await transport.call(node, STORE_HINT, hintRequest(address, state, place), { deadline });
    }
  }

  #onKept(node: NodeId, place: NodeId): void {
    unlist(this.#asked, node, place);
    listed(this.#kept, node).push(place);
    this.#judge();
  }

  #onFailed(node: NodeId, place: NodeId): void {
    unlist(this.#asked, node, place);
    if (node !== place) this.#standIns.drop(node);
    if (!has(this.#kept, place) && !has(this.#asked, place)) this.#standIn(place);
    this.#judge();
  }

  /** Ends when there are enough, and when there can never be. */
  #judge(): void {
    if (this.#over) return;
    if (this.#isEnough(this.#kept) || !this.#isEnough(this.#outlook())) this.#end();
  }

  #isEnough(holders: ReadonlyMap<NodeId, readonly NodeId[]>): boolean {
    const { quorum } = this.#replicating;
    if (holders.size < quorum.needed) return false;
    return isMet(quorum, [...countPlaces(holders).keys()]);
  }

  /** Who may come to keep the object: those who do, those asked, and those one could ask. */
  #outlook(): ReadonlyMap<NodeId, readonly NodeId[]> {
    const outlook = new Map<NodeId, readonly NodeId[]>(this.#kept);
    for (const [node, places] of this.#asked) {
      outlook.set(node, [...places, ...(this.#kept.get(node) ?? [])]);
    }
    for (const node of this.#standIns.unused) outlook.set(node, this.#plan.replicas);
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
    const { quorum } = this.#replicating;
    if (countPlaces(this.#kept).size < quorum.needed) {
      for (const place of this.#plan.replicas) if (!has(this.#kept, place)) this.#standIn(place);
    }
    this.#startTimer();
  }

  #end(): void {
    this.#over = true;
    this.#timer?.cancel();
    const counted = countPlaces(this.#kept);
    const enough = this.#isEnough(this.#kept);
    this.#resolve({ enough, counted, reap: this.#reap });
  }
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
