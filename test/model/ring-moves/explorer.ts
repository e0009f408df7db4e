/**
 * Every state that a model can reach, breadth first, so that a counterexample is as short as
 * there is one. A state is a few bytes; all states lie in one array in the order in which they
 * were found, which is also the queue. States that differ only in the names of nodes with the
 * same part to play are one state.
 */

export type State = Uint8Array;

/** Takes the successors of a state: `begin` gives a copy to change, `end` says what was done. */
export interface Successors {
  begin(): State;
  end(step: number): void;
}

export interface Model {
  readonly name: string;
  readonly initial: State;
  /** An exchange of two nodes that changes nothing: where each byte of a state goes. */
  readonly symmetry: Uint8Array | undefined;
  readonly milestones: Readonly<Record<string, (state: State) => boolean>>;
  expand(state: State, successors: Successors): void;
  /** What is wrong with the state, if something is. */
  violation(state: State): string | undefined;
  describe(step: number): string;
  /** The state in a line, for the trace of a counterexample. */
  show(state: State): string;
}

export interface TraceLine {
  readonly step: string;
  readonly state: string;
}

export interface Exploration {
  readonly model: string;
  readonly states: number;
  readonly transitions: number;
  readonly violation: string | undefined;
  /** How the violation came about; empty without one. */
  readonly trace: readonly TraceLine[];
  /** In how many states each milestone of the model is reached. */
  readonly reached: Readonly<Record<string, number>>;
}

const STATES_MAX = 1_500_000;

export function explore(model: Model, statesMax = STATES_MAX): Exploration {
  const known = new StateSet(model.initial.length, statesMax, model.name);
  const reached = Object.fromEntries(Object.keys(model.milestones).map((name) => [name, 0]));
  const milestones = Object.entries(model.milestones);
  const scratch = known.record();
  const mirrored = known.record();
  const current = known.record();
  let parent = -1;
  let transitions = 0;
  const add = (step: number) => {
    transitions += 1;
    const state = canonical(scratch, mirrored, model.symmetry);
    if (!known.add(state, parent, step)) return;
    for (const [name, test] of milestones) {
      if (test(state)) reached[name] = (reached[name] ?? 0) + 1;
    }
  };
  const successors: Successors = {
    begin() {
      scratch.set(current);
      return scratch;
    },
    end: add,
  };
  scratch.set(model.initial);
  add(0);
  for (parent = 0; parent < known.size; parent++) {
    known.read(parent, current);
    const violation = model.violation(current);
    if (violation !== undefined) {
      const trace = traceTo(model, known, parent);
      return { model: model.name, states: known.size, transitions, violation, trace, reached };
    }
    model.expand(current, successors);
  }
  const { size: states } = known;
  return { model: model.name, states, transitions, violation: undefined, trace: [], reached };
}

/** The lesser of two states that are the same but for the names of nodes. */
function canonical(state: State, mirrored: State, symmetry: Uint8Array | undefined): State {
  if (symmetry === undefined) return state;
  for (let at = 0; at < symmetry.length; at++) mirrored[symmetry[at] ?? 0] = state[at] ?? 0;
  return isLess(mirrored, state) ? mirrored : state;
}

function isLess(one: State, other: State): boolean {
  for (let at = 0; at < one.length; at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Goes the way again from the beginning, so that no node changes its name on the way. */
function traceTo(model: Model, known: StateSet, last: number): TraceLine[] {
  const way: number[] = [];
  for (let at = last; at > 0; at = known.parent(at)) way.push(at);
  const lines: TraceLine[] = [];
  const [wanted, mirrored, scratch, next] = [0, 0, 0, 0].map(() => known.record()) as State[];
  let state = model.initial;
  for (const at of way.reverse()) {
    known.read(at, wanted as State);
    let step = -1;
    model.expand(state, {
      begin() {
        scratch?.set(state);
        return scratch as State;
      },
      end(made) {
        const form = canonical(scratch as State, mirrored as State, model.symmetry);
        if (step >= 0 || form.some((byte, index) => byte !== wanted?.[index])) return;
        step = made;
        next?.set(scratch as State);
      },
    });
    state = Uint8Array.from(next as State);
    lines.push({ step: model.describe(step), state: model.show(state) });
  }
  return lines;
}

/** All states found, by number and by content. */
class StateSet {
  size = 0;
  readonly #width: number;
  readonly #max: number;
  readonly #name: string;
  #states: Uint8Array;
  #origins: Int32Array;
  #slots: Int32Array;

  constructor(width: number, max: number, name: string) {
    this.#width = width;
    this.#max = max;
    this.#name = name;
    const room = 1 << 12;
    this.#states = new Uint8Array(room * width);
    this.#origins = new Int32Array(room * 2);
    this.#slots = new Int32Array(room * 2).fill(-1);
  }

  record(): State {
    return new Uint8Array(this.#width);
  }

  read(index: number, into: State): void {
    into.set(this.#states.subarray(index * this.#width, (index + 1) * this.#width));
  }

  parent(index: number): number {
    return this.#origins[index * 2] ?? 0;
  }

  step(index: number): number {
    return this.#origins[index * 2 + 1] ?? 0;
  }

  /** False where the state was known. */
  add(state: State, parent: number, step: number): boolean {
    const slot = this.#slotOf(state);
    if (this.#slots[slot] !== -1) return false;
    if (this.size >= this.#max) {
      throw new Error(`"${this.#name}" has more than ${this.#max} states: make it smaller`);
    }
    this.#slots[slot] = this.size;
    this.#states.set(state, this.size * this.#width);
    this.#origins[this.size * 2] = parent;
    this.#origins[this.size * 2 + 1] = step;
    this.size += 1;
    if (this.size * 2 >= this.#slots.length) this.#grow();
    return true;
  }

  #slotOf(state: State): number {
    const mask = this.#slots.length - 1;
    let slot = hash(state) & mask;
    for (;;) {
      const index = this.#slots[slot] ?? -1;
      if (index === -1 || this.#isAt(index, state)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isAt(index: number, state: State): boolean {
    const offset = index * this.#width;
    for (let at = 0; at < this.#width; at++) {
      if (this.#states[offset + at] !== state[at]) return false;
    }
    return true;
  }

  #grow(): void {
    const states = new Uint8Array(this.#states.length * 2);
    states.set(this.#states);
    this.#states = states;
    const origins = new Int32Array(this.#origins.length * 2);
    origins.set(this.#origins);
    this.#origins = origins;
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const state = this.record();
    for (let index = 0; index < this.size; index++) {
      this.read(index, state);
      this.#slots[this.#slotOf(state)] = index;
    }
  }
}

/** FNV-1a, and a last stir, since the low bits choose the slot. */
function hash(state: State): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < state.length; at++) value = Math.imul(value ^ (state[at] ?? 0), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
