/**
 * A model of the ring change protocol, explored in every interleaving: one partition, one key,
 * one move of N = 3 (swap, addition, removal; L alive, dead or dying; n = N and n < N; given up
 * and begun again; taken back). With all rules (`rules.ts`) nothing is lost; without any one of
 * them something is. `dynamo-path.ts` sends a write and a later read through the move,
 * `paxos-path.ts` operations on one register. Both share what is here: the metadata log, what
 * each node has applied of it, who is dead, and the copying.
 *
 * What it leaves out, and why that hides nothing:
 * - The log is a plan fixed by the scenario, whose entries appear one at a time; Raft is taken
 *   to be right. A driver that repeats a step does what is idempotent here.
 * - A message in flight is not stored. Whoever sends at an epoch may reach any node that has not
 *   gone beyond that epoch, at any time, once; that is all that delay and loss can do. A
 *   coordinator may lag as it likes and never has to finish, which is its crash. Answers are
 *   counted when given: a late one is a later step of the coordinator. Chunks carry state, so
 *   they are stored, with their session.
 * - Applying an entry, draining and fencing are one step, which waits for requests under way.
 *   Requests that were let in and have not begun to write are refused at their commit instead;
 *   in the register they are a state of their own only where that rule is off.
 * - A restart takes no time: a node that is down is one that takes no step. One crash takes what
 *   was not on disk; on the register that is something only where a rule is off, since all of an
 *   acceptor's state is on disk before it counts.
 * - A node declared dead goes on with all it knew, as one that was cut off. A lost one does less.
 * - Objects only grow and the write is one bit; siblings, contexts, hints, sloppy quorums,
 *   repair and reaping are not modelled. Acknowledged means strict: sloppy off, r + w > n.
 * - On the register: a ballot's counter is given by the scenario so that either may be the
 *   higher; an operation begins with its first promise, proposes with the first prepare quorum
 *   and answers with the first accept quorum (earlier or later binds it to less); accepts still
 *   on their way after that are not delivered. The next ballot granted along with an accept,
 *   idempotency ids and the collection of absent registers are not modelled.
 * - Nodes that the move treats alike are interchangeable (`symmetry`).
 */

import { invariant } from '../../../src/kernel/invariant.ts';
import type { State, Successors } from './explorer.ts';
import {
  checkPlan,
  type Levels,
  type Lists,
  listsOf,
  type Move,
  majority,
  membersOf,
  sizeOf,
} from './lists.ts';
import type { Rules } from './rules.ts';

/** What a way of requests adds to the steps of the move. */
export interface Path {
  readonly globalBytes: number;
  /** Of each node, beside the epoch it has applied. */
  readonly nodeBytes: number;
  /** Of each chunk, beside its header. */
  readonly chunkBytes: number;
  /** A request that was let in under an older epoch keeps the node from confirming the next. */
  isHeldUp(state: State, node: number): boolean;
  /** Forgets what does not survive; false where nothing is forgotten. */
  crash(state: State, node: number): boolean;
  onApplied(state: State, node: number): void;
  /** X durably erases what it has of the partition. */
  erase(state: State, node: number): void;
  readChunk(state: State, source: number, chunk: number): void;
  mergeChunk(next: State, state: State, chunk: number, target: number): void;
}

/** Bytes of every state. */
const LOG = 0;
const FLAGS = 1;
export const GLOBALS = 2;

export const CRASHED = 1;
export const DEAD = 2;
export const DROPPED = 4;

/** Header of a chunk: how far it is, and the index of the entry that began its session. */
const IN_FLIGHT = 1;
const COPIED = 2;
const SESSION_SHIFT = 2;

const stepNames = ['append', 'apply', 'declare dead', 'crash', 'read chunk', 'take chunk'] as const;
/** Steps of a path are numbered from here on. */
export const PATH_STEPS = 16;

export const stepOf = (type: number, node = 0, more = 0) => (type << 16) | (node << 8) | more;

export class MoveSteps {
  readonly lists: Lists;
  readonly rules: Rules;
  readonly nodeCount: number;
  readonly width: number;
  readonly #move: Move;
  readonly #path: Path;
  readonly #nodeWidth: number;
  readonly #chunkWidth: number;
  readonly #chunksAt: number;
  readonly #pairs: readonly (readonly [number, number])[];

  constructor(move: Move, levels: Levels | 'majority', rules: Rules, path: Path) {
    checkPlan(move.plan);
    this.#move = move;
    this.#path = path;
    this.rules = rules;
    this.lists = listsOf(move, levels, rules);
    this.nodeCount = this.lists.nodes.length;
    this.#nodeWidth = 1 + path.nodeBytes;
    this.#chunkWidth = 1 + path.chunkBytes;
    this.#chunksAt = GLOBALS + path.globalBytes + this.nodeCount * this.#nodeWidth;
    this.#pairs = this.#everPairs();
    this.width = this.#chunksAt + this.#pairs.length * this.#chunkWidth;
  }

  initialState(): State {
    const state = new Uint8Array(this.width);
    if (this.#move.isDeadAtFirst) this.setFlag(state, DEAD);
    return state;
  }

  /** Where the bytes of the path begin for a node; the one before is its epoch. */
  at(node: number): number {
    return GLOBALS + this.#path.globalBytes + node * this.#nodeWidth + 1;
  }

  logIndex(state: State): number {
    return state[LOG] ?? 0;
  }

  epochOf(state: State, node: number): number {
    return state[this.at(node) - 1] ?? 0;
  }

  setEpoch(state: State, node: number, epoch: number): void {
    state[this.at(node) - 1] = epoch;
  }

  entry(epoch: number) {
    const entry = this.lists.entries[epoch];
    invariant(entry !== undefined, 'an epoch is an index of the log');
    return entry;
  }

  hasFlag(state: State, flag: number): boolean {
    return ((state[FLAGS] ?? 0) & flag) !== 0;
  }

  setFlag(state: State, flag: number): void {
    state[FLAGS] = (state[FLAGS] ?? 0) | flag;
  }

  isFinished(state: State): boolean {
    return this.logIndex(state) === this.lists.entries.length - 1;
  }

  deadNodes(state: State): number {
    return this.hasFlag(state, DEAD) ? this.lists.dying : 0;
  }

  expand(state: State, successors: Successors): void {
    const log = this.logIndex(state);
    if (log + 1 < this.lists.entries.length && this.#mayLeave(state, log)) {
      successors.begin()[LOG] = log + 1;
      successors.end(stepOf(0, 0, log + 1));
    }
    for (let node = 0; node < this.nodeCount; node++) {
      if (this.epochOf(state, node) < log) this.#apply(state, node, successors);
      if (!this.hasFlag(state, CRASHED)) this.#crash(node, successors);
    }
    if (this.lists.dying !== 0 && !this.hasFlag(state, DEAD)) {
      this.setFlag(successors.begin(), DEAD);
      successors.end(stepOf(2));
    }
    for (let pair = 0; pair < this.#pairs.length; pair++) this.#copy(state, pair, successors);
  }

  describe(step: number): string {
    const name = (node: number) => this.lists.nodes[node] ?? '?';
    const [type, node, more] = [step >> 16, (step >> 8) & 0xff, step & 0xff];
    switch (stepNames[type]) {
      case 'append':
        return `the log gets entry ${more}, ${this.entry(more).stage}`;
      case 'apply':
        return `${name(node)} applies entry ${more} and fences what is older`;
      case 'declare dead':
        return `${[...membersOf(this.lists.dying)].map(name).join(' and ')} declared dead`;
      case 'crash':
        return `${name(node)} crashes and starts again`;
      case 'read chunk':
        return `a chunk for ${name(more)} is read at ${name(node)}`;
      case 'take chunk':
        return `${name(more)} takes the chunk of ${name(node)}`;
      default:
        return `step ${step}`;
    }
  }

  /** Two members of both lists that the move treats alike, and where their bytes go. */
  symmetry(one: number, other: number): Uint8Array {
    const to = (node: number) => (node === one ? other : node === other ? one : node);
    const map = Uint8Array.from({ length: this.width }, (_, at) => at);
    for (let node = 0; node < this.nodeCount; node++) {
      for (let byte = -1; byte < this.#path.nodeBytes; byte++) {
        map[this.at(node) + byte] = this.at(to(node)) + byte;
      }
    }
    for (const [pair, [source, target]] of this.#pairs.entries()) {
      const image = this.#pairs.findIndex(([s, t]) => s === to(source) && t === to(target));
      invariant(image >= 0, 'nodes that are alike copy alike');
      for (let byte = 0; byte < this.#chunkWidth; byte++) {
        map[this.#chunkAt(pair) + byte] = this.#chunkAt(image) + byte;
      }
    }
    return map;
  }

  /** Epochs of the nodes and chunks under way, in a few characters. */
  show(state: State): string {
    const { nodes } = this.lists;
    const chunks = [...this.#pairs.entries()]
      .map(([pair, [source, target]]) => ({
        name: `${nodes[source]}→${nodes[target]}`,
        status: (state[this.#chunkAt(pair)] ?? 0) & 3,
      }))
      .filter(({ status }) => status !== 0)
      .map(({ name, status }) => `${name} ${status === COPIED ? 'copied' : 'in flight'}`);
    const log = this.logIndex(state);
    return [`log ${log} ${this.entry(log).stage}`, ...chunks].join(', ');
  }

  #mayLeave(state: State, log: number): boolean {
    const { from, to, newcomers, leaver, newcomer } = this.lists;
    const next = this.#move.plan[log + 1];
    switch (this.#move.plan[log]) {
      case 'PREPARE':
        if (next === 'STABLE' || !this.rules.newcomerReady) return true;
        return this.#fenced(state, newcomers, log) === newcomers;
      case 'WRITE_BOTH':
        if (next === 'STABLE') return true;
        if (this.rules.fenceBeforeReadNew && !this.#isFenced(state, log, from, leaver))
          return false;
        return this.#isCopied(state, log);
      case 'READ_NEW':
        if (next === 'WRITE_BOTH_BACK' || !this.rules.fenceBeforeStable) return true;
        return this.#isFenced(state, log, from, leaver);
      case 'WRITE_BOTH_BACK':
        return !this.rules.reverseFence || this.#isFenced(state, log, to, newcomer);
      default:
        return true;
    }
  }

  #fenced(state: State, set: number, epoch: number): number {
    let fenced = 0;
    for (const node of membersOf(set)) {
      if (this.epochOf(state, node) >= epoch) fenced |= 1 << node;
    }
    return fenced;
  }

  /** Whether the fence of a stage is complete, for the list that loses its standing in it. */
  #isFenced(state: State, epoch: number, list: number, leaver: number): boolean {
    const dead = this.deadNodes(state);
    const isLeaverDead = leaver >= 0 && (dead & (1 << leaver)) !== 0;
    if (leaver >= 0 && !isLeaverDead) return this.#fenced(state, 1 << leaver, epoch) !== 0;
    if (isLeaverDead && !this.rules.judgedAnew && this.#fenced(state, 1 << leaver, epoch) !== 0) {
      return true;
    }
    if (leaver < 0 && !this.rules.addFences) return true;
    const survivors = list & ~dead;
    const fenced = this.#fenced(state, survivors, epoch);
    if (this.rules.survivorsFence ? fenced !== survivors : fenced === 0) return false;
    const size = sizeOf(list);
    return !this.rules.fencesMin || sizeOf(fenced) >= size - majority(size) + 1;
  }

  #sources(dead: number): number {
    const { from, leaver } = this.lists;
    const isLeaverAlive = leaver >= 0 && (dead & (1 << leaver)) === 0;
    return isLeaverAlive ? 1 << leaver : from & ~dead;
  }

  /** A removal fills up everybody, a swap or an addition only those who are new. */
  get #targets(): number {
    return this.lists.newcomer < 0 ? this.lists.to : this.lists.newcomers;
  }

  #isCopied(state: State, session: number): boolean {
    const dead = this.deadNodes(state);
    const isCopiedFrom = (sources: number) => {
      const copied = this.#pairs.map(([source, target], pair) => ({
        isDue: (sources & (1 << source)) !== 0 && source !== target,
        target,
        isDone: state[this.#chunkAt(pair)] === ((session << SESSION_SHIFT) | COPIED),
      }));
      const due = copied.filter(({ isDue }) => isDue);
      if (this.rules.survivorsCopied) return due.every(({ isDone }) => isDone);
      return [...membersOf(this.#targets)].every((target) => {
        const toTarget = due.filter((one) => one.target === target);
        return toTarget.length === 0 || toTarget.some(({ isDone }) => isDone);
      });
    };
    if (!this.rules.judgedAnew && isCopiedFrom(this.#sources(0))) return true;
    return isCopiedFrom(this.#sources(dead));
  }

  #apply(state: State, node: number, successors: Successors): void {
    if (this.rules.drain && this.#path.isHeldUp(state, node)) return;
    const epoch = this.epochOf(state, node) + 1;
    const next = successors.begin();
    this.setEpoch(next, node, epoch);
    const { stage } = this.entry(epoch);
    const isNewcomer = (this.lists.newcomers & (1 << node)) !== 0;
    if (isNewcomer && (stage === 'PREPARE' || stage === 'STABLE')) this.#path.erase(next, node);
    this.#path.onApplied(next, node);
    successors.end(stepOf(1, node, epoch));
  }

  #crash(node: number, successors: Successors): void {
    const next = successors.begin();
    const forgets = this.#path.crash(next, node);
    const isFenceLost = !this.rules.durableFence && this.epochOf(next, node) > 0;
    if (isFenceLost) this.setEpoch(next, node, 0);
    if (!forgets && !isFenceLost) return;
    this.setFlag(next, CRASHED);
    successors.end(stepOf(3, node));
  }

  /** A chunk is read at its source in the stage of its session, and may arrive at any time. */
  #copy(state: State, pair: number, successors: Successors): void {
    const [source, target] = this.#pairs[pair] ?? [0, 0];
    const at = this.#chunkAt(pair);
    const status = (state[at] ?? 0) & 3;
    const session = (state[at] ?? 0) >> SESSION_SHIFT;
    const log = this.logIndex(state);
    const isDue =
      this.entry(log).stage === 'WRITE_BOTH' &&
      (this.#sources(this.deadNodes(state)) & (1 << source)) !== 0 &&
      (!this.rules.fencedSources || this.epochOf(state, source) === log);
    if (isDue && (status === 0 || session !== log)) {
      const next = successors.begin();
      next[at] = (log << SESSION_SHIFT) | IN_FLIGHT;
      this.#path.readChunk(next, source, at + 1);
      successors.end(stepOf(4, source, target));
    }
    const epoch = this.epochOf(state, target);
    const isOpen = this.rules.sessionCheck
      ? epoch === session
      : this.entry(epoch).stage === 'WRITE_BOTH';
    if (status !== IN_FLIGHT || !isOpen) return;
    const next = successors.begin();
    next.fill(0, at, at + this.#chunkWidth);
    next[at] = (epoch << SESSION_SHIFT) | COPIED;
    this.#path.mergeChunk(next, state, at + 1, target);
    successors.end(stepOf(5, source, target));
  }

  #everPairs(): [number, number][] {
    const { dying } = this.lists;
    const sourcesAlive = this.#move.isDeadAtFirst ? 0 : this.#sources(0);
    const sources = sourcesAlive | (dying === 0 ? 0 : this.#sources(dying));
    const pairs: [number, number][] = [];
    for (const source of membersOf(sources)) {
      for (const target of membersOf(this.#targets)) {
        if (source !== target) pairs.push([source, target]);
      }
    }
    return pairs;
  }

  #chunkAt(pair: number): number {
    return this.#chunksAt + pair * this.#chunkWidth;
  }
}
