/**
 * One write of one key and one read that begins when the write was acknowledged, through one
 * move. Objects only grow (merge is a join), so whether a replica has the write is one bit, and
 * what else is written makes no difference. Both coordinators may be as far behind the log as
 * they like, and catch up whenever they like.
 */

import type { Model, State, Successors } from './explorer.ts';
import { has, hasAll, type Levels, type Move, membersOf, sizeOf } from './lists.ts';
import { DROPPED, GLOBALS, MoveSteps, PATH_STEPS, type Path, stepOf } from './move.ts';
import type { Rules } from './rules.ts';

/** Global bytes: the epoch of the writer's coordinator, that of the reader's, what is wrong. */
const WRITER = GLOBALS;
const READER = GLOBALS + 1;
const WRONG = GLOBALS + 2;
/** In place of an epoch. */
const ACKNOWLEDGED = 0xff;
const NOT_BEGUN = 0;
const SAW_IT = 0xff;

/** How far the write is at a replica, and bits of what else is known of it. */
const REQUEST = 0;
const BITS = 1;
const ADMITTED = 1;
const UNDER_WAY = 2;
const WRITTEN = 3;
const HAS_IT = 1;
const ANSWERED_WITHOUT = 2;
const EXCHANGED = 4;

const steps = [
  'the writer´s coordinator catches up',
  'lets the write in',
  'begins to write',
  'has the write on disk and acknowledges',
  'the write is acknowledged to the client',
  'the read begins',
  'the reader´s coordinator catches up',
  'answers the read',
  'has taken from L what it lacked',
  'L drops its data',
] as const;
const [CATCH_UP, ADMIT, COMMIT, FLUSH, ACKNOWLEDGE, BEGIN, READER_UP, ANSWER, EXCHANGE, DROP] = [
  ...steps.keys(),
] as [number, number, number, number, number, number, number, number, number, number];

const wrongs = [
  undefined,
  'a read misses an acknowledged write',
  'L drops what the new list does not have',
] as const;

export interface DynamoScenario extends Move {
  readonly levels: Levels;
  /** Two nodes that the move treats alike. */
  readonly alike?: readonly [string, string];
}

export class DynamoModel implements Model, Path {
  readonly name: string;
  readonly initial: State;
  readonly symmetry: Uint8Array | undefined;
  readonly milestones: Model['milestones'];
  readonly globalBytes = 3;
  readonly nodeBytes = 2;
  readonly chunkBytes = 1;
  readonly #move: MoveSteps;
  readonly #rules: Rules;
  readonly #levels: Levels;

  constructor(name: string, scenario: DynamoScenario, rules: Rules) {
    this.name = name;
    this.#rules = rules;
    this.#levels = scenario.levels;
    this.#move = new MoveSteps(scenario, scenario.levels, rules, this);
    this.initial = this.#move.initialState();
    const { nodes, leaver, entries } = this.#move.lists;
    this.symmetry =
      scenario.alike &&
      this.#move.symmetry(nodes.indexOf(scenario.alike[0]), nodes.indexOf(scenario.alike[1]));
    const isMoved = entries.at(-1)?.stage === 'STABLE_NEW';
    this.milestones = {
      'the move ended and the write was seen': (state) =>
        this.#move.isFinished(state) && state[READER] === SAW_IT,
      ...(isMoved && leaver >= 0 && scenario.dies === undefined
        ? {
            'L dropped its data and the write was seen': (state) =>
              this.#move.hasFlag(state, DROPPED) && state[READER] === SAW_IT,
          }
        : {}),
    };
  }

  isHeldUp(state: State, node: number): boolean {
    return state[this.#move.at(node) + REQUEST] === UNDER_WAY;
  }

  crash(state: State, node: number): boolean {
    const at = this.#move.at(node) + REQUEST;
    const isUnderWay = state[at] === ADMITTED || state[at] === UNDER_WAY;
    if (isUnderWay) state[at] = 0;
    return isUnderWay;
  }

  onApplied(state: State, node: number): void {
    const at = this.#move.at(node) + REQUEST;
    if (this.#rules.commitFence && state[at] === ADMITTED) state[at] = 0;
  }

  erase(state: State, node: number): void {
    const at = this.#move.at(node);
    state[at + BITS] = (state[at + BITS] ?? 0) & ~HAS_IT;
    if (this.#rules.acksOfSession || state[at + REQUEST] !== WRITTEN) state[at + REQUEST] = 0;
  }

  readChunk(state: State, source: number, chunk: number): void {
    state[chunk] = (state[this.#move.at(source) + BITS] ?? 0) & HAS_IT;
  }

  mergeChunk(next: State, state: State, chunk: number, target: number): void {
    this.#setBits(next, target, state[chunk] ?? 0);
  }

  expand(state: State, successors: Successors): void {
    this.#move.expand(state, successors);
    if (state[WRITER] !== ACKNOWLEDGED) this.#write(state, successors);
    else if (state[READER] !== SAW_IT) this.#read(state, successors);
    this.#drop(state, successors);
  }

  violation(state: State): string | undefined {
    if (state[WRONG]) return wrongs[state[WRONG] ?? 0];
    if (!this.#move.isFinished(state) || state[WRITER] !== ACKNOWLEDGED) return undefined;
    const { of } = this.#move.entry(this.#move.logIndex(state)).read;
    const copies = sizeOf(of & this.#nodesWith(state, HAS_IT));
    if (copies >= Math.min(this.#levels.w, sizeOf(of))) return undefined;
    return 'fewer than W of the last list have an acknowledged write';
  }

  describe(step: number): string {
    const type = (step >> 16) - PATH_STEPS;
    if (type < 0) return this.#move.describe(step);
    const what = steps[type] ?? '?';
    const node = this.#move.lists.nodes[(step >> 8) & 0xff];
    if (type === CATCH_UP || type === READER_UP) return `${what} to entry ${step & 0xff}`;
    const isOfNode = [ADMIT, COMMIT, FLUSH, ANSWER, EXCHANGE].includes(type);
    return isOfNode ? `${node} ${what}` : what;
  }

  show(state: State): string {
    const requests = ['', ' let in', ' under way', ' acknowledged'];
    const nodes = [...this.#move.lists.nodes].map((name, node) => {
      const at = this.#move.at(node);
      const object = (state[at + BITS] ?? 0) & HAS_IT ? '●' : '○';
      return `${name}${this.#move.epochOf(state, node)}${object}${requests[state[at + REQUEST] ?? 0]}`;
    });
    return `${nodes.join(' ')} | ${this.#move.show(state)}`;
  }

  #write(state: State, successors: Successors): void {
    const epoch = state[WRITER] ?? 0;
    if (epoch < this.#move.logIndex(state)) {
      successors.begin()[WRITER] = epoch + 1;
      successors.end(stepOf(PATH_STEPS + CATCH_UP, 0, epoch + 1));
    }
    for (let node = 0; node < this.#move.nodeCount; node++) {
      const at = this.#move.at(node) + REQUEST;
      const goTo = (request: number, step: number) => {
        const next = successors.begin();
        next[at] = request;
        if (request === WRITTEN) this.#setBits(next, node, HAS_IT);
        successors.end(stepOf(PATH_STEPS + step, node));
      };
      if (state[at] === 0 && this.#takesWrite(state, node, epoch)) goTo(ADMITTED, ADMIT);
      if (state[at] === ADMITTED) goTo(UNDER_WAY, COMMIT);
      if (state[at] === UNDER_WAY) goTo(WRITTEN, FLUSH);
    }
    if (hasAll(this.#move.entry(epoch).writes, this.#acknowledged(state))) {
      const next = successors.begin();
      next[WRITER] = ACKNOWLEDGED;
      // What is still on its way to a replica can only help.
      for (let node = 0; node < this.#move.nodeCount; node++) next[this.#move.at(node)] = 0;
      successors.end(stepOf(PATH_STEPS + ACKNOWLEDGE));
    }
  }

  /** A node takes requests of its own epoch only; of a later one once it has caught up. */
  #takesWrite(state: State, node: number, epoch: number): boolean {
    const own = this.#move.epochOf(state, node);
    return own <= epoch && (this.#move.entry(own).targets & (1 << node)) !== 0;
  }

  #acknowledged(state: State): number {
    let acknowledged = 0;
    for (let node = 0; node < this.#move.nodeCount; node++) {
      if (state[this.#move.at(node) + REQUEST] === WRITTEN) acknowledged |= 1 << node;
    }
    return acknowledged;
  }

  #read(state: State, successors: Successors): void {
    if (state[READER] === NOT_BEGUN) {
      successors.begin()[READER] = 1;
      successors.end(stepOf(PATH_STEPS + BEGIN));
      return;
    }
    const epoch = (state[READER] ?? 0) - 1;
    if (epoch < this.#move.logIndex(state)) {
      const next = successors.begin();
      next[READER] = epoch + 2;
      if (this.#rules.freshAnswers) this.#forgetAnswers(next);
      this.#judgeRead(next, epoch + 1);
      successors.end(stepOf(PATH_STEPS + READER_UP, 0, epoch + 1));
    }
    const without = this.#nodesWith(state, ANSWERED_WITHOUT);
    for (let node = 0; node < this.#move.nodeCount; node++) {
      const own = this.#move.epochOf(state, node);
      const isAsked = (this.#move.entry(own).read.of & (1 << node)) !== 0;
      const isLate = this.#rules.freshAnswers ? own !== epoch : own > epoch;
      if (isLate || !isAsked || without & (1 << node)) continue;
      const next = successors.begin();
      if ((state[this.#move.at(node) + BITS] ?? 0) & HAS_IT) {
        // One answer with the write decides what the read returns, if it returns.
        next[READER] = SAW_IT;
        this.#forgetAnswers(next);
      } else {
        this.#setBits(next, node, ANSWERED_WITHOUT);
        this.#judgeRead(next, epoch);
      }
      successors.end(stepOf(PATH_STEPS + ANSWER, node));
    }
  }

  #judgeRead(next: State, epoch: number): void {
    if (has(this.#move.entry(epoch).read, this.#nodesWith(next, ANSWERED_WITHOUT))) next[WRONG] = 1;
  }

  #forgetAnswers(next: State): void {
    for (let node = 0; node < this.#move.nodeCount; node++) {
      const at = this.#move.at(node) + BITS;
      next[at] = (next[at] ?? 0) & ~ANSWERED_WITHOUT;
    }
  }

  /** In STABLE(C´): L exchanges with each member of C´, and then drops what it has. */
  #drop(state: State, successors: Successors): void {
    const { leaver, to, dying, entries } = this.#move.lists;
    const last = entries.length - 1;
    const isDue =
      leaver >= 0 && dying === 0 && entries[last]?.stage === 'STABLE_NEW' && !(to & (1 << leaver));
    if (!isDue || this.#move.epochOf(state, leaver) !== last) return;
    if (this.#move.hasFlag(state, DROPPED)) return;
    const had = (state[this.#move.at(leaver) + BITS] ?? 0) & HAS_IT;
    const exchanged = this.#nodesWith(state, EXCHANGED);
    for (const node of membersOf(to & ~exchanged)) {
      if (this.#move.epochOf(state, node) !== last) continue;
      this.#setBits(successors.begin(), node, EXCHANGED | had);
      successors.end(stepOf(PATH_STEPS + EXCHANGE, node));
    }
    if (this.#rules.exchangeBeforeDrop && (to & ~exchanged) !== 0) return;
    const next = successors.begin();
    this.#move.setFlag(next, DROPPED);
    next[this.#move.at(leaver) + BITS] = 0;
    next[this.#move.at(leaver) + REQUEST] = 0;
    if (!this.#rules.fenceSurvivesDrop) this.#move.setEpoch(next, leaver, 0);
    if (had && (to & ~this.#nodesWith(next, HAS_IT)) !== 0) next[WRONG] = 2;
    successors.end(stepOf(PATH_STEPS + DROP));
  }

  #nodesWith(state: State, bit: number): number {
    let set = 0;
    for (let node = 0; node < this.#move.nodeCount; node++) {
      if ((state[this.#move.at(node) + BITS] ?? 0) & bit) set |= 1 << node;
    }
    return set;
  }

  #setBits(state: State, node: number, bits: number): void {
    const at = this.#move.at(node) + BITS;
    state[at] = (state[at] ?? 0) | bits;
  }
}
