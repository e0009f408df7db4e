/**
 * One register of a `paxos` bucket through one move: two operations with ballots of their own,
 * and one client that reads in one round trip, again and again. An operation is a
 * compare-and-set from the first value to one of its own, or a read. So the register may change
 * once, and a history is linearizable if no two different changes are ever shown, and none that
 * was shown is unknown to an operation that began later.
 */

import { AcceptorSteps } from './acceptor.ts';
import { ANSWER, CheapReader } from './cheap-reader.ts';
import type { Model, State, Successors } from './explorer.ts';
import { type Move, membersOf } from './lists.ts';
import { MoveSteps, PATH_STEPS } from './move.ts';
import {
  ACCEPTED,
  ACCEPTOR_BYTES,
  APPLIED,
  byteOf,
  COPIED,
  EPOCH,
  FIRST,
  FOUNDING,
  GLOBAL_BYTES,
  HOLDS,
  PHASE,
  proposerAt,
  READS,
  WRONG,
} from './paxos-state.ts';
import { type Operation, Proposer, proposerSteps } from './proposer.ts';
import type { Rules } from './rules.ts';

export interface PaxosScenario extends Move {
  readonly operations: readonly Operation[];
  /** Whether there is a client that reads in one round trip. */
  readonly readsCheaply?: boolean;
  /** The first operation may give a ballot up and try again. */
  readonly triesAgain?: boolean;
  readonly alike?: readonly [string, string];
}

export class PaxosModel implements Model {
  readonly name: string;
  readonly initial: State;
  readonly symmetry: Uint8Array | undefined;
  readonly milestones: Model['milestones'];
  readonly #move: MoveSteps;
  readonly #proposers: readonly Proposer[];
  readonly #reader: CheapReader | undefined;
  readonly #acceptor: AcceptorSteps;

  constructor(name: string, scenario: PaxosScenario, rules: Rules) {
    this.name = name;
    this.#acceptor = new AcceptorSteps(rules, (node) => this.#move.at(node));
    this.#move = new MoveSteps(scenario, 'majority', rules, {
      globalBytes: GLOBAL_BYTES,
      nodeBytes: ACCEPTOR_BYTES,
      chunkBytes: 3,
      isHeldUp: () => false,
      crash: (state, node) => this.#acceptor.crash(state, node),
      onApplied: (state, node) => this.#acceptor.onApplied(state, node),
      erase: (state, node) => this.#acceptor.erase(state, node),
      readChunk: (state, source, chunk) => this.#acceptor.readChunk(state, source, chunk),
      mergeChunk: (next, state, chunk, target) =>
        this.#acceptor.mergeChunk(next, state, chunk, target),
    });
    const isOneOfTwins = scenario.operations[0] === scenario.operations[1] && !scenario.triesAgain;
    this.#proposers = scenario.operations.map(
      (operation, proposer) =>
        new Proposer(proposer, this.#move, this.#acceptor, {
          operation,
          triesAgain: proposer === 0 && scenario.triesAgain === true,
          counters: proposer === 1 ? [2] : isOneOfTwins ? [1] : [1, 3],
          isOneOfTwins,
        }),
    );
    this.#reader = scenario.readsCheaply ? new CheapReader(this.#move) : undefined;
    this.initial = this.#move.initialState();
    for (const node of membersOf(this.#move.lists.from)) {
      this.initial[this.#move.at(node) + ACCEPTED] = FOUNDING;
      this.initial[this.#move.at(node) + HOLDS] = FIRST;
    }
    const { nodes } = this.#move.lists;
    this.symmetry =
      scenario.alike &&
      this.#move.symmetry(nodes.indexOf(scenario.alike[0]), nodes.indexOf(scenario.alike[1]));
    const phaseOf = (state: State, proposer: number) => byteOf(state, proposerAt(proposer) + PHASE);
    const hasEnded = (state: State) =>
      scenario.operations.every((_, proposer) => phaseOf(state, proposer) >= APPLIED);
    this.milestones = {
      ...(scenario.operations.length > 1
        ? {
            'one operation before the move and one after it': (state: State) =>
              hasEnded(state) && this.#isOf(state, 0) && this.#isOf(state, this.#last),
          }
        : {}),
      'a change after the move': (state) =>
        phaseOf(state, 0) === APPLIED && byteOf(state, proposerAt(0) + EPOCH) === this.#last,
      ...(scenario.readsCheaply
        ? {
            'a cheap read showed the change': (state: State) => byteOf(state, READS) !== 0,
          }
        : {}),
    };
  }

  expand(state: State, successors: Successors): void {
    this.#move.expand(state, successors);
    for (const proposer of this.#proposers) proposer.expand(state, successors);
    this.#reader?.expand(state, successors);
  }

  violation(state: State): string | undefined {
    return wrongs[byteOf(state, WRONG)];
  }

  describe(step: number): string {
    const type = (step >> 16) - PATH_STEPS;
    if (type < 0) return this.#move.describe(step);
    const [first, second] = [(step >> 8) & 0xff, step & 0xff];
    const name = this.#move.lists.nodes[first];
    if (type === ANSWER) return `${name} answers the cheap read`;
    const what = proposerSteps[type];
    switch (what) {
      case 'gives its ballot up':
        return `operation ${first + 1} ${what}`;
      case 'sends its messages again at entry':
        return `operation ${first + 1} ${what} ${second}`;
      default:
        return `${name} ${what} operation ${second + 1}`;
    }
  }

  show(state: State): string {
    const nodes = [...this.#move.lists.nodes].map((name, node) => {
      const at = this.#move.at(node);
      const holds = byteOf(state, at + HOLDS);
      const copied = holds & COPIED ? ' copied' : '';
      const promised = showBallot(byteOf(state, at));
      const accepted = `${showBallot(byteOf(state, at + ACCEPTED))}=v${(holds & 3) - 1}${copied}`;
      return `${name}${this.#move.epochOf(state, node)} ${promised} ${accepted}`;
    });
    return `${nodes.join('; ')} | ${this.#move.show(state)}`;
  }

  get #last(): number {
    return this.#move.lists.entries.length - 1;
  }

  /** Whether one of the operations ended with a ballot of the epoch. */
  #isOf(state: State, epoch: number): boolean {
    return [0, 1].some((proposer) => byteOf(state, proposerAt(proposer) + EPOCH) === epoch);
  }
}

const wrongs = [
  undefined,
  'two compare-and-sets from one value are both seen',
  'an operation does not know of a change that was seen before it began',
  'a register that was written is found empty',
] as const;

function showBallot(ballot: number): string {
  if (ballot === 0) return '-';
  if (ballot === FOUNDING) return 'b0';
  return `${ballot >> 4}.${(ballot >> 2) & 3}.${ballot & 3}`;
}
